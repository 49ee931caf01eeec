"""The chart of a search, read back from its axes."""

import numpy as np
import pytest

from glyph_transfer.charts import trial_chart

COLUMNS = (
    "trial", "generation", "dropout", "learning_rate", "width", "validation_loss",
    "best_validation_loss",
)  # fmt: skip


def row(*values):
    return dict(zip(COLUMNS, values, strict=True))


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


def test_generations_are_told_apart():
    upper, *_ = trial_chart.trials(ROWS).axes
    (between,) = [line for line in upper.lines if line.get_label().startswith("_")]
    np.testing.assert_array_equal(between.get_xdata(), [2.5, 2.5])


def test_any_column_beside_trials_and_losses_is_a_hyperparameter():
    """Its name is nowhere in the code."""
    rows = [{**each, "depth": each["trial"] + 5, "dropout": 0.5} for each in ROWS]
    panels = drawn([{k: v for k, v in each.items() if k != "width"} for each in rows])
    assert [*panels] == ["trial", "dropout", "learning rate", "depth"]
    assert panels["depth"]["trial"] == [[7, 1.5], [8, 0.5], [9, 0.9]]


@pytest.mark.parametrize(
    ("first", "scale"),
    [
        ((0.001, 0.003, 0.01, 0.03, 0.1), "log"),
        ((0.001, 0.025, 0.05, 0.075, 0.1), "linear"),
        ((0.0, 0.003, 0.01, 0.03, 0.1), "linear"),
        ((0.5, 0.6, 0.7, 0.9, 2.0), "linear"),
    ],
)
def test_a_scale_is_logarithmic_where_the_first_generation_is_even_on_it(first, scale):
    """Later generations crowd about the best, and have no say."""
    rows = [row(n, 0, 0.5, value, 1.0, 1.0, 1.0) for n, value in enumerate(first, start=1)]
    rows += [row(n, 1, 0.5, 0.09, 1.0, 1.0, 1.0) for n in range(6, 20)]
    panels = {axes.get_xlabel(): axes.get_xscale() for axes in trial_chart.trials(rows).axes}
    assert panels.pop("learning rate") == scale
    assert {*panels.values()} == {"linear"}


def test_what_is_drawn_is_named_where_it_is():
    upper, *lower = trial_chart.trials(ROWS).axes
    assert {text.get_text(): text.xy for text in upper.texts} == {
        "trial": (2, 1.5), "best": (3, 0.5), "diverged": (1, 1), "best so far": (4, 0.5),
    }  # fmt: skip
    assert not any(axes.texts for axes in lower)
