"""Clothes drawn from random proportions in Fashion-MNIST's classes: a source unlike writing.

Coordinates are pixels: x from -13.5 (left) to 13.5, y from 0 (top) to 27. A mask says how
much of each pixel is covered, 0..1; everything broadcasts to (n, 28, 28).
"""

from functools import partial
from itertools import pairwise

import numpy as np

from glyph_transfer.images.embedded.pixels import SIZE, to_uint8

Array = np.ndarray
Range = tuple[float, float]  # low and high, pixels unless said otherwise


def generate(labels: Array, rng: np.random.Generator) -> Array:
    """Draw one image per label.

    Args:
        labels: class of each image, 0..9 in the order of Fashion-MNIST (Xiao et al., 2017).
        rng: chooses all proportions, fabrics and details.

    Returns:
        Images uint8 (n, 28, 28), bright on black; shoes point to the left.
    """
    images = np.zeros((len(labels), SIZE, SIZE), np.uint8)
    for label, draw in enumerate(GARMENTS):
        wanted = labels == label
        images[wanted] = to_uint8(draw(Sheet(int(wanted.sum()), rng)))
    return images


class Sheet:
    """Images in the making: coordinates x (n, 1, 28) and y (n, 28, 1), and random choices."""

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        """Place `n` images, each a little shifted and scaled."""
        self.shape, self.rng = (n, 1, 1), rng
        across = np.arange(SIZE) - (SIZE - 1) / 2
        scale = self.vary(0.96, 1.1)
        self.x = across * scale + self.vary(-0.8, 0.8)
        self.y = across[:, None] * scale + self.vary(-0.8, 0.8) + (SIZE - 1) / 2

    def vary(self, low: float, high: float) -> Array:
        """One number from low..high for each image, (n, 1, 1)."""
        return self.rng.uniform(low, high, self.shape)

    def fabric(self) -> Array:
        """Brightness of cloth, (n, 28, 28), with folds and often with stripes."""
        # Bright cloth is commoner than dark, as in Fashion-MNIST.
        tone = 0.25 + 0.75 * self.vary(0, 1) ** 0.6
        fold = np.sin(self.vary(-0.5, 0.5) * self.y + self.vary(0.2, 0.7) * self.x)
        stripes = np.sin(2 * np.pi / self.vary(3, 7) * self.y) * (self.vary(0, 1) < 0.3)
        grain = self.rng.normal(0, 0.03, (len(self.x), SIZE, SIZE))
        return np.clip(tone * (1 + 0.07 * fold + grain + 0.25 * stripes), 0.08, 1)


def cover(depth: Array) -> Array:
    """Mask of what lies `depth` pixels inside an edge (negative: outside)."""
    return np.clip(depth + 0.5, 0, 1)


def line(distance: Array, width: Array | float) -> Array:
    """Mask of a line of that width, in pixels, at `distance` from its middle."""
    return np.clip((width + 1) / 2 - np.abs(distance), 0, 1) * np.minimum(width, 1)


def paint(image: Array, mask: Array, tone: Array | float) -> Array:
    """Image with `tone` laid over it where the mask is."""
    return image + (tone - image) * mask


def profile(t: Array, *knots: tuple[Array | float, Array | float]) -> Array:
    """Curve through (position, value) knots in rising order, flat at the knots and outside."""
    curve = knots[0][1]
    for (start, value), (end, next_value) in pairwise(knots):
        s = np.clip((t - start) / (end - start), 0, 1)
        curve = curve + (next_value - value) * s * s * (3 - 2 * s)
    return curve


def top(
    shoulder: Range, hem: Range, sleeve: Range, opening: Range, pitch: float, sheet: Sheet
) -> Array:
    """A trunk with a neckline before its sleeves; `hem` is a share of the waist's width.

    The opening is a line down the front, broken into buttons where `pitch` is not 0.
    """
    side, y, high, low = np.abs(sheet.x), sheet.y, sheet.vary(0.5, 2), sheet.vary(24.5, 27)
    width = sheet.vary(*shoulder)
    waist, neck = width * sheet.vary(0.8, 1), width * sheet.vary(0.35, 0.55)
    half = profile(y, (high + 2, width), (13, waist), (low, waist * sheet.vary(*hem)))
    neckline = sheet.vary(0.8, 3.5) * np.sqrt(np.clip(1 - (side / neck) ** 2, 0, 1))
    fall = sheet.vary(1.2, 2.8) * np.clip((side - neck) / (width - neck), 0, 1)
    body = cover(half - side) * cover(y - high - neckline - fall) * cover(low - y)
    length = sheet.vary(*sleeve)
    along = np.clip((y - high - 2) / length, 0, 1)
    outward = np.abs(side - width + 1 - sheet.vary(1.5, 4) * along)
    sleeves = cover(sheet.vary(1.5, 2.4) - outward) * cover(along * length - 0.5)
    sleeves = sleeves * cover(high + length - y) * (length > 3)
    fabric = sheet.fabric()
    shadow = 1 - sheet.vary(0.2, 0.6) * cover(half + 1 - side)
    image = paint(sleeves * fabric * shadow, body, fabric)
    button = line((y % pitch) - pitch / 2, 1.2) if pitch else 1
    return paint(image, line(sheet.x, sheet.vary(*opening)) * body * button, 0.05)


def trouser(sheet: Sheet) -> Array:
    """Two legs that part below the crotch."""
    side, y, hip, crotch = np.abs(sheet.x), sheet.y, sheet.vary(3.6, 5.4), sheet.vary(7.5, 11)
    cuff = hip + sheet.vary(-0.6, 1.4)
    outside = profile(y, (0, hip * 0.85), (crotch, hip), (26, cuff))
    inside = profile(y, (crotch, 0), (26, np.maximum(cuff - sheet.vary(2.2, 3.4), 0.8)))
    gap = cover(inside - side) * cover(y - crotch)
    legs = cover(outside - side) * cover(y - 0.5) * cover(sheet.vary(26, 27.5) - y) * (1 - gap)
    return paint(legs * sheet.fabric(), line(y - 2.2, 0.8) * legs, 0.1)


def bag(sheet: Sheet) -> Array:
    """A box with a handle above it, and a flap's edge."""
    x, y, high, low = sheet.x, sheet.y, sheet.vary(8, 15), sheet.vary(22.5, 26.5)
    half = sheet.vary(9.5, 13) - sheet.vary(0, 3) * np.clip((low - y) / (low - high), 0, 1)
    body = cover(half - np.abs(x)) * cover(y - high) * cover(low - y)
    width, height = sheet.vary(3, 7), high - sheet.vary(1, 5)
    ring = (np.sqrt((x / width) ** 2 + ((y - high) / height) ** 2) - 1) * width
    handle = line(ring, sheet.vary(0.8, 1.8)) * cover(high - y)
    flap = line(y - high - (low - high) * sheet.vary(0.25, 0.6), 0.9) * body
    image = paint(handle * sheet.vary(0.3, 0.9), body, sheet.fabric())
    return paint(image, flap * sheet.vary(0.2, 0.8), 0)


def shoe(kind: str, sheet: Sheet) -> Array:
    """A sole and what stands on it: straps, a low upper with a stripe, or a shaft."""
    x, y, ground, front = sheet.x, sheet.y, sheet.vary(20, 25), sheet.vary(-1.5, 3)
    ankle = sheet.vary(*{"sandal": (4, 8), "sneaker": (6, 11), "boot": (13, 22)}[kind])
    rise = sheet.vary(0, 1) ** 2 * (2 if kind == "sneaker" else 6)
    sole = ground - profile(x, (-6, 0), (9, rise))
    steep = 2 if kind == "boot" else 6
    instep = np.minimum(ankle, sheet.vary(5, 7))
    knots = (-13, 0.5), (-9, sheet.vary(2.4, 3.6)), (front, instep), (front + steep, ankle)
    within = cover(12.8 - np.abs(x))
    upper = cover(y - sole + profile(x, *knots)) * cover(sole - y) * within
    leaning = x + sheet.vary(-0.8, 0.8) * (y - ground)
    if kind == "sandal":
        pitch = sheet.vary(4.5, 8)
        upper = upper * line((leaning + sheet.vary(0, 8)) % pitch - pitch / 2, sheet.vary(1.2, 2.4))
    image = upper * sheet.fabric()
    if kind == "sneaker":
        image = paint(image, upper * line(leaning - sheet.vary(-1, 6), 2), sheet.vary(0, 1))
    heel = cover(x - sheet.vary(6, 10)) * cover(ground + 1.2 - y)
    under = np.maximum(cover(sole + sheet.vary(0.9, 2) - y), heel) * cover(y - sole) * within
    return paint(image, under, sheet.vary(0.2, 1))


GARMENTS = (
    partial(top, (6, 8.6), (0.95, 1.1), (5, 9), (0, 0), 0),  # T-shirt
    trouser,
    partial(top, (6.2, 7.6), (0.9, 1), (16, 24), (0, 0), 0),  # pullover
    partial(top, (3.2, 5.6), (1.1, 2), (0, 9), (0, 0), 0),  # dress
    partial(top, (6.4, 7.8), (1, 1.2), (19, 24), (0.9, 1.8), 0),  # coat
    partial(shoe, "sandal"),
    partial(top, (6, 7.6), (0.9, 1.1), (6, 23), (1, 1.6), 3.5),  # shirt
    partial(shoe, "sneaker"),
    bag,
    partial(shoe, "boot"),
)
