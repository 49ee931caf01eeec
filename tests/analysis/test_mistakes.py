"""Confusions and worst mistakes of predictions made by hand."""

import numpy as np
import pytest

from glyph_transfer.analysis import mistakes
from glyph_transfer.experiments import results
from glyph_transfer.protocol import Cell

CELL = Cell("digits", "tominet", "none", "scratch", 100)
LABELS = np.array([0, 1, 2, 2], np.uint8)


@pytest.fixture
def target():
    """Four test images of three classes."""
    return results.Tested(("a", "b", "c"), np.zeros((4, 28, 28), np.uint8), LABELS)


def predictions(predicted, probability=None):
    predicted = np.array(predicted, np.uint8)
    nothing = np.zeros((len(predicted), 1), np.float32)
    probability = np.full(predicted.shape, 0.5) if probability is None else probability
    return results.CellResults(
        np.array(["x"] * len(predicted)), np.array([""] * len(predicted)), nothing, predicted,
        np.array(probability, np.float32), nothing, nothing, nothing, nothing, nothing,
        nothing, nothing,
    )  # fmt: skip


def test_confusions_are_true_class_by_predicted_class_summed_over_draws(target):
    rows = mistakes.confusion(CELL, predictions([[0, 2, 2, 0], [0, 2, 2, 2]]), target)
    counts = {(row.actual, row.predicted): row.predictions for row in rows}
    assert counts["a", "a"] == 2
    assert counts["b", "c"] == 2, "row and column are not exchanged"
    assert counts["c", "b"] == 0
    assert (counts["c", "c"], counts["c", "a"]) == (3, 1)
    assert sum(counts.values()) == 8
    assert {(row.cell, row.draws) for row in rows} == {(CELL, 2)}
    assert [row.actual for row in rows[:4]] == ["a", "a", "a", "b"]


def test_the_worst_mistake_is_the_one_that_gave_the_truth_least(target):
    """Image 0 has less probability still, but no draw got it wrong."""
    predicted = [[0, 2, 2, 0], [0, 0, 2, 2], [0, 0, 1, 2]]
    probability = [[0.1, 0.3, 0.9, 0.1]] * 3
    rows = mistakes.worst(CELL, predictions(predicted, probability), target)
    assert [row.image for row in rows] == [3, 1, 2]
    assert [row.actual for row in rows] == ["c", "b", "c"]
    assert [row.predicted for row in rows] == ["a", "a", "b"], "most frequent wrong class"
    assert [row.wrong_draws for row in rows] == [1, 3, 1]
    assert {(row.cell, row.draws) for row in rows} == {(CELL, 3)}


def test_the_worst_mistake_is_so_in_the_mean_over_draws(target):
    """Image 1 got the least of all on one draw, and image 2 the least on its best one; image 3
    has the least in the mean, and by no other account.
    """
    probability = [[0.9, 0.01, 0.40, 0.20], [0.9, 0.90, 0.40, 0.41], [0.9, 0.80, 0.40, 0.23]]
    wrong = predictions([[0, 2, 0, 0]] * 3, probability)
    rows = mistakes.worst(CELL, wrong, target)
    assert [row.image for row in rows] == [3, 2, 1]
    assert [row.probability for row in rows] == [0.28, 0.4, 0.57]


def test_no_mistakes_give_an_empty_table(target):
    assert mistakes.worst(CELL, predictions([LABELS, LABELS]), target) == []
