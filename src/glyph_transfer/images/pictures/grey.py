"""A picture in any of the usual forms of pixels -> one grey level a pixel."""

import numpy as np

from glyph_transfer.errors import InputError

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Shares of red, green and blue in brightness: ITU-R BT.601."""

_PALE = 60  # a difference of brightness below which colours are looked at, grey levels
_OPAQUE = 128  # alpha from which a pixel shows whether ink is dark or light
_DEPTHS = (8, 10, 12, 14, 16)  # bits a pixel of scanners and cameras


def as_grey(picture: np.ndarray) -> np.ndarray:
    """Grey levels of a picture.

    Args:
        picture: (h, w), (h, w, 1), (h, w, 2) grey and alpha, (h, w, 3) RGB or (h, w, 4)
            RGB and alpha; bool, or whole numbers 0..255, or uint16 up to 65535, whose depth
            is the least of 8, 10, 12, 14 and 16 bits that holds its maximum.

    Returns:
        uint8 (h, w). What is transparent is paper: light where the opaque pixels are dark.
        Colours that are equally bright are told apart by the channel that differs most.

    Raises:
        InputError: another shape, no pixel, or numbers that are none of these.
    """
    picture = np.asarray(picture)
    shape = picture.shape
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and shape[2] not in (1, 2, 3, 4)):
        raise InputError(
            f"found a picture of shape {shape}, expected (height, width), or that with 1 to 4 "
            "channels: grey, grey and alpha, RGB, RGB and alpha"
        )
    if picture.size == 0:
        raise InputError(f"found a picture of shape {shape}, which has no pixels")
    levels = _levels(picture)
    if levels.ndim == 2:
        return levels
    n_colours = {1: 1, 2: 1, 3: 3, 4: 3}[shape[2]]
    grey = _brightness(levels[..., :n_colours])
    return grey if shape[2] in (1, 3) else _on_paper(grey, levels[..., -1])


def _levels(picture: np.ndarray) -> np.ndarray:
    """The same numbers as uint8, or InputError where they cannot be levels 0..255."""
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == bool:
        return picture.astype(np.uint8) * np.uint8(255)
    if picture.dtype.kind not in "uif":
        raise InputError(f"found pixels of type {picture.dtype}, expected whole numbers 0..255")
    low, high = picture.min(), picture.max()
    if picture.dtype == np.uint16 and high > 255:
        bits = min(depth for depth in _DEPTHS if high < 1 << depth)
        return (picture >> (bits - 8)).astype(np.uint8)
    if not (low >= 0 and high <= 255):  # in these words, because NaN is in no range
        raise InputError(f"found pixels {low}..{high}, expected whole numbers 0..255")
    if picture.dtype.kind == "f" and high <= 1 and high > 0:
        raise InputError(
            f"found pixels {low}..{high}, expected whole numbers 0..255: multiply them by 255"
        )
    whole = picture.astype(np.uint8)
    if not np.array_equal(whole, picture):
        raise InputError(f"found fractions in {low}..{high}, expected whole numbers 0..255")
    return whole


def _brightness(colours: np.ndarray) -> np.ndarray:
    """uint8 (h, w) of uint8 (h, w, 1 or 3)."""
    if colours.shape[2] == 1:
        return colours[..., 0]
    grey = (colours @ LUMA + 0.5).astype(np.uint8)
    if np.ptp(grey) < _PALE:
        ranges = np.ptp(colours.reshape(-1, 3), axis=0)
        if ranges.max() > 2 * np.ptp(grey):
            return colours[..., int(ranges.argmax())]
    return grey


def _on_paper(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay a picture with alpha on paper that its ink stands out from."""
    if alpha.min() == 255:
        return grey
    opaque = grey[alpha >= _OPAQUE]
    if opaque.size == 0:  # faint or no ink at all
        opaque = grey[alpha > 0] if alpha.any() else np.zeros(1, np.uint8)
    low, middle, high = np.percentile(opaque, (5, 50, 95))
    # Ink on paper of its own, cut out of its surroundings, goes on with that paper.
    paper = middle if high - low > 100 else 255 if middle < 128 else 0
    share = alpha.astype(np.float32) / 255
    return (grey * share + paper * (1 - share) + 0.5).astype(np.uint8)
