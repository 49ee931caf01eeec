"""Images as PNG that a page carries with it."""

import base64
import io

import numpy as np
from PIL import Image

SIDE = 56
"""Longer side of an original on the page, pixels."""


def as_uri(picture: np.ndarray) -> str:
    """Give a grey picture, uint8 (h, w), as the address of a PNG that holds it."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def small(picture: np.ndarray) -> str:
    """Give a picture of any size, reduced to what a page shows of it."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE))
    return as_uri(np.asarray(image))
