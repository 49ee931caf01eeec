"""What clothes are drawn with: edges, limbs, outlines and fabric, for many images at once.

Coordinates are pixels: x from -13.5 (left) to 13.5, y from 0 (top) to 27. A mask says how
much of each pixel is covered, 0..1; everything broadcasts to (n, 28, 28).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glyph_transfer.images.embedded.pixels import SIZE

Array = np.ndarray


@dataclass(frozen=True)
class Sheet:
    """Images in the making: their coordinates and their random choices.

    Attributes:
        x: (n, 1, 28), y: (n, 28, 1), each image a little shifted and scaled.
        rng: where all choices come from.
    """

    x: Array
    y: Array
    rng: np.random.Generator

    @classmethod
    def blank(cls, n: int, rng: np.random.Generator) -> "Sheet":
        """Sheet of `n` images."""
        scale = rng.uniform(0.96, 1.1, (n, 1, 1))
        dx, dy = rng.uniform(-0.8, 0.8, (2, n, 1, 1))
        middle = (SIZE - 1) / 2
        across = np.arange(SIZE) - middle
        return cls(across * scale + dx, across[:, None] * scale + dy + middle, rng)

    def vary(self, low: float, high: float) -> Array:
        """One number from low..high for each image, (n, 1, 1)."""
        return self.rng.uniform(low, high, (len(self.x), 1, 1))

    def some(self, share: float) -> Array:
        """1.0 for about `share` of the images and 0.0 for the others, (n, 1, 1)."""
        return (self.rng.random((len(self.x), 1, 1)) < share).astype(np.float64)

    def fabric(self, low: float = 0.25, high: float = 1.0, patterned: float = 0.4) -> Array:
        """Brightness of cloth, (n, 28, 28): a tone from low..high, with folds and grain.

        About the share `patterned` of the images has stripes, checks or speckles too.
        """
        # Bright cloth is commoner than dark, as in Fashion-MNIST.
        tone = low + (high - low) * self.vary(0, 1) ** 0.6
        downhill = self.vary(-0.5, 0.5) * self.y
        fold = np.sin(downhill + self.vary(0.2, 0.7) * self.x + self.vary(0, 6))
        grain = self.rng.normal(0, 1, (len(self.x), SIZE, SIZE))
        kind = self.rng.random((len(self.x), 1, 1)) / patterned
        strength = self.vary(0.12, 0.3)
        pitch = 2 * np.pi / self.vary(3, 7)
        bands = np.sin(pitch * self.y + self.vary(0, 6)) * (kind < 0.65)
        bars = np.sin(pitch * self.x) * ((kind > 0.4) & (kind < 0.8))
        speckles = grain * ((kind > 0.8) & (kind < 1))
        pattern = strength * (bands + bars + speckles)
        return np.clip(tone * (1 + 0.07 * fold + 0.03 * grain + pattern), 0.08, 1)


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


def limb(
    x: Array,
    y: Array,
    start: tuple[Array, Array, Array],
    end: tuple[Array, Array, Array],
) -> Array:
    """Mask of a tube from one (x, y, radius) to another, round at its start, cut off at its end."""
    (x0, y0, r0), (x1, y1, r1) = start, end
    length = np.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
    beside = ((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
    distance = np.sqrt(beside**2 + np.minimum(along, 0) ** 2)
    radius = r0 + (r1 - r0) * np.clip(along / length, 0, 1)
    return cover(radius - distance) * cover(length - along)
