"""Whether images lie sideways or mirrored, by what a source network makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

ORIENTATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "as it is": lambda x: x,
    "turned left": lambda x: np.rot90(x, 1, (1, 2)),
    "turned round": lambda x: np.rot90(x, 2, (1, 2)),
    "turned right": lambda x: np.rot90(x, 3, (1, 2)),
    "mirrored": lambda x: x[:, :, ::-1],
    "transposed": lambda x: x.swapaxes(1, 2),
    "upside down": lambda x: x[:, ::-1],
    "transposed and turned round": lambda x: x.swapaxes(1, 2)[:, ::-1, ::-1],
}
"""What is done to images (n, h, w) -> images; the symmetries of a square."""


@dataclass(frozen=True)
class Orientation:
    """How sure a network is of images in each orientation.

    Attributes:
        confidence: orientation -> mean of the highest probability, 0..1.
        best: where it is highest.
        gain: of `best` over the images as they are, mean of the paired differences.
        gain_low: lower end of the 95 % interval of that mean (normal); a remark is due where
            this is above 0 by more than a user would overlook.
        n: images that were asked about.
    """

    confidence: Mapping[str, float]
    best: str
    gain: float
    gain_low: float
    n: int


def compare(
    images: np.ndarray,
    probabilities: Callable[[np.ndarray], np.ndarray],
    most: int = 500,
) -> Orientation:
    """Ask a source network about images in all eight orientations.

    Args:
        images: uint8 (n, 28, 28), prepared.
        probabilities: images uint8 (m, 28, 28) -> probabilities (m, k) of the network's own
            classes, which need not be those of the images.
        most: images to ask about, spread evenly over all.
    """
    rows = np.unique(np.linspace(0, len(images) - 1, min(most, len(images))).astype(int))
    chosen = images[rows]
    sure = {
        name: np.asarray(probabilities(np.ascontiguousarray(turn(chosen)))).max(axis=1)
        for name, turn in ORIENTATIONS.items()
    }
    confidence = {name: float(values.mean()) for name, values in sure.items()}
    best = max(confidence, key=confidence.__getitem__)
    difference = sure[best] - sure["as it is"]
    error = difference.std(ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.inf
    gain = float(difference.mean())
    return Orientation(confidence, best, gain, float(gain - 1.96 * error), len(rows))
