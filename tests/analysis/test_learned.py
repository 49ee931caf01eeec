"""Whether a cell has learned, worked by hand."""

import pytest

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.learned import chance_level, has_learned


@pytest.mark.parametrize(
    ("mean", "low", "high", "learned"),
    [
        (0.5, 0.3, 0.7, True),
        (0.12, 0.11, 0.13, True),
        (0.5, 0.1, 0.9, False),
        (0.5, 0.0, 1.0, False),
        (0.05, 0.04, 0.06, False),
        (0.5, 0.5, 0.5, True),
        (0.1, 0.1, 0.1, False),
    ],
)
def test_a_cell_has_learned_whose_whole_interval_is_above_chance(mean, low, high, learned):
    accuracy = Interval(mean, low, high)
    assert has_learned(accuracy, chance_level(10)) is learned


@pytest.mark.parametrize(("accuracy", "learned"), [(0.375, True), (0.36, False), (0.1, False)])
def test_a_single_draw_has_learned_from_half_as_much_again_as_chance_on(accuracy, learned):
    """Of four classes, whose chance is a quarter."""
    assert has_learned(Interval(accuracy, None, None), chance_level(4)) is learned
