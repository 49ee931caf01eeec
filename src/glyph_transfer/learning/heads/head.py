"""A fitted head."""

from dataclasses import dataclass

import numpy as np

from glyph_transfer.learning.heads.prepared import Preparation, softmax


@dataclass(frozen=True)
class Linear:
    """Logits that are linear in prepared features: kernel (d, n_classes), bias (n_classes,)."""

    kernel: np.ndarray
    bias: np.ndarray

    def probabilities(self, prepared: np.ndarray) -> np.ndarray:
        """Give float (m, n_classes) of prepared features (m, d)."""
        return softmax(prepared @ self.kernel + self.bias)


@dataclass(frozen=True)
class Votes:
    """Shares of classes among the nearest labelled images, each by how near it is.

    Attributes:
        features: prepared, float (n, d).
        classes: one-hot, float (n, n_classes).
        counts: numbers of neighbours, over which answers are averaged.
    """

    features: np.ndarray
    classes: np.ndarray
    counts: tuple[int, ...]

    def probabilities(self, prepared: np.ndarray) -> np.ndarray:
        """Give float (m, n_classes) of prepared features (m, d)."""
        return votes(prepared @ self.features.T, self.classes, self.counts)


SHARPNESS = 10.0
"""A neighbour's vote is exp(10 cosine): one of cosine 0.9 counts 2.7 times one of 0.8."""


def votes(cosines: np.ndarray, classes: np.ndarray, counts: tuple[int, ...]) -> np.ndarray:
    """Average the votes of so many neighbours: float (m, n_classes) from cosines (m, n)."""
    most = min(max(counts), cosines.shape[1])
    order = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
    nearness = np.take_along_axis(cosines, order, 1)
    falling = np.argsort(-nearness, axis=1, kind="stable")
    order = np.take_along_axis(order, falling, 1)
    weights = np.exp(SHARPNESS * np.take_along_axis(nearness, falling, 1))
    cast = weights[:, :, None] * classes[order]
    shares = [cast[:, :k].sum(1) / weights[:, :k].sum(1, keepdims=True) for k in counts]
    return np.mean(shares, axis=0)


ROWS = 500
"""Images that are classified at a time: their features stay in the processor's cache."""


@dataclass(frozen=True)
class Head:
    """A classifier on features.

    Attributes:
        kind: one of `KINDS`.
        strength: that was chosen; None where several are averaged.
        preparation: of features, before they are classified.
        solution: that classifies prepared ones.
    """

    kind: str
    strength: float | None
    preparation: Preparation
    solution: Linear | Votes

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Give probabilities, float32 (m, n_classes), of features (m, d)."""
        given = [
            self.solution.probabilities(self.preparation.of(features[start : start + ROWS]))
            for start in range(0, max(len(features), 1), ROWS)
        ]
        return np.concatenate(given).astype(np.float32)

    def linear(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Give kernel (d, n_classes) and bias (n_classes,), float32, of a layer that does the same.

        None where there is no such layer: features are brought to unit length, or vote.
        """
        if self.preparation.to_unit_length:
            return None
        kernel = self.solution.kernel / self.preparation.scale
        bias = self.solution.bias - self.preparation.centre @ kernel
        return kernel.astype(np.float32), bias.astype(np.float32)
