"""What preparation cannot do well, told from the ink that it found."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from glyph_transfer.images.pictures.ink import Parts, stroke_width
from glyph_transfer.images.pictures.paper import Ink

NO_INK = "no ink"
TWO = "two characters"
TEXTURE = "texture"
FRAME = "frame"
SHADE = "shade"
UNSURE = "ink or paper"

DOUBTS: Mapping[str, str] = {
    NO_INK: "no ink: all of the picture is about equally bright",
    TWO: "two parts far apart, perhaps two characters; they were fitted as one",
    TEXTURE: "paper that varies nearly as much as the ink, or ink in very many pieces, as in a "
    "photograph; much of what is left may not be the character",
    FRAME: "a frame around the ink, perhaps the lines of a form; it was taken for ink",
    SHADE: "a solid area that runs to the border, as a shadow does; it was taken for ink",
    UNSURE: "as much dark as light along the border, so ink and paper may be swapped",
}
"""Key -> what it says of a picture."""

_NOISE = 0.15  # standard deviation of the paper over the contrast
_PIECES = 30  # parts of the ink; no script has as many in one character
_APART = 0.45  # gap over the height (or width) of the ink
_SHARE = 0.2  # of the ink that must lie on either side of the gap
_SOLID = 0.24  # width of strokes over the longer side; one of a hundred MNIST images has 0.22
_FREE = 0.85  # share of the border that is paper around a character
_LINE = 0.08  # of the frame's side: thickness of its lines
_COVERED = 0.85  # share of a side that a line covers
_INSIDE = 0.1  # share of the ink that is inside the frame


def of(found: Ink, parts: Parts) -> tuple[str, ...]:
    """Keys of `DOUBTS` that hold for a picture with ink."""
    if not parts.kept.any():
        return (NO_INK,)
    mask = parts.kept[parts.labels][parts.box]
    checks = {
        UNSURE: not found.sure,
        TEXTURE: found.noise > _NOISE or len(parts.boxes) > _PIECES,
        SHADE: found.border < _FREE and _is_solid(mask),
        TWO: _is_divided(mask) or _is_divided(mask.T),
        FRAME: any(_is_frame(parts, number) for number in np.flatnonzero(parts.kept)),
    }
    return tuple(name for name, holds in checks.items() if holds)


def _is_solid(mask: np.ndarray) -> bool:
    opened = ndimage.median_filter(mask.view(np.uint8), 3)  # paper's noise has edges too
    return stroke_width(opened) > _SOLID * max(mask.shape)


def _is_divided(mask: np.ndarray) -> bool:
    """Whether a wide gap of empty columns divides ink that is wider than high."""
    height, width = mask.shape
    if width <= height:
        return False
    ink = np.cumsum(mask.sum(axis=0))
    edges = np.flatnonzero(mask.any(axis=0))
    gaps = np.diff(edges)
    widest = int(gaps.argmax()) if gaps.size else 0
    if not gaps.size or gaps[widest] - 1 < _APART * height:
        return False
    left = ink[edges[widest]] / ink[-1]
    return bool(_SHARE <= left <= 1 - _SHARE)


def _is_frame(parts: Parts, number: int) -> bool:
    """Whether a part runs along three sides of its box or more, with other ink inside."""
    box = parts.boxes[number - 1]
    shape = parts.labels[box].shape
    if min(shape) < 12:
        return False
    part = parts.labels[box] == number
    lines = [max(1, round(_LINE * n)) for n in shape]
    sides = (
        part[: lines[0]].any(0), part[-lines[0] :].any(0),
        part[:, : lines[1]].any(1), part[:, -lines[1] :].any(1),
    )  # fmt: skip
    if sum(side.mean() >= _COVERED for side in sides) < 3:
        return False
    inside = parts.kept[parts.labels[box]] & ~part
    return bool(inside.sum() >= _INSIDE * parts.sizes[number])
