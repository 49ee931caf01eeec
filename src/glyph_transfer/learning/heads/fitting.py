"""Heads fitted to labelled features, with a strength that these alone choose."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from glyph_transfer.learning.heads import logistic, means, ridge
from glyph_transfer.learning.heads.checks import How, check
from glyph_transfer.learning.heads.folds import stratified_folds
from glyph_transfer.learning.heads.head import Head, Linear, Votes, votes
from glyph_transfer.learning.heads.prepared import Preparation, in_their_span, one_hot

BY_COSINE = ("cosine", "nearest_mean", "neighbours")
LEAST = 1e-6
"""Probability below which a wrong answer is not punished further when strengths are compared."""


class Labelled(NamedTuple):
    """What a head is fitted to.

    Attributes:
        features: prepared, float (n, r), coordinates in their span.
        classes: one-hot, float (n, n_classes).
        groups: integers (n,) from 0; rows of one are an image and its copies.
        weight: of every row; groups count as one image.
    """

    features: np.ndarray
    classes: np.ndarray
    groups: np.ndarray
    weight: float

    def rows(self, index: np.ndarray) -> "Labelled":
        """Give some of the rows."""
        parts = self.features[index], self.classes[index], self.groups[index]
        return Labelled(*parts, self.weight)


def fit(
    how: How,
    features: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    groups: np.ndarray | None = None,
    seed: int = 0,
) -> Head:
    """Fit a head; InputError where `check` gives one.

    Args:
        how: its kind and strengths.
        features: float32 (n, d).
        labels: integers (n,), every class from 0 to n_classes - 1 among them.
        n_classes: of the target.
        groups: integers (n,); rows of one group, an image and its changed copies, are left out
            together and weigh as one image. None where every row is an image.
        seed: of the folds.
    """
    groups = np.arange(len(labels)) if groups is None else np.unique(groups, return_inverse=True)[1]
    first = np.unique(groups, return_index=True)[1]
    check(how, labels[first], n_classes)
    kind, strengths = how.kind, how.strengths
    preparation = Preparation.learn(features, to_unit_length=kind in BY_COSINE)
    coordinates, axes = in_their_span(preparation.of(features))
    labelled = Labelled(coordinates, one_hot(labels, n_classes), groups, len(first) / len(labels))
    if how.has_to_choose:
        strengths = [_chosen(how, labelled, seed)]
    strength = strengths[0] if len(strengths) == 1 else None
    return Head(kind, strength, preparation, _solution(kind, labelled, strengths, axes))


def _solution(
    kind: str, labelled: Labelled, strengths: Sequence[float], axes: np.ndarray
) -> Linear | Votes:
    """Solve for all strengths, average, and give it for features instead of coordinates."""
    if kind == "neighbours":
        counts = tuple(int(count) for count in strengths)
        return Votes(labelled.features @ axes.T, labelled.classes, counts)
    solutions = _SOLVERS[kind](labelled, strengths)
    kernel = axes @ np.mean([each.kernel for each in solutions], axis=0)
    return Linear(kernel, np.mean([each.bias for each in solutions], axis=0))


_SOLVERS: dict[str, Callable[[Labelled, Sequence[float]], list[Linear]]] = {
    "logistic": logistic.solve,
    "cosine": logistic.solve,
    "ridge": ridge.solve,
    "nearest_mean": means.solve,
}


def _chosen(how: How, labelled: Labelled, seed: int) -> float:
    """Give the strength whose answers to images left out have the least cross-entropy."""
    given = _answers_left_out(how, labelled, seed)
    losses = [_cross_entropy(answers, labelled.classes) for answers in given]
    return how.strengths[int(np.argmin(losses))]


def _answers_left_out(how: How, labelled: Labelled, seed: int) -> list[np.ndarray]:
    """Give what a head says of every row when its image is left out, for each strength."""
    if how.choose == "leave_one_out":
        return _LEAVE_ONE_OUT[how.kind](labelled, how.strengths)
    given = np.empty((len(how.strengths), *labelled.classes.shape))
    for held in stratified_folds(labelled.classes.argmax(1), labelled.groups, seed):
        learned = labelled.rows(~held)
        given[:, held] = _answers(how.kind, learned, labelled.features[held], how.strengths)
    return list(given)


def _answers(
    kind: str, learned: Labelled, features: np.ndarray, strengths: Sequence[float]
) -> list[np.ndarray]:
    """Give probabilities (m, n_classes) for each strength, of features (m, r)."""
    if kind == "neighbours":
        cosines = features @ learned.features.T
        return [votes(cosines, learned.classes, (int(count),)) for count in strengths]
    return [each.probabilities(features) for each in _SOLVERS[kind](learned, strengths)]


def _votes_left_out(labelled: Labelled, strengths: Sequence[float]) -> list[np.ndarray]:
    cosines = labelled.features @ labelled.features.T
    cosines[labelled.groups[:, None] == labelled.groups] = -np.inf
    return [votes(cosines, labelled.classes, (int(count),)) for count in strengths]


_LEAVE_ONE_OUT = {
    "ridge": ridge.left_out,
    "nearest_mean": means.left_out,
    "neighbours": _votes_left_out,
}


def _cross_entropy(answers: np.ndarray, classes: np.ndarray) -> float:
    truth = (answers * classes).sum(1)
    return float(-np.log(np.maximum(truth, LEAST)).mean())
