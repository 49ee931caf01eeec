"""What the embedded roles share: the frame and the way to whole grey levels."""

import numpy as np

from glyph_transfer.images.sets import SIZE

__all__ = ["SIZE", "to_uint8"]


def to_uint8(brightness: np.ndarray) -> np.ndarray:
    """Brightness 0..1 (clipped to it) as grey levels 0..255, uint8 of the same shape.

    Rounded twice: processors differ in the last bits of a result, and a value that is a
    tie between two levels would fall to either side. The first rounding takes those bits
    away, so the same image has the same bytes everywhere.
    """
    return np.rint(np.round(255 * np.clip(brightness, 0, 1), 6)).astype(np.uint8)
