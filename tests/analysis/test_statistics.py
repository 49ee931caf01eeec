"""Intervals and comparisons on arrays that can be checked by eye, and coverage by simulation."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from glyph_transfer.analysis import statistics
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import (
    images_difference,
    images_interval,
    improvement,
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


@pytest.mark.parametrize("most", [1, 40, 12_345])
def test_an_interval_does_not_depend_on_how_many_resamples_are_held_at_once(monkeypatch, most):
    values = np.random.default_rng(0).normal(size=7)
    whole = mean_interval(values, 1)
    monkeypatch.setattr(statistics, "_MOST_COUNTS", most)
    assert mean_interval(values, 1) == whole


def test_memory_is_bounded_however_many_draws_there_are():
    """10,000 draws took 1.6 GB."""
    tracemalloc.start()
    try:
        mean_interval(np.arange(10_000.0), 1)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


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


# --- improvements


def test_ties_are_half_an_improvement():
    """Two wins, a tie and a loss, by hand: 2.5 of 4."""
    assert improvement(np.array([1, 1, 0, -1]), 1).mean == 0.625


def test_an_improvement_is_a_probability():
    found = improvement(np.array([1, 1, -1, 1]), 1)
    assert 0 <= found.low < found.mean == 0.75
    assert found.high == 1


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


# --- ratios of spreads


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
