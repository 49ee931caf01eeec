"""The nearest class mean, by cosine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glyph_transfer.learning.heads.head import Linear
from glyph_transfer.learning.heads.prepared import TINY, softmax

if TYPE_CHECKING:
    from glyph_transfer.learning.heads.fitting import Labelled


def solve(labelled: "Labelled", strengths: Sequence[float]) -> list[Linear]:
    """Give logits that are strengths times the cosines with the classes' means."""
    means = _directions(labelled.classes.T @ labelled.features)
    bias = np.zeros(len(means))
    return [Linear(strength * means.T, bias) for strength in strengths]


def left_out(labelled: "Labelled", strengths: Sequence[float]) -> list[np.ndarray]:
    """Give probabilities of every row when its group is left out, for each strength."""
    features, classes = labelled.features, labelled.classes
    sums = classes.T @ features
    own = np.zeros((labelled.groups.max() + 1, features.shape[1]))
    np.add.at(own, labelled.groups, features)
    cosines = features @ _directions(sums).T
    without = _directions(sums[classes.argmax(1)] - own[labelled.groups])
    cosines[classes.astype(bool)] = (features * without).sum(1)
    return [softmax(strength * cosines) for strength in strengths]


def _directions(sums: np.ndarray) -> np.ndarray:
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), TINY)
