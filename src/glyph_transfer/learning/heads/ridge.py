"""Ridge regression on one-hot classes, in closed form, with its answers to images left out.

Its probabilities are the softmax of what it gives for every class times a sharpness, which is
chosen by the cross-entropy on images left out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glyph_transfer.learning.heads.head import Linear
from glyph_transfer.learning.heads.prepared import softmax

if TYPE_CHECKING:
    from glyph_transfer.learning.heads.fitting import Labelled

SHARPNESS = (2.0, 4.0, 8.0, 16.0, 32.0)


def solve(labelled: "Labelled", strengths: Sequence[float]) -> list[Linear]:
    """Minimise the mean squared error plus the strength times the squared kernel."""
    features, classes = labelled.features, labelled.classes
    mean, shares = features.mean(0), classes.mean(0)
    left, lengths, right = np.linalg.svd(features - mean, full_matrices=False)
    solutions = []
    for strength, left_out in zip(strengths, _scores_left_out(labelled, strengths), strict=True):
        shrunk = lengths / (lengths**2 + len(features) * strength)
        kernel = right.T @ (shrunk[:, None] * (left.T @ (classes - shares)))
        sharpness = _sharpness(left_out, classes)
        solutions.append(Linear(sharpness * kernel, sharpness * (shares - mean @ kernel)))
    return solutions


def left_out(labelled: "Labelled", strengths: Sequence[float]) -> list[np.ndarray]:
    """Give probabilities of every row when its group is left out, for each strength."""
    classes = labelled.classes
    return [
        softmax(_sharpness(scores, classes) * scores)
        for scores in _scores_left_out(labelled, strengths)
    ]


def _scores_left_out(labelled: "Labelled", strengths: Sequence[float]) -> list[np.ndarray]:
    """What the regression without a row's group gives for the row: exact, without fitting again.

    The residuals of a group left out are those of the whole fit, divided by what the group's own
    rows do not weigh in it: (I - H)^-1 r, with H of the group's rows.
    """
    features, classes = labelled.features, labelled.classes
    n = len(features)
    left, lengths, _ = np.linalg.svd(features - features.mean(0), full_matrices=False)
    order = np.argsort(labelled.groups, kind="stable")
    bounds = np.flatnonzero(np.diff(labelled.groups[order])) + 1
    members = np.split(order, bounds)
    found = []
    for strength in strengths:
        # the intercept takes part with 1 / n; the penalty stays that of the whole fit
        hat = (left * (lengths**2 / (lengths**2 + n * strength))) @ left.T + 1 / n
        residuals, scores = classes - hat @ classes, np.empty_like(classes)
        for rows in members:
            own = np.eye(len(rows)) - hat[np.ix_(rows, rows)]
            scores[rows] = classes[rows] - np.linalg.lstsq(own, residuals[rows], rcond=None)[0]
        found.append(scores)
    return found


def _sharpness(scores: np.ndarray, classes: np.ndarray) -> float:
    losses = [-np.log((softmax(s * scores) * classes).sum(1) + 1e-12).mean() for s in SHARPNESS]
    return SHARPNESS[int(np.argmin(losses))]
