"""Paired comparisons, corrected for their number, on arrays that can be checked by eye."""

import numpy as np
import pytest
from scipy import stats

from glyph_transfer.analysis import comparisons
from glyph_transfer.analysis.comparisons import Comparison, PairedScores
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import mean_interval, paired, spread_ratio


def compare(cells, baselines, seed, borders=(0.0,)):
    """Compare means of cells with those of their baselines, draw by draw."""
    pairs = {
        name: PairedScores(*paired(values, baselines[name]), frozenset(borders))
        for name, values in cells.items()
    }
    return comparisons.compare(pairs, seed)


def is_significant(comparison):
    return comparison.leaves_out(0.0)


def only(difference_of):
    (difference,) = difference_of.values()
    return difference


def test_a_difference_is_cell_minus_baseline():
    found = only(compare({"a": np.array([0.5, 0.7])}, {"a": np.array([0.4, 0.5])}, 1))
    assert found.estimate.mean == pytest.approx(0.15)
    assert found.draws == 2


def test_comparisons_are_paired():
    """Draws differ by 0.2, cells by 0.01 to 0.03 on each: unpaired, nothing could be seen."""
    base = np.linspace(0.5, 0.9, 12)
    gain = np.tile([0.01, 0.02, 0.03], 4)
    paired = only(compare({"a": base + gain}, {"a": base}, 1))
    assert is_significant(paired)
    assert paired.estimate.high - paired.estimate.low < 0.02
    assert paired.p < 0.01
    shuffled = only(compare({"a": base + gain}, {"a": base[::-1]}, 1))
    assert not is_significant(shuffled)
    assert shuffled.estimate.mean == pytest.approx(paired.estimate.mean)


def test_identical_cells_do_not_differ():
    values = np.array([0.1, 0.9, 0.4])
    found = only(compare({"a": values}, {"a": values.copy()}, 1))
    assert found.estimate == found.corrected == Interval(0.0, 0.0, 0.0)
    assert found.p is None
    assert not is_significant(found)


def test_one_draw_shows_nothing():
    found = only(compare({"a": np.array([0.9])}, {"a": np.array([0.1])}, 1))
    assert found.estimate == Interval(pytest.approx(0.8), None, None)
    assert found.p is None
    assert not is_significant(found)


@pytest.mark.parametrize("gain", [-1.3, -0.2, 0.4, 1.1])
def test_p_is_the_level_at_which_the_interval_reaches_zero(gain):
    """Skewed values, so that the two sides differ."""
    values = np.random.default_rng(2).exponential(size=9) + gain
    p = only(compare({"a": values}, {"a": np.zeros(9)}, 1)).p
    interval = mean_interval(values, 1, 1 - p)
    assert min(abs(interval.low), abs(interval.high)) == pytest.approx(0, abs=1e-9)
    assert (p < 0.05) == is_significant(only(compare({"a": values}, {"a": np.zeros(9)}, 1)))


def test_p_of_many_normal_differences_is_students():
    values = 0.15 + stats.norm.ppf((np.arange(200) + 0.5) / 200)
    p = only(compare({"a": values}, {"a": np.zeros(200)}, 1)).p
    assert p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=0.1)


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
    assert [is_significant(found[name]) for name in "bca"] == [True, True, False]
    for name, tests in [("b", 3), ("c", 2), ("a", 1)]:
        assert found[name].corrected == mean_interval(cells[name], 7, 1 - 0.05 / tests)
        assert found[name].estimate == mean_interval(cells[name], 7)


def test_after_the_first_that_shows_nothing_the_level_stays():
    """Holm's procedure stops there: two that show nothing at 0.05 / 2 are both drawn at it."""
    shown, weak, weaker = (
        gain + np.random.default_rng(3).normal(size=20) for gain in (9, 0.3, 0.1)
    )
    cells = {"weaker": weaker, "shown": shown, "weak": weak}
    found = compare(cells, {name: np.zeros(20) for name in cells}, 7)
    assert [is_significant(found[name]) for name in ("shown", "weak", "weaker")] == [
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
    assert {is_significant(one) for one in found.values()} == {True, False}
    assert all(is_significant(one) == (one.p < 0.05) for one in found.values())


def test_a_difference_that_the_correction_takes_away_is_not_shown():
    """Its own interval leaves out zero; among twenty comparisons it shows nothing."""
    values = np.array([-0.2, 0.5, 0.9, 0.1, 0.6, 0.8, -0.1, 0.3])
    alone = only(compare({"a": values}, {"a": np.zeros(8)}, 1))
    assert is_significant(alone)
    cells = {str(k): values for k in range(20)}
    among = compare(cells, {name: np.zeros(8) for name in cells}, 1)["0"]
    assert among.estimate == alone.estimate
    assert not is_significant(among)


def test_a_worse_cell_is_significant_too():
    found = only(compare({"a": np.array([1, 2, 1, 2])}, {"a": np.full(4, 9)}, 1))
    assert is_significant(found)


# --- borders


def with_p(monkeypatch, p_values):
    """Have the p-values of pairs, by their first score and border, be these."""

    def p_value(_, pair, border):
        return p_values[pair.first[0]][border]

    monkeypatch.setattr(comparisons, "_p_value", p_value)


def numbered(*borders, width=1.0):
    """Pairs whose first score is their number, with borders each; wide ones leave nothing out."""
    return {
        str(k): PairedScores(np.array([k, k + width]), np.zeros(2), frozenset(own))
        for k, own in enumerate(borders, start=1)
    }


@pytest.mark.parametrize("width", [1.0, 0.01])
def test_holm_corrects_from_the_smallest_p(width, monkeypatch):
    """By hand: 0.01 x 3, 0.02 x 2, 0.03 x 1 give 0.03, 0.04, 0.03; the last is raised to 0.04."""
    with_p(monkeypatch, {1.0: {0.0: 0.02}, 2.0: {0.0: 0.03}, 3.0: {0.0: 0.01}})
    found = comparisons.compare(numbered([0.0], [0.0], [0.0], width=width), 1)
    assert [*found] == ["1", "2", "3"]
    assert [one.p for one in found.values()] == pytest.approx([0.04, 0.04, 0.03])


def test_a_pair_is_ranked_by_the_border_that_is_hardest_to_leave_out(monkeypatch):
    """The first is sure against 0 and open against 5: the other is tested before it."""
    with_p(monkeypatch, {1.0: {0.0: 0.001, 5.0: 0.5}, 2.0: {0.0: 0.02}})
    found = comparisons.compare(numbered([0.0, 5.0], [0.0]), 1)
    assert found["2"].p == pytest.approx(0.04), "of two, the first"
    assert found["1"].p == pytest.approx(0.002), "at the level of the other, which is not decided"
    assert {one.confidence for one in found.values()} == {0.975}


def test_a_difference_is_significant_beside_a_margin_that_is_open():
    """About 0.3 on every draw: above zero, and on both sides of a margin of 0.3."""
    values = {"a": np.array([0.29, 0.31, 0.3, 0.32, 0.28, 0.3])}
    found = only(compare(values, {"a": np.zeros(6)}, 1, borders=(0.0, -0.3, 0.3)))
    assert found.leaves_out(0.0, -0.3)
    assert not found.leaves_out(0.3)
    assert not found.leaves_out(0.0, 0.3)
    assert found.p < 0.001


def test_a_pair_with_an_open_border_holds_the_level_of_those_after_it():
    """One is sure against 0 and open at 3; the other, more open still, is as strict as of two."""
    spread = np.linspace(-0.1, 0.1, 8)
    found = comparisons.compare(
        {
            "open": PairedScores(3.02 + spread, np.zeros(8), frozenset({0.0, 3.0})),
            "more open": PairedScores(0.001 + spread, np.zeros(8)),
        },
        1,
    )
    assert [one.leaves_out(0.0) for one in found.values()] == [True, False]
    assert {one.confidence for one in found.values()} == {0.975}


def test_the_p_of_zero_agrees_with_the_interval_whatever_else_is_asked():
    rng = np.random.default_rng(5)
    pairs = {
        str(k): PairedScores(
            rng.normal(rng.uniform(0, 2), size=n),
            np.zeros(n),
            frozenset([0.0, -1.0, 1.0] if k % 2 else [0.0]),
        )
        for k, n in enumerate(rng.integers(3, 12, size=60))
    }
    found = comparisons.compare(pairs, 1)
    assert {is_significant(one) for one in found.values()} == {True, False}
    assert all(is_significant(one) == (one.p < 0.05) for one in found.values())


def test_a_margin_is_decided_from_within_or_from_beyond():
    """Both are, and so the second is tested at a level of its own."""
    spread = np.linspace(-0.1, 0.1, 8)
    found = compare(
        {"within": spread, "beyond": 3 + spread},
        {"within": np.zeros(8), "beyond": np.zeros(8)},
        1,
        borders=(-1.0, 1.0),
    )
    assert all(one.leaves_out(-1.0, 1.0) for one in found.values())
    assert {one.confidence for one in found.values()} == {0.95, 0.975}
    assert {one.p for one in found.values()} == {None}, "zero was not asked"


def test_spreads_are_compared_by_their_ratio_with_pitmans_p():
    """Pitman's test is that of the correlation between sums and differences."""
    rng = np.random.default_rng(1)
    first, second = 2.5 * rng.normal(size=9), rng.normal(size=9)
    pair = PairedScores(first, second, frozenset({1.0}), "spread")
    p = comparisons._p_value(pair.interval(1), pair, 1.0)
    assert p == pytest.approx(stats.pearsonr(first + second, first - second).pvalue)
    edge = spread_ratio(first, second, 1 - p)
    assert min(abs(edge.low - 1), abs(edge.high - 1)) == pytest.approx(0, abs=1e-9)
    assert only(comparisons.compare({"a": pair}, 1)).corrected == spread_ratio(first, second)


# --- what is not judged


def test_a_pair_that_is_not_judged_is_no_test():
    rng = np.random.default_rng(3)
    judged = {name: PairedScores(9 + rng.normal(size=20), np.zeros(20)) for name in "ab"}
    other = PairedScores(9 + rng.normal(size=20), np.zeros(20), judged=False)
    alone, beside = (comparisons.compare(pairs, 7) for pairs in (judged, {"c": other} | judged))
    assert [*beside] == ["c", "a", "b"]
    assert {name: beside[name] for name in "ab"} == alone
    assert (beside["c"].p, beside["c"].judged, beside["a"].judged) == (None, False, True)
    assert beside["c"].confidence == max(one.confidence for one in alone.values())


def test_where_nothing_is_judged_intervals_are_not_corrected():
    pair = PairedScores(np.array([0.1, 0.2, 0.4]), np.zeros(3), judged=False)
    found = only(comparisons.compare({"a": pair}, 1))
    assert found.estimate == found.corrected


# --- the other way round


def test_a_mirrored_difference_has_its_ends_exchanged():
    values = np.array([0.1, 0.4, 0.2, 0.3])
    forth = only(compare({"a": values}, {"a": np.zeros(4)}, 1))
    back = forth.mirrored()
    for one, other in ((forth.estimate, back.estimate), (forth.corrected, back.corrected)):
        assert (other.mean, other.low, other.high) == (-one.mean, -one.high, -one.low)
    assert (back.p, back.draws) == (forth.p, 4)


def test_a_mirrored_ratio_is_inverted():
    first, second = np.random.default_rng(1).normal(size=(2, 9))
    forth = PairedScores(first, second, frozenset({1.0}), "spread")
    found = only(comparisons.compare({"a": forth}, 1)).mirrored().corrected
    back = spread_ratio(second, first)
    assert (found.mean, found.low, found.high) == pytest.approx((back.mean, back.low, back.high))


@pytest.mark.parametrize(("measure", "mean"), [("mean", -0.5), ("spread", 2.0)])
def test_a_mirrored_comparison_without_an_interval_has_none(measure, mean):
    one = Interval(0.5, None, None)
    back = Comparison(one, one, 0.95, None, 1, measure).mirrored()
    assert back.estimate == back.corrected == Interval(mean, None, None)
