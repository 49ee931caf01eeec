"""Drawn characters as pictures, and folders of them."""

import io

import numpy as np
from PIL import Image, ImageDraw

STROKES = {
    "L": [[(0.25, 0.1), (0.25, 0.9), (0.7, 0.9)]],
    "F": [[(0.25, 0.9), (0.25, 0.1), (0.75, 0.1)], [(0.25, 0.5), (0.6, 0.5)]],
    "7": [[(0.2, 0.15), (0.8, 0.15), (0.4, 0.9)]],
}
"""Paths from 0 to 1, of characters that no turn or mirror leaves as they are."""


def character(name="L", side=64, width=None, shift=(0, 0)):
    """Dark on light, uint8 (side, side); `shift` in pixels."""
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    for path in STROKES[name]:
        points = [(x * side + shift[0], y * side + shift[1]) for x, y in path]
        draw.line(points, fill=0, width=width or max(1, side // 12), joint="curve")
    return np.asarray(image)


def encoded(image, form="PNG", **options):
    """Bytes of a file of an array or of a Pillow image."""
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def write_folder(folder, n=4, names=("L", "F"), side=40):
    """A folder a class, every picture another one."""
    for name in names:
        (folder / name).mkdir(parents=True)
        for i in range(n):
            picture = character(name, side, width=3 + i % 3, shift=(i % 4, -(i // 4)))
            picture = picture.copy()
            picture[-3 - i // 5, 5 + i % 5] = 200  # so that none is a copy of another
            (folder / name / f"{i}.png").write_bytes(encoded(picture))
    return folder


def apart(first, second):
    """Mean difference of two images, grey levels."""
    return float(np.abs(first.astype(int) - second.astype(int)).mean())
