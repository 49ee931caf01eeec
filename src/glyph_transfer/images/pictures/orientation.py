"""Whether images lie sideways or mirrored, by what a source network makes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glyph_transfer.images.pictures.remarks import Remark

DUE, CLEAR = 0.07, 0.2
"""Gains from which a remark is due, and from which it is serious. Of 500 upright Devanagari and
Kannada digits, Hebrew and Arabic letters the gains are at most 0.045, of 60 drawn
Latin letters and MNIST digits that lie sideways or mirrored 0.04 to 0.16, by a network that knows
them."""

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
        gain_low: lower end of the 95 % interval of that mean (normal).
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


def doubt(found: Orientation, network: str, least: float = DUE) -> list[Remark]:
    """Say that images may lie sideways or mirrored, where the network leaves little doubt.

    Args:
        found: of `compare`.
        network: what it learned, in words.
        least: gain from which it is said.
    """
    if found.gain_low < least:
        return []
    sure, turned = found.confidence["as it is"], found.confidence[found.best]
    text = (
        f"the images may lie sideways or mirrored: a network that learned {network} is surer of "
        f"{found.n:,} of them when they are {found.best} ({turned:.0%} against {sure:.0%})"
    )
    return [Remark("sideways", text)]


def of_role(
    images: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    known: Sequence[str],
    probabilities: Callable[[np.ndarray], np.ndarray],
) -> Orientation | None:
    """Ask a network that knows the classes how images of a known role lie, by their labels.

    Args:
        images: uint8 (n, 28, 28).
        labels: integers (n,) from 0.
        classes: of the labels.
        known: classes of the network, in the order of its outputs.
        probabilities: as `compare` takes them.

    Returns:
        With the probability of the right class for `confidence`; None where no class is known.
    """
    shared = [row for row, name in enumerate(classes) if name in known]
    rows = np.flatnonzero(np.isin(labels, shared))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(500, len(rows))).astype(int))]
    if not len(rows):
        return None
    right = np.array([known.index(classes[label]) for label in labels[rows]])

    def of_right_class(turned: np.ndarray) -> np.ndarray:
        return np.asarray(probabilities(turned))[np.arange(len(right)), right][:, None]

    return compare(images[rows], of_right_class)
