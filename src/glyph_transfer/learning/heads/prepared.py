"""Features as heads take them: centred, at one scale or, for cosines, of unit length."""

from dataclasses import dataclass

import numpy as np

TINY = 1e-12


@dataclass(frozen=True)
class Preparation:
    """What is done to features, learned from the labelled ones.

    Attributes:
        centre: subtracted, float64 (d,): the mean of the labelled features.
        scale: divided by: their distance from the centre, root mean square. One number, since
            few images do not tell the scale of each feature.
        to_unit_length: whether features are brought to unit length before and after centring.
    """

    centre: np.ndarray
    scale: float
    to_unit_length: bool

    @classmethod
    def learn(cls, features: np.ndarray, to_unit_length: bool) -> "Preparation":
        """Learn it from features (n, d)."""
        given = _of_unit_length(features) if to_unit_length else features.astype(np.float64)
        centre = given.mean(0)
        spread = float(np.sqrt(((given - centre) ** 2).sum(1).mean()))
        return cls(centre, spread if spread > TINY else 1.0, to_unit_length)

    def of(self, features: np.ndarray) -> np.ndarray:
        """Prepare features (m, d): float64 (m, d)."""
        if self.to_unit_length:
            return _of_unit_length(_of_unit_length(features) - self.centre)
        return (features.astype(np.float64) - self.centre) / self.scale


def _of_unit_length(features: np.ndarray) -> np.ndarray:
    features = features.astype(np.float64)
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), TINY)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Give probabilities (m, n_classes) of logits."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Give classes as float (n, n_classes), one 1 in every row."""
    return np.eye(n_classes)[labels]


def in_their_span(prepared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give rows by coordinates in the space that they span, and its axes.

    Exact for whatever is penalised by its length: it has no part outside of that space.

    Args:
        prepared: float (n, d).

    Returns:
        Coordinates float (n, r), and orthonormal axes float (d, r), r at most n and d; rows are
        coordinates times the transposed axes.
    """
    n, d = prepared.shape
    if d <= n:
        return prepared, np.eye(d)
    values, vectors = np.linalg.eigh(prepared @ prepared.T)
    kept = values > 1e-10 * max(values[-1], TINY)
    lengths = np.sqrt(values[kept])
    return vectors[:, kept] * lengths, prepared.T @ (vectors[:, kept] / lengths)
