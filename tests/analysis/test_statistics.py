"""Intervals and comparisons on arrays that can be checked by eye, and coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from glyph_transfer.analysis import statistics
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import (
    compare,
    images_difference,
    images_interval,
    mean_interval,
    prediction_interval,
    spread_ratio,
)


def t_half_width(values, confidence=0.95):
    tail = stats.t.ppf((1 + confidence) / 2, len(values) - 1)
    return tail * np.std(values, ddof=1) / np.sqrt(len(values))


# --- intervals of means


def test_a_mean_of_one_draw_has_no_interval():
    assert mean_interval([0.25], 1) == Interval(0.25, None, None)


def test_equal_values_have_an_interval_without_width():
    interval = mean_interval([0.5, 0.5, 0.5], 1)
    assert (interval.mean, interval.low, interval.high) == (0.5, 0.5, 0.5)


def test_an_interval_is_fixed_by_its_values_and_seed():
    values = np.random.default_rng(0).normal(size=12)
    first = mean_interval(values, 1)
    mean_interval(values[:5], 1)
    assert mean_interval(values, 1) == first
    assert mean_interval(values, 2) != first
    assert first.mean == pytest.approx(values.mean())


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_a_normal_sample_has_students_interval(confidence):
    """Evenly spaced quantiles of a normal distribution; no chance but the resampling's."""
    values = 3 + stats.norm.ppf((np.arange(30) + 0.5) / 30)
    interval = mean_interval(values, 1, confidence)
    half = t_half_width(values, confidence)
    assert interval.low == pytest.approx(3 - half, abs=0.05 * half)
    assert interval.high == pytest.approx(3 + half, abs=0.05 * half)


def test_an_interval_leans_as_its_values_do():
    """A t interval would be symmetric."""
    interval = mean_interval([0, 0, 0, 0, 0, 0, 0, 0, 1, 9], 1)
    assert interval.high - interval.mean > 1.2 * (interval.mean - interval.low)


@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.997])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_few_draws_have_intervals_as_wide_as_students(n, confidence, monkeypatch):
    """The bootstrap's own are 0.02 to 0.9 as wide: no resampled mean leaves the sample's range."""
    monkeypatch.setattr(statistics, "RESAMPLES", 1_000)
    rng = np.random.default_rng(n)
    samples = rng.normal(size=(300, n))
    intervals = [mean_interval(sample, seed, confidence) for seed, sample in enumerate(samples)]
    width = np.mean([interval.high - interval.low for interval in intervals])
    students = 2 * np.mean([t_half_width(sample, confidence) for sample in samples])
    assert width == pytest.approx(students, rel=0.06)


@pytest.mark.parametrize("n", [3, 5, 30])
def test_intervals_cover_the_truth_as_often_as_they_say(n, monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 1_000)
    rng = np.random.default_rng(n)
    intervals = [mean_interval(rng.normal(2, 1, n), seed) for seed in range(1_000)]
    covered = np.mean([interval.low <= 2 <= interval.high for interval in intervals])
    assert 0.93 <= covered <= 0.97  # 3 standard errors of 1,000 trials


# --- intervals over test images


def test_hits_of_one_draw_have_the_normal_interval_of_their_proportion():
    """Of 10,000 images 9,000 right: a standard error of sqrt(0.9 x 0.1 / 10,000) = 0.003."""
    interval = images_interval((np.arange(10_000) < 9_000)[None], 1)
    assert interval.mean == 0.9
    assert interval.low == pytest.approx(0.9 - 1.96 * 0.003, abs=2e-4)
    assert interval.high == pytest.approx(0.9 + 1.96 * 0.003, abs=2e-4)


def test_images_are_resampled_with_all_their_draws():
    """Equal draws tell no more than one; taken for independent they would, by sqrt(2)."""
    hits = np.arange(1_000) % 5 > 0
    assert images_interval(np.stack([hits, hits]), 1) == images_interval(hits[None], 1)


def test_draws_that_miss_other_images_leave_no_doubt():
    """Each image is right on one draw of two, so any images give a mean of a half."""
    hits = np.arange(50) % 2 > 0
    assert images_interval(np.stack([hits, ~hits]), 1) == Interval(0.5, 0.5, 0.5)


def test_images_are_resampled_as_if_one_by_one():
    """Means of an image of -1, 0.5 and 1; against resamples that pick 40 images each."""
    values = np.array([[-1.0] * 10 + [0.0] * 18 + [1.0] * 12, [-1.0] * 10 + [1.0] * 30])
    means = values.mean(axis=0)
    picked = means[np.random.default_rng(0).integers(0, 40, (10_000, 40))].mean(axis=1)
    expected = np.quantile(picked, [0.025, 0.975])
    interval = images_interval(values, 1)
    assert interval.mean == pytest.approx((-10 + 9 + 12) / 40)
    assert (interval.low, interval.high) == pytest.approx(expected, abs=0.03)


def test_images_of_many_values_are_resampled_in_parts(monkeypatch):
    """Losses differ on every image: counts of all resamples at once could not be held."""
    losses = np.random.default_rng(0).exponential(size=(1, 300)).astype(np.float32)
    monkeypatch.setattr(statistics, "RESAMPLES", 1_000)
    whole = images_interval(losses, 1)
    monkeypatch.setattr(statistics, "_MOST_COUNTS", 300 * 7)
    assert images_interval(losses, 1) == whole
    half = t_half_width(losses[0])
    assert (whole.high - whole.low) / 2 == pytest.approx(half, rel=0.1)


def test_an_interval_over_images_is_fixed_by_its_seed():
    losses = np.random.default_rng(0).exponential(size=(2, 50))
    assert images_interval(losses, 1) == images_interval(losses, 1)
    assert images_interval(losses, 1) != images_interval(losses, 2)


def test_a_higher_confidence_over_images_takes_a_wider_interval():
    hits = np.arange(1_000)[None] < 700
    wide, narrow = images_interval(hits, 1, 0.99), images_interval(hits, 1, 0.95)
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(
        2.576 / 1.96, rel=0.05
    )


def test_one_image_has_no_interval():
    assert images_interval(np.array([[True], [False]]), 1) == Interval(0.5, None, None)


def test_values_without_an_axis_of_draws_are_refused():
    with pytest.raises(ValueError, match="unpack"):
        images_interval(np.array([True, False]), 1)


def test_cells_are_paired_image_by_image():
    """Of 1,000 images 100 are missed by both and 10 by one: a standard error of 0.1 / sqrt(1,000).
    Unpaired it would be 0.013.
    """
    cell, baseline = np.arange(1_000)[None] >= 100, np.arange(1_000)[None] >= 110
    found = images_difference(cell, baseline, 1)
    assert found.mean == pytest.approx(0.01)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * 0.00315, rel=0.1)


def test_cells_are_compared_over_images_on_the_draws_that_both_have():
    """The third draw of the cell, all wrong, has no counterpart."""
    cell = np.array([[True, True], [True, False], [False, False]])
    baseline = np.array([[False, True], [False, False]])
    assert images_difference(cell, baseline, 1).mean == 0.5
    assert images_difference(baseline, cell, 1).mean == -0.5


# --- where one more run would fall


def test_one_more_run_falls_within_the_prediction_interval():
    """Mean 2, sd 1, n 3; Student's 97.5 % point with 2 degrees of freedom is 4.3027."""
    interval = prediction_interval([1.0, 2.0, 3.0])
    half = 4.3027 * np.sqrt(4 / 3)
    assert (interval.low, interval.mean, interval.high) == pytest.approx(
        (2 - half, 2, 2 + half), abs=1e-3
    )


def test_one_run_predicts_nothing():
    assert prediction_interval([0.7]) == Interval(0.7, None, None)


@pytest.mark.parametrize(("n", "confidence"), [(3, 0.95), (30, 0.8)])
def test_predictions_hold_as_often_as_they_say(n, confidence):
    runs = np.random.default_rng(n).normal(5, 2, (2_000, n + 1))
    intervals = [prediction_interval(row[:-1], confidence) for row in runs]
    held = [i.low <= row[-1] <= i.high for i, row in zip(intervals, runs, strict=True)]
    error = np.sqrt(confidence * (1 - confidence) / 2_000)
    assert np.mean(held) == pytest.approx(confidence, abs=3 * error)


# --- comparisons


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


def test_a_ratio_of_spreads_has_the_interval_of_pitman_and_morgan():
    """On the test's bound: the ratio's end, put in for it, just makes t significant."""
    rng = np.random.default_rng(5)
    shared = rng.normal(size=30)
    first, second = shared + rng.normal(size=30), 2 * shared + rng.normal(size=30)
    found = spread_ratio(first, second)
    assert found.mean == pytest.approx(np.std(first) / np.std(second))
    for end in (found.low, found.high):
        scaled = second * end
        test = stats.pearsonr(first + scaled, first - scaled)
        assert test.pvalue == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("first", "second"), [([1.0, 2.0], [2.0, 1.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])]
)
def test_a_ratio_of_spreads_needs_three_draws_that_vary(first, second):
    found = spread_ratio(np.array(first), np.array(second))
    assert np.isnan(found.mean)
    assert found.low is None


def test_a_ratio_of_spreads_of_equal_values_is_one():
    values = np.array([0.5, 0.6, 0.9])
    found = spread_ratio(values, values)
    assert (found.low, found.mean, found.high) == pytest.approx((1, 1, 1), abs=1e-6)
