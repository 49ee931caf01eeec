"""The chart of scores shows the numbers of its table, the score with the least regret first."""

import pytest
from matplotlib.colors import to_hex

from chart_rows import forecast_row
from glyph_transfer.charts.choice_chart import choice_chart
from glyph_transfer.charts.figures import GREY

ROWS = [
    forecast_row("logme", regret=0.002, tau=0.8, ends=(0.001, 0.004)),
    forecast_row("knn", regret=0.001, tau=0.7),
    forecast_row("fixed_order", regret=0.02, tau=0.4, ends=(0.01, 0.03)),
    *(
        forecast_row(score, target, regret=regret, tau=0.5)
        for score in ("logme", "knn", "fixed_order")
        for target, regret in (("digits", 0.0), ("letters", 0.004))
    ),
]


def lines(axes, y):
    """What is drawn at the height of a row, and the dots beside it: the values of each."""
    drawn = [line for line in axes.lines if set(line.get_ydata()) == {y}]
    dots = [
        line for line in axes.lines if line.get_marker() == "." and y < line.get_ydata()[0] < y + 1
    ]
    return [list(line.get_xdata()) for line in drawn], [list(line.get_xdata()) for line in dots]


def test_scores_stand_in_the_order_of_their_regrets_in_points():
    regrets, taus = choice_chart(ROWS).axes
    assert [label.get_text() for label in regrets.get_yticklabels()] == [
        "knn", "logme", "fixed order",
    ]  # fmt: skip
    means = [line.get_xdata()[0] for line in regrets.lines if line.get_marker() == "o"]
    assert means == pytest.approx([0.1, 0.2, 2.0])
    assert [line.get_xdata()[0] for line in taus.lines if line.get_marker() == "o"] == [
        0.7, 0.8, 0.4,
    ]  # fmt: skip
    assert regrets.get_ylim()[0] > regrets.get_ylim()[1]  # the first is on top


def test_intervals_over_draws_and_targets_and_single_targets_are_drawn():
    regrets, taus = choice_chart(ROWS).axes
    at_row, dots = lines(regrets, 1)
    # over targets twice as far as over draws, then the mean
    assert at_row == [pytest.approx(each) for each in ([0.0, 0.8], [0.1, 0.4], [0.2])]
    assert dots == [pytest.approx([0.0, 0.4])]
    # without an interval there is the mean alone
    assert lines(regrets, 0)[0] == [pytest.approx([0.1])]
    assert lines(taus, 0) == ([[0.7]], [[0.5, 0.5]])


def test_what_looks_at_no_image_is_grey():
    regrets, _ = choice_chart(ROWS).axes
    colours = {
        line.get_ydata()[0]: to_hex(line.get_color())
        for line in regrets.lines
        if line.get_linewidth() == 3.5
    }
    assert colours[2] == GREY
    assert colours[1] != GREY
