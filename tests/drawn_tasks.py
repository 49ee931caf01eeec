"""A task to draw for whose network knows tall from wide, and a drawing as the page sends it."""

import io

import numpy as np
from PIL import Image, ImageDraw

from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.own.drawable import Task

EVIL = "<img src=x onerror=alert(1)>"
CLASSES = ("bar", "dash", "</script>", EVIL, "\u05e9", "x" * 250)
BAR, DASH = (256, 100, 256, 412), (100, 256, 412, 256)


def task(name="shapes", source="", classes=CLASSES, load=None, **steps):
    return Task(name, source, classes, "90.0 % [80.0, 95.0] are right", Steps(**steps),
                load or (lambda: classify))  # fmt: skip


def classify(images):
    """Nine tenths to the first two classes, by how tall and how wide the ink is."""
    given = np.full((len(images), len(CLASSES)), 0.1 / (len(CLASSES) - 2), np.float32)
    for row, image in enumerate(images):
        height, width = (np.count_nonzero(image.any(axis=axis)) for axis in (1, 0))
        given[row, :2] = 0.9 * np.array([height, width]) ** 2 / (height**2 + width**2)
    return given


def png(*lines, side=512, ink=0, paper=255):
    """A drawing of thick lines, as bytes of a PNG."""
    image = Image.new("L", (side, side), paper)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=ink, width=32)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
