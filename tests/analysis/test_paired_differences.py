"""Paired comparisons, corrected for their number, on arrays that can be checked by eye."""

import numpy as np
import pytest
from scipy import stats

from glyph_transfer.analysis import statistics
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import (
    compare,
    mean_interval,
)


def only(difference_of):
    (difference,) = difference_of.values()
    return difference


def test_a_difference_is_cell_minus_baseline():
    found = only(compare({"a": np.array([0.5, 0.7])}, {"a": np.array([0.4, 0.5])}, 1))
    assert found.difference.mean == pytest.approx(0.15)
    assert found.improvement.mean == 1


def test_comparisons_are_paired():
    """Draws differ by 0.2, cells by 0.01 to 0.03 on each: unpaired, nothing could be seen."""
    base = np.linspace(0.5, 0.9, 12)
    gain = np.tile([0.01, 0.02, 0.03], 4)
    paired = only(compare({"a": base + gain}, {"a": base}, 1))
    assert paired.is_significant
    assert paired.difference.high - paired.difference.low < 0.02
    assert paired.p < 0.01
    shuffled = only(compare({"a": base + gain}, {"a": base[::-1]}, 1))
    assert not shuffled.is_significant
    assert shuffled.difference.mean == pytest.approx(paired.difference.mean)


def test_cells_are_compared_on_the_draws_that_both_have():
    """A dear cell is repeated less: its two draws are the first two of its baseline."""
    dear, cheap = np.array([0.5, 0.7]), np.array([0.4, 0.5, 0.9])
    found = compare({"less": dear, "more": cheap}, {"less": cheap, "more": dear}, 1)
    assert found["less"].difference.mean == pytest.approx(0.15)
    assert found["more"].difference.mean == pytest.approx(-0.15)
    assert [one.draws for one in found.values()] == [2, 2]


def test_identical_cells_do_not_differ():
    values = np.array([0.1, 0.9, 0.4])
    found = only(compare({"a": values}, {"a": values.copy()}, 1))
    assert found.difference == found.corrected == Interval(0.0, 0.0, 0.0)
    assert found.p is None
    assert found.improvement.mean == 0.5
    assert not found.is_significant


def test_one_draw_shows_nothing():
    found = only(compare({"a": np.array([0.9])}, {"a": np.array([0.1])}, 1))
    assert found.difference == Interval(pytest.approx(0.8), None, None)
    assert found.p is None
    assert found.improvement == Interval(1.0, None, None)
    assert not found.is_significant


def test_ties_are_half_an_improvement():
    """Two wins, a tie and a loss, by hand: 2.5 of 4."""
    found = only(compare({"a": np.array([2, 2, 1, 0])}, {"a": np.array([1, 1, 1, 1])}, 1))
    assert found.improvement.mean == 0.625


def test_an_improvement_is_a_probability():
    found = only(compare({"a": np.array([1, 1, -1, 1])}, {"a": np.zeros(4)}, 1))
    assert 0 <= found.improvement.low < found.improvement.mean == 0.75
    assert found.improvement.high == 1


@pytest.mark.parametrize("gain", [-1.3, -0.2, 0.4, 1.1])
def test_p_is_the_level_at_which_the_interval_reaches_zero(gain):
    """Skewed values, so that the two sides differ."""
    values = np.random.default_rng(2).exponential(size=9) + gain
    p = only(compare({"a": values}, {"a": np.zeros(9)}, 1)).p
    interval = mean_interval(values, 1, 1 - p)
    assert min(abs(interval.low), abs(interval.high)) == pytest.approx(0, abs=1e-9)
    assert (p < 0.05) == only(compare({"a": values}, {"a": np.zeros(9)}, 1)).is_significant


def test_p_of_many_normal_differences_is_students():
    values = 0.15 + stats.norm.ppf((np.arange(200) + 0.5) / 200)
    p = only(compare({"a": values}, {"a": np.zeros(200)}, 1)).p
    assert p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=0.1)


def test_holm_corrects_from_the_smallest_p(monkeypatch):
    """By hand: 0.01 x 3, 0.02 x 2, 0.03 x 1 give 0.03, 0.04, 0.03; the last is raised to 0.04."""
    raw = {0.01: 0.01, 0.02: 0.02, 0.03: 0.03}
    monkeypatch.setattr(statistics, "_p_value", lambda mean, _: raw[round(mean.mean, 2)])
    cells = {"middle": [0.01, 0.03], "last": [0.02, 0.04], "first": [0.0, 0.02]}
    found = compare(cells, {name: np.zeros(2) for name in cells}, 1)
    assert list(found) == ["middle", "last", "first"]
    assert {name: round(one.p, 9) for name, one in found.items()} == {
        "first": 0.03,
        "middle": 0.04,
        "last": 0.04,
    }


def test_corrected_p_is_at_most_one():
    values = np.array([1, 2, -3])
    found = compare({"a": values, "b": values}, {"a": np.zeros(3), "b": np.zeros(3)}, 1)
    assert [one.p for one in found.values()] == [1, 1]


def test_corrected_intervals_have_holms_levels():
    """The smallest of three p-values at 1 - 0.05 / 3, then 0.05 / 2, then 0.05."""
    rng = np.random.default_rng(3)
    cells = {name: gain + rng.normal(size=20) for name, gain in [("a", 0.0), ("b", 9), ("c", 0.5)]}
    found = compare(cells, {name: np.zeros(20) for name in cells}, 7)
    assert found["b"].p < found["c"].p < found["a"].p
    assert [found[name].is_significant for name in "bca"] == [True, True, False]
    for name, tests in [("b", 3), ("c", 2), ("a", 1)]:
        assert found[name].corrected == mean_interval(cells[name], 7, 1 - 0.05 / tests)
        assert found[name].difference == mean_interval(cells[name], 7)


def test_after_the_first_that_shows_nothing_the_level_stays():
    """Holm's procedure stops there: two that show nothing at 0.05 / 2 are both drawn at it."""
    shown, weak, weaker = (
        gain + np.random.default_rng(3).normal(size=20) for gain in (9, 0.3, 0.1)
    )
    cells = {"weaker": weaker, "shown": shown, "weak": weak}
    found = compare(cells, {name: np.zeros(20) for name in cells}, 7)
    assert [found[name].is_significant for name in ("shown", "weak", "weaker")] == [
        True,
        False,
        False,
    ]
    assert found["shown"].corrected == mean_interval(shown, 7, 1 - 0.05 / 3)
    assert found["weak"].corrected == mean_interval(weak, 7, 1 - 0.05 / 2)
    assert found["weaker"].corrected == mean_interval(weaker, 7, 1 - 0.05 / 2)


def test_no_comparison_is_significant_whose_p_is_not_below_the_level():
    """Verdicts and p-values are two forms of one thing, few draws or many."""
    rng = np.random.default_rng(4)
    cells = {str(k): rng.normal(rng.uniform(0, 2), size=rng.integers(3, 12)) for k in range(60)}
    found = compare(cells, {name: np.zeros(12) for name in cells}, 1)
    assert {one.is_significant for one in found.values()} == {True, False}
    assert all(one.is_significant == (one.p < 0.05) for one in found.values())


def test_a_difference_that_the_correction_takes_away_is_not_shown():
    """Its own interval leaves out zero; among twenty comparisons it shows nothing."""
    values = np.array([-0.2, 0.5, 0.9, 0.1, 0.6, 0.8, -0.1, 0.3])
    alone = only(compare({"a": values}, {"a": np.zeros(8)}, 1))
    assert alone.is_significant
    cells = {str(k): values for k in range(20)}
    among = compare(cells, {name: np.zeros(8) for name in cells}, 1)["0"]
    assert among.difference == alone.difference
    assert not among.is_significant


def test_a_worse_cell_is_significant_too():
    assert only(compare({"a": np.array([1, 2, 1, 2])}, {"a": np.full(4, 9)}, 1)).is_significant
