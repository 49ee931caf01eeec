"""What the cell of a study that is shown gets wrong, summed over its draws."""

from itertools import product

import numpy as np

from glyph_transfer.analysis.rows import ConfusionRow, MistakeRow
from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.protocol import Cell

MOST = 24
"""Mistakes that are listed."""


def confusion(cell: Cell, done: CellResults, tested: Tested) -> list[ConfusionRow]:
    """Count how often each class of the test images was taken for each other one.

    Returns:
        A row for every pair of classes, by true class.
    """
    n, draws = tested.n_classes, len(done.predicted)
    pairs = tested.labels.astype(int) * n + done.predicted
    counts = np.bincount(pairs.ravel(), minlength=n * n).tolist()
    return [
        ConfusionRow(cell, actual, predicted, predictions, draws)
        for (actual, predicted), predictions in zip(
            product(tested.classes, repeat=2), counts, strict=True
        )
    ]


def worst(cell: Cell, done: CellResults, tested: Tested) -> list[MistakeRow]:
    """List the test images whose true class got the least probability, mean over draws.

    Returns:
        At most `MOST` rows. An image that every draw got right is not among them.
    """
    labels, classes = tested.labels, tested.classes
    wrong = (done.predicted != labels).sum(axis=0)
    probability = done.probability.mean(axis=0)
    rounded = probability.astype(float).round(6)
    order = np.argsort(probability, kind="stable")
    return [
        MistakeRow(
            cell=cell,
            image=image,
            actual=classes[labels[image]],
            predicted=classes[_wrong_class(done, labels, image)],
            wrong_draws=int(wrong[image]),
            draws=len(done.predicted),
            probability=float(rounded[image]),
        )
        for image in order[wrong[order] > 0][:MOST].tolist()
    ]


def _wrong_class(done: CellResults, labels: np.ndarray, image: int) -> int:
    given = done.predicted[:, image]
    return int(np.bincount(given[given != labels[image]]).argmax())
