"""Labels that a transferred network is worth, on curves worked by hand."""

import numpy as np
import pytest

from glyph_transfer.analysis import label_worth
from glyph_transfer.analysis.label_worth import labels_needed

SIZES = [10, 100, 1000]
CURVE = [np.array([0.5, 0.5]), np.array([0.7, 0.7]), np.array([0.9, 0.9])]


def about(mean, draws=2):
    """Values without spread, so that an interval has no width."""
    return np.full(draws, mean)


@pytest.mark.parametrize(
    ("target", "size"),
    [(0.8, 10**2.5), (0.55, 10**1.25), (0.7, 100), (0.9, 1000), (0.5, 10), (0.4, 10)],
)
def test_a_curve_is_straight_over_the_logarithm_of_the_size(target, size):
    needed = labels_needed(SIZES, CURVE, about(target), 1)
    assert needed.size == pytest.approx(size)
    assert (needed.low, needed.high) == pytest.approx((size, size))
    assert needed.never == 0


def test_a_mean_that_no_size_reaches_takes_more_labels_than_any():
    needed = labels_needed(SIZES, CURVE, about(0.91), 1)
    assert (needed.size, needed.low, needed.high, needed.never) == (np.inf, np.inf, np.inf, 1)


@pytest.mark.parametrize(("target", "at_most"), [(0.4, True), (0.5, True), (0.51, False)])
def test_a_mean_that_the_smallest_size_reaches_is_worth_that(target, at_most):
    needed = labels_needed(SIZES, CURVE, about(target), 1)
    assert (needed.size == needed.smallest == 10) is at_most


def test_the_first_of_several_crossings_counts():
    """The curve rises to 0.8, falls back below the target and rises again."""
    curve = [about(0.4), about(0.8), about(0.5), about(0.9)]
    needed = labels_needed([1, 100, 1000, 10_000], curve, about(0.6), 1)
    assert needed.size == pytest.approx(10)


def test_sizes_may_be_as_far_apart_as_they_like():
    """From 0.93 at 10,000 to 0.97 at 60,000; the target is a quarter of the way."""
    needed = labels_needed([10_000, 60_000], [about(0.93), about(0.97)], about(0.94), 1)
    assert needed.size == pytest.approx(10_000 * 6**0.25)


def test_draws_are_paired_along_the_curve_and_with_the_transferred_network():
    """Draws differ by up to 0.5, on every side alike: the size is the same on any of them.
    Unpaired, the interval would reach from below 100 to infinity.
    """
    easy = np.linspace(0.3, 0.8, 12)
    needed = labels_needed(SIZES, [easy - 0.2, easy, easy + 0.01], easy, 1)
    assert (needed.low, needed.size, needed.high) == pytest.approx((100, 100, 100))
    needed = labels_needed(SIZES, [easy - 0.2, easy - 0.1, easy + 0.01], easy[::-1], 1)
    assert needed.low < 100
    assert needed.high == np.inf


def test_an_interval_is_open_where_the_curve_may_end_below():
    """Of four resamples of 0.5 and 0.9 one is 0.5 twice; the others need more than 0.6.
    The mean of that one, 0.2 below the others, is stretched to far below 0.4.
    """
    needed = labels_needed([10, 100], [about(0.4), about(0.6)], np.array([0.5, 0.9]), 1)
    assert needed.size == np.inf
    assert (needed.low, needed.high) == (10, np.inf)
    assert needed.never == pytest.approx(0.75, abs=0.02)


def test_one_draw_anywhere_leaves_no_interval():
    needed = labels_needed(SIZES, [*CURVE[:2], about(0.9, 1)], about(0.8), 1)
    assert needed.size == pytest.approx(10**2.5)
    assert (needed.low, needed.high, needed.never) == (None, None, None)


def test_sizes_with_fewer_draws_keep_their_number_in_every_resample():
    """Otherwise some resamples would have none of a large size's draws."""
    sampled = label_worth._resampled_draws([5, 2, 5, 3], 1)
    assert sampled.shape == (label_worth.RESAMPLES, 5)
    groups = [set(sampled[:, :2].flat), set(sampled[:, 2].flat), set(sampled[:, 3:].flat)]
    assert groups == [{0, 1}, {2}, {3, 4}]


def test_sizes_with_fewer_draws_have_the_first_ones():
    """By hand: the means are 0.5 of four draws, 0.8 of two, and 0.65 to be reached."""
    baseline = [np.array([0.4, 0.6, 0.4, 0.6]), np.array([0.7, 0.9])]
    needed = labels_needed([10, 1000], baseline, np.array([0.6, 0.7, 0.6, 0.7]), 1)
    assert needed.size == pytest.approx(100)
    assert needed.low < 100 < needed.high


def test_an_interval_is_fixed_by_its_seed():
    rng = np.random.default_rng(0)
    curve = [mean + 0.05 * rng.normal(size=8) for mean in (0.5, 0.7, 0.9)]
    transferred = 0.8 + 0.05 * rng.normal(size=8)
    first = labels_needed(SIZES, curve, transferred, 1)
    assert labels_needed(SIZES, curve, transferred, 1) == first
    assert labels_needed(SIZES, curve, transferred, 2) != first
    assert 100 < first.low < first.size < first.high < 1000


@pytest.mark.parametrize("draws", [(3, 3, 3), (12, 12, 3)])
def test_intervals_cover_the_truth_as_often_as_they_say(draws, monkeypatch):
    """Half of a draw's deviation is shared. Without the stretch, 3 draws cover it in 3 of 4."""
    monkeypatch.setattr(label_worth, "RESAMPLES", 1_000)
    rng = np.random.default_rng(draws)
    covered = 0
    for seed in range(500):
        shared = rng.normal(size=max(draws))
        noise = 0.02 * (shared + rng.normal(size=(4, max(draws))))
        curve = [m + e[:n] for m, e, n in zip((0.5, 0.7, 0.9), noise, draws, strict=False)]
        needed = labels_needed(SIZES, curve, 0.8 + noise[3], seed)
        covered += needed.low <= 10**2.5 <= needed.high
    assert 0.91 <= covered / 500 <= 0.99
