"""The ink of one picture: its connected parts, its box, the width of its strokes."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

VISIBLE = 40
"""Amount of ink, of 255, from which a pixel belongs to a part."""

_SPECK = 1 / 60  # share of all ink below which a part is dust, not a dot
_LEAST_SIDE = 24  # of a picture, pixels, below which nothing is dust
_EIGHT = np.ones((3, 3), bool)  # parts that touch at a corner are one

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Parts:
    """Connected parts of the ink, specks apart.

    Attributes:
        labels: int (h, w), 0 for paper and i for part i.
        sizes: pixels of every part, (n + 1,), paper's at 0.
        kept: whether a part is more than a speck, bool (n + 1,); paper is not.
        boxes: of every part, (n,).
        box: that holds all that is kept; everything, if nothing is.
    """

    labels: np.ndarray
    sizes: np.ndarray
    kept: np.ndarray
    boxes: tuple[Box, ...]
    box: Box


def parts(amount: np.ndarray) -> Parts:
    """Divide ink uint8 (h, w) into its connected parts."""
    labels, n = ndimage.label(amount >= VISIBLE, _EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=n + 1)
    least = sizes[1:].sum() * _SPECK if min(amount.shape) >= _LEAST_SIDE else 0
    kept = sizes >= least
    kept[0] = False
    boxes = tuple(ndimage.find_objects(labels))
    return Parts(labels, sizes, kept, boxes, _around(boxes, kept[1:]))


def _around(boxes: tuple[Box, ...], kept: np.ndarray) -> Box:
    chosen = [box for box, is_kept in zip(boxes, kept, strict=True) if is_kept]
    if not chosen:
        return slice(None), slice(None)
    return tuple(
        slice(min(box[axis].start for box in chosen), max(box[axis].stop for box in chosen))
        for axis in (0, 1)
    )


def without_specks(amount: np.ndarray, found: Parts) -> np.ndarray:
    """The ink without what is dust."""
    if found.kept[1:].all():
        return amount
    gone = ~found.kept
    gone[0] = False
    return np.where(gone[found.labels], np.uint8(0), amount)


def stroke_width(amount: np.ndarray) -> float:
    """Mean width of the strokes of ink uint8 (h, w), pixels; 0 without ink.

    Twice the area over the length of the outline, which is the sum of all differences between
    neighbours: that counts a slanted outline by 4 / pi too long on the average.
    """
    padded = np.pad(amount, 1).astype(np.int16)
    outline = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(2 * amount.sum() / (outline * np.pi / 4)) if outline else 0.0


def thickened(amount: np.ndarray, width: float, scale: float, least: float) -> np.ndarray:
    """The ink, padded and with thicker strokes if they would be too thin once it is reduced.

    A thin pen in a large picture would otherwise leave a grey shadow.

    Args:
        amount: uint8 (h, w).
        width: of its strokes, pixels.
        scale: by which it will be reduced, below 1, or enlarged.
        least: width that strokes are to have then, pixels.
    """
    missing = least - width * scale
    n = round(missing / scale / 2)  # on either side
    if scale >= 1 or n < 1:
        return amount
    return ndimage.maximum_filter(np.pad(amount, n), size=2 * n + 1)
