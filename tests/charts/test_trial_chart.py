"""The chart of a search, read back from its axes."""

import numpy as np

from glyph_transfer.charts import trial_chart


def row(trial, generation, dropout, learning_rate, width, loss, best):
    return {
        "trial": trial, "generation": generation, "dropout": dropout,
        "learning_rate": learning_rate, "width": width, "validation_loss": loss,
        "best_validation_loss": best,
    }  # fmt: skip


DIVERGED = row(1, 0, 0.1, 0.1, 2.0, None, None)
ROWS = [
    DIVERGED,
    row(2, 0, 0.2, 0.001, 1.0, 1.5, 1.5),
    row(3, 1, 0.3, 0.002, 0.5, 0.5, 0.5),
    row(4, 1, 0.4, 0.003, 0.7, 0.9, 0.5),
]


def drawn(rows):
    """Points by panel and label."""
    panels = trial_chart.trials(rows).axes
    return {
        axes.get_xlabel(): {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
        for axes in panels
    }


def test_every_trial_is_a_point_in_every_panel():
    panels = drawn(ROWS)
    assert [*panels] == ["trial", "dropout", "learning rate", "width"]
    assert panels["trial"]["trial"] == [[2, 1.5], [3, 0.5], [4, 0.9]]
    assert panels["dropout"]["trial"] == [[0.2, 1.5], [0.3, 0.5], [0.4, 0.9]]
    assert panels["learning rate"]["trial"] == [[0.001, 1.5], [0.002, 0.5], [0.003, 0.9]]
    assert panels["width"]["trial"] == [[1.0, 1.5], [0.5, 0.5], [0.7, 0.9]]


def test_the_best_is_marked_and_those_that_diverged_are_at_the_edge():
    panels = drawn(ROWS)
    assert panels["width"]["best"] == [[0.5, 0.5]]
    assert panels["width"]["diverged"] == [[2.0, 1.0]], "in shares of the panel's height"
    assert "diverged" not in drawn(ROWS[1:])["width"]


def test_the_best_so_far_begins_with_the_first_loss():
    assert drawn(ROWS)["trial"]["best so far"] == [[2, 1.5], [3, 0.5], [4, 0.5]]


def test_generations_are_told_apart_and_learning_rates_are_by_their_logarithm():
    panels = trial_chart.trials(ROWS).axes
    (between,) = [line for line in panels[0].lines if line.get_label().startswith("_")]
    np.testing.assert_array_equal(between.get_xdata(), [2.5, 2.5])
    assert [axes.get_xscale() for axes in panels] == ["linear", "linear", "log", "linear"]


def test_the_legend_names_what_is_drawn():
    (legend,) = trial_chart.trials(ROWS).legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["trial", "best", "diverged", "best so far"]
