"""One picture of a character -> 28x28 pixels as MNIST's authors made theirs.

LeCun, Bottou, Bengio and Haffner (1998): the ink is fitted into 20x20 pixels, its aspect kept,
and its centre of mass put at the centre of 28x28. Nothing here reads a file: `advise`, `predict`,
the drawing page and the served network prepare pictures by the same function.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import doubts, ink, paper
from glyph_transfer.images.pictures.grey import as_grey
from glyph_transfer.images.sets import SIZE

BOX = 20
"""Longer side of the ink, pixels: LeCun et al. (1998)."""

CENTRE = 14
"""Row and column of the centre of mass: MNIST's, found by measuring."""

LEAST_STROKE = 1.7
"""Strokes of fewer pixels than this in 20x20 are thickened; nine tenths of MNIST's have more."""

_MOST_SIDE = 256  # longer side that a picture is reduced to before anything else, pixels


@dataclass(frozen=True)
class Steps:
    """What is done to a picture; each step can be turned off.

    Attributes:
        ink: `auto` tells ink from paper by the border; `dark` or `light` states it.
        level: take out uneven light and the paper's noise, and bring full ink to 255.
        crop: cut to the ink, specks apart; else the whole picture is kept.
        fit: bring the longer side to 20 pixels; else to 28, so that it fills the frame.
        centre: put the centre of mass at the centre; else the middle of what was kept.
    """

    ink: str = "auto"
    level: bool = True
    crop: bool = True
    fit: bool = True
    centre: bool = True

    def __post_init__(self) -> None:
        """Refuse another word for the ink."""
        if self.ink not in ("auto", "dark", "light"):
            raise InputError(f"ink is {self.ink!r}, expected one of auto, dark, light")


@dataclass(frozen=True)
class Prepared:
    """A picture as a network sees it.

    Attributes:
        image: uint8 (28, 28), white on black; all 0 where there is no ink.
        doubts: keys of `doubts.DOUBTS`: what could not be done well.
        dark: whether ink was taken to be darker than paper.
        border: share of the picture's border that is paper, 0..1.
    """

    image: np.ndarray
    doubts: tuple[str, ...]
    dark: bool
    border: float

    @property
    def usable(self) -> bool:
        """Whether there is any ink."""
        return doubts.NO_INK not in self.doubts


def prepare(picture: np.ndarray, steps: Steps | None = None) -> Prepared:
    """Prepare one picture.

    One that is prepared already (28x28, white on black, in MNIST's frame) is left as it is.

    Args:
        picture: as `grey.as_grey` takes it: grey, RGB, with or without alpha, 0..255.
        steps: what is done; all of it by default.

    Raises:
        InputError: not a picture: another shape, or numbers beyond 0..255, or in 0..1.
    """
    steps = steps or Steps()
    grey = as_grey(picture)
    if steps.ink != "dark" and _is_prepared(grey):
        return Prepared(grey.copy(), (), dark=False, border=1.0)
    found = paper.find(_reduced(grey), steps.ink, steps.level)
    if found.contrast < paper.LEAST_CONTRAST:
        empty = np.zeros((SIZE, SIZE), np.uint8)
        return Prepared(empty, (doubts.NO_INK,), found.dark, found.border)
    parts = ink.parts(found.amount)
    kept = ink.without_specks(found.amount, parts) if steps.crop else found.amount
    box = parts.box if steps.crop else (slice(None), slice(None))
    kept, side = kept[box], BOX if steps.fit else SIZE
    width, scale = ink.stroke_width(kept), side / max(kept.shape)
    fitted = _fitted(ink.thickened(kept, width, scale, LEAST_STROKE), side, steps.level)
    image = _placed(fitted, steps.centre)
    return Prepared(image, doubts.of(found, parts), found.dark, found.border)


def _is_prepared(grey: np.ndarray) -> bool:
    """Whether a picture is in MNIST's frame, white on black."""
    if grey.shape != (SIZE, SIZE) or paper.border(grey).any():
        return False
    rows, columns = (np.flatnonzero(grey.any(axis=axis)) for axis in (1, 0))
    if not rows.size or grey.max() < 200:
        return False
    sides = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    return BOX - 2 <= max(sides) <= BOX and np.abs(_centre_of(grey) - CENTRE).max() < 1


def _reduced(grey: np.ndarray) -> np.ndarray:
    """A large picture by a whole factor, averaged."""
    factor = -(-max(grey.shape) // _MOST_SIDE)
    if factor == 1:
        return grey
    return np.asarray(Image.fromarray(np.ascontiguousarray(grey)).reduce(factor))


def _fitted(amount: np.ndarray, side: int, level: bool) -> np.ndarray:
    """Ink (h, w) with its longer side at `side` pixels, averaged or interpolated."""
    height, width = amount.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return amount
    image = Image.fromarray(np.ascontiguousarray(amount))
    fitted = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
    highest = int(fitted.max())
    if level and 0 < highest < 255:
        fitted = (fitted * np.float32(255 / highest) + 0.5).astype(np.uint8)
    return fitted


def _placed(fitted: np.ndarray, centre: bool) -> np.ndarray:
    """What was fitted in the frame of 28x28, moved by whole pixels and never out of it."""
    image = np.zeros((SIZE, SIZE), np.uint8)
    shape = np.array(fitted.shape)
    corner = (SIZE - shape) // 2
    if centre and fitted.any():
        corner = np.rint(CENTRE - _centre_of(fitted)).astype(int)
        corner = np.clip(corner, 0, SIZE - shape)
    top, left = corner
    image[top : top + shape[0], left : left + shape[1]] = fitted
    return image


def _centre_of(image: np.ndarray) -> np.ndarray:
    """Row and column of the centre of mass."""
    rows, columns = image.sum(axis=1, dtype=np.float64), image.sum(axis=0, dtype=np.float64)
    total = rows.sum()
    return np.array([rows @ np.arange(len(rows)), columns @ np.arange(len(columns))]) / total
