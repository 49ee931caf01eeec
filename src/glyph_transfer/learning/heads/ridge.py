"""Ridge regression on one-hot classes, in closed form, with its answers to images left out.

Its probabilities are the softmax of what it gives for every class times a sharpness, which is
chosen by the cross-entropy on images left out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glyph_transfer.learning.heads.head import Linear
from glyph_transfer.learning.heads.prepared import TINY, softmax

if TYPE_CHECKING:
    from glyph_transfer.learning.heads.fitting import Labelled

SHARPNESS = (2.0, 4.0, 8.0, 16.0, 32.0)


class Decomposed(NamedTuple):
    """Centred features (n, r) as left * lengths @ right.T, and what was subtracted from them."""

    left: np.ndarray
    lengths: np.ndarray
    right: np.ndarray
    mean: np.ndarray


def solve(labelled: "Labelled", strengths: Sequence[float]) -> list[Linear]:
    """Minimise the mean squared error plus the strength times the squared kernel."""
    classes, shares = labelled.classes, labelled.classes.mean(0)
    parts = _decomposed(labelled.features)
    without = _scores_left_out(labelled, parts, strengths)
    solutions = []
    for strength, scores in zip(strengths, without, strict=True):
        shrunk = parts.lengths / (parts.lengths**2 + len(classes) * strength)
        kernel = parts.right @ (shrunk[:, None] * (parts.left.T @ classes))
        sharpness = _sharpness(scores, classes)
        solutions.append(Linear(sharpness * kernel, sharpness * (shares - parts.mean @ kernel)))
    return solutions


def left_out(labelled: "Labelled", strengths: Sequence[float]) -> list[np.ndarray]:
    """Give probabilities of every row when its group is left out, for each strength."""
    classes = labelled.classes
    without = _scores_left_out(labelled, _decomposed(labelled.features), strengths)
    return [softmax(_sharpness(scores, classes) * scores) for scores in without]


def _decomposed(features: np.ndarray) -> Decomposed:
    mean = features.mean(0)
    centred = features - mean
    values, right = np.linalg.eigh(centred.T @ centred)
    kept = values > 1e-12 * max(values[-1], TINY)
    lengths, right = np.sqrt(values[kept]), right[:, kept]
    return Decomposed(centred @ right / lengths, lengths, right, mean)


def _scores_left_out(
    labelled: "Labelled", parts: Decomposed, strengths: Sequence[float]
) -> list[np.ndarray]:
    """What the regression without a row's group gives for the row: exact, without fitting again.

    The residuals of a group left out are those of the whole fit, divided by what the group's own
    rows do not weigh in it: (I - H)^-1 r, with H of the group's rows. The penalty stays that of
    the whole fit.
    """
    classes, n = labelled.classes, len(labelled.classes)
    members = _of_equal_size(labelled.groups)
    found = []
    for strength in strengths:
        left = parts.left * np.sqrt(parts.lengths**2 / (parts.lengths**2 + n * strength))
        residuals = classes - classes.mean(0) - left @ (left.T @ classes)
        scores = np.empty_like(classes)
        for rows in members:
            # the intercept takes part with 1 / n
            own = np.eye(rows.shape[1]) - left[rows] @ left[rows].swapaxes(1, 2) - 1 / n
            without = np.linalg.pinv(own, hermitian=True) @ residuals[rows]
            scores[rows] = classes[rows] - without
        found.append(scores)
    return found


def _of_equal_size(groups: np.ndarray) -> list[np.ndarray]:
    """Give the rows of groups, integers (number of groups, size) for each size."""
    order, sizes = np.argsort(groups, kind="stable"), np.bincount(groups)
    ordered = sizes[groups[order]]
    return [order[ordered == size].reshape(-1, size) for size in np.unique(sizes[sizes > 0])]


def _sharpness(scores: np.ndarray, classes: np.ndarray) -> float:
    losses = [-np.log((softmax(s * scores) * classes).sum(1) + 1e-12).mean() for s in SHARPNESS]
    return SHARPNESS[int(np.argmin(losses))]
