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
        np.array(["x"] * len(predicted)), nothing, predicted,
        np.array(probability, np.float32), nothing, nothing, nothing, nothing, nothing,
        nothing, nothing,
    )  # fmt: skip


def test_confusions_are_true_class_by_predicted_class_summed_over_draws(target):
    found = mistakes.confusion(CELL, predictions([[0, 2, 2, 0], [0, 2, 2, 2]]), target)
    counts = found.set_index(["actual", "predicted"]).predictions
    assert counts["a", "a"] == 2
    assert counts["b", "c"] == 2, "row and column are not exchanged"
    assert counts["c", "b"] == 0
    assert (counts["c", "c"], counts["c", "a"]) == (3, 1)
    assert counts.sum() == 8
    assert set(found.draws) == {2}
    assert [*found.actual[:4]] == ["a", "a", "a", "b"]


def test_the_worst_mistake_is_the_one_that_gave_the_truth_least(target):
    """Image 0 has less probability still, but no draw got it wrong."""
    predicted = [[0, 2, 2, 0], [0, 0, 2, 2], [0, 0, 1, 2]]
    probability = [[0.1, 0.3, 0.9, 0.1]] * 3
    found = mistakes.worst(CELL, predictions(predicted, probability), target)
    assert [*found.image] == [3, 1, 2]
    assert [*found.actual] == ["c", "b", "c"]
    assert [*found.predicted] == ["a", "a", "b"], "most frequent wrong class"
    assert [*found.wrong_draws] == [1, 3, 1]


def test_no_mistakes_give_an_empty_table(target):
    found = mistakes.worst(CELL, predictions([LABELS, LABELS]), target)
    assert len(found) == 0
    assert "predicted" in found
