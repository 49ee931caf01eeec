"""Confusions and worst mistakes of predictions made by hand."""

import numpy as np
import pytest

from glyph_transfer.protocol import Cell, Study
from glyph_transfer.studies import mistakes, results

CELL = Cell("digits", "tominet", "none", "scratch", 100)
OTHER = CELL._replace(source="letters")
LABELS = np.array([0, 1, 2, 2], np.uint8)


@pytest.fixture
def target():
    """Four test images of three classes."""
    return results.Tested(("a", "b", "c"), np.zeros((4, 28, 28), np.uint8), LABELS)


def predictions(predicted, probability=None, validation=(0.5, 0.5), loss=(1.0, 1.0)):
    predicted = np.array(predicted, np.uint8)
    nothing = np.zeros((len(predicted), 1), np.float32)
    probability = np.full(predicted.shape, 0.5) if probability is None else probability
    return results.CellResults(
        np.array(["x"] * len(predicted)), nothing, predicted,
        np.array(probability, np.float32), nothing, nothing, nothing, nothing, nothing,
        np.array(loss), np.array(validation),
    )  # fmt: skip


def study(shown=None):
    """What `shown_cell` asks a study."""
    return Study.model_construct(shown=shown)


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


def test_the_best_cell_is_best_on_validation_images():
    """Here it gets fewer test images right."""
    cells = {
        CELL: predictions([LABELS], validation=(0.7, 0.7)),
        OTHER: predictions([LABELS * 0], validation=(0.6, 0.9)),
    }
    assert mistakes.shown_cell(study(), cells) == OTHER


def test_of_equally_accurate_cells_the_smaller_loss_is_best():
    cells = {
        CELL: predictions([LABELS], loss=(2.0, 2.0)),
        OTHER: predictions([LABELS], loss=(1.0, 1.5)),
    }
    assert mistakes.shown_cell(study(), cells) == OTHER


def test_the_cell_that_the_study_names_goes_before_the_best():
    """Also without validation images, where none is best."""
    cells = {CELL: predictions([LABELS], validation=(0.9, 0.9)), OTHER: predictions([LABELS])}
    assert mistakes.shown_cell(study(str(OTHER)), cells) == OTHER
    unknown = {cell: predictions([LABELS], validation=(np.nan, np.nan)) for cell in cells}
    assert mistakes.shown_cell(study(str(OTHER)), unknown) == OTHER


def test_an_ensemble_has_no_network_to_show():
    ensemble = CELL._replace(model="ensemble", variant="both")
    cells = {CELL: predictions([LABELS]), ensemble: predictions([LABELS], validation=(1.0, 1.0))}
    assert mistakes.shown_cell(study(), cells) == CELL
