"""Simple characters, drawn as a user might send them."""

from PIL import Image, ImageDraw

STROKES = {
    "bar": [((0, 20), (40, 20))],
    "cross": [((0, 20), (40, 20)), ((20, 0), (20, 40))],
    "vee": [((0, 0), (20, 40)), ((20, 40), (40, 0))],
}


def drawn(name, rng, size=90):
    """A character in black on white, somewhere in a picture."""
    image = Image.new("L", (size, size), 255)
    left, top = rng.integers(8, size - 52, 2)
    for line in STROKES[name]:
        points = [(left + x + rng.integers(-3, 4), top + y + rng.integers(-3, 4)) for x, y in line]
        ImageDraw.Draw(image).line([tuple(map(int, p)) for p in points], 0, 5)
    return image
