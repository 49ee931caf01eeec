"""Taus and regrets by hand, and intervals that cover a truth that was made up."""

import numpy as np
import pytest

from glyph_transfer.analysis import statistics
from glyph_transfer.analysis.forecasts.judging import (
    judge,
    over_draws,
    over_targets,
    regrets,
    weighted_tau,
)


def tau_written_out(first, second):
    """Vigna 2015: the weighted inner product of signs over its norms, for either ranking."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    n, found = len(first), []
    for order in (np.lexsort((second, first)), np.lexsort((first, second))):
        rank = np.empty(n)
        rank[order[::-1]] = np.arange(1, n + 1)
        products = dict.fromkeys([(0, 1), (0, 0), (1, 1)], 0.0)
        for i in range(n):
            for j in range(n):
                signs = np.sign([first[i] - first[j], second[i] - second[j]])
                weight = (1 / rank[i] + 1 / rank[j]) * (i != j)
                for a, b in products:
                    products[a, b] += weight * signs[a] * signs[b]
        found.append(products[0, 1] / np.sqrt(products[0, 0] * products[1, 1]))
    return np.mean(found)


def test_tau_is_what_vigna_defines():
    rng = np.random.default_rng(0)
    for n in (2, 3, 4, 7):
        for _ in range(10):
            scores, accuracies = rng.integers(0, 4, (2, n))  # many ties
            if np.ptp(scores) and np.ptp(accuracies):
                expected = tau_written_out(scores, accuracies)
                assert weighted_tau(scores, accuracies) == pytest.approx(expected)


def test_tau_by_hand():
    """Weights 3/2, 4/3 and 5/6 of the pairs 1-2, 1-3 and 2-3, in sum 11/3."""
    assert weighted_tau(np.array([3, 2, 1]), np.array([0.9, 0.8, 0.7])) == pytest.approx(1)
    assert weighted_tau(np.array([1, 2, 3]), np.array([0.9, 0.8, 0.7])) == pytest.approx(-1)
    # the last two exchanged, then the first two: errors among the best weigh more
    last = weighted_tau(np.array([3, 1, 2]), np.array([0.9, 0.8, 0.7]))
    first = weighted_tau(np.array([2, 3, 1]), np.array([0.9, 0.8, 0.7]))
    assert last == pytest.approx(1 - 2 * (5 / 6) / (11 / 3))
    assert first == pytest.approx(1 - 2 * (3 / 2) / (11 / 3))


def test_scores_without_an_order_have_no_tau():
    assert weighted_tau(np.ones(3), np.array([0.9, 0.8, 0.7])) == 0.0
    assert weighted_tau(np.array([3, 2, 1]), np.full(3, 0.5)) == 0.0


def test_regrets_by_hand():
    """The second source is the best on average, though not on the second draw."""
    accuracies = np.array([[0.7, 0.9, 0.5], [0.9, 0.8, 0.6]])
    assert regrets(np.array([[1, 2, 0], [1, 2, 0]]), accuracies).tolist() == [0, 0]
    assert regrets(np.array([[0, 1, 2], [2, 1, 0]]), accuracies) == pytest.approx([0.4, -0.1])
    # any of several with the highest score may be taken
    assert regrets(np.array([[1, 0, 1], [5, 5, 5]]), accuracies) == pytest.approx([0.3, 0.1 / 3])


def test_a_score_is_judged_on_every_draw_of_every_target():
    """Two targets, one of two sources and one of three, two draws each."""
    accuracies = [np.array([[0.9, 0.8], [0.9, 0.8]]), np.array([[0.5, 0.6, 0.7]] * 2)]
    scores = [np.array([[2, 1], [1, 2]]), np.array([[1, 2, 3], [1, 2, 3]])]
    judged = judge(scores, accuracies)
    assert judged.regrets == pytest.approx(np.array([[0, 0.1], [0, 0]]))
    assert judged.taus == pytest.approx(np.array([[1, -1], [1, 1]]))


def test_intervals_are_of_the_means_over_what_they_resample():
    values = np.array([[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]])
    assert over_draws(values, 1) == statistics.mean_interval([2, 3, 4], 1)
    assert over_targets(values, 1) == statistics.mean_interval([1, 5], 1)
    assert over_draws(values[:, :1], 1).low is over_targets(values[:1], 1).high is None


def test_a_perfect_score_and_one_that_says_nothing():
    rng = np.random.default_rng(0)
    accuracies = [rng.uniform(0.5, 1, (20, 4)) for _ in range(8)]
    means = [np.tile(each.mean(axis=0), (20, 1)) for each in accuracies]
    perfect = judge(means, accuracies)
    assert not perfect.regrets.any()
    assert perfect.taus == pytest.approx(np.ones((8, 20)))
    nothing = judge([np.zeros((20, 4))] * 8, accuracies)
    assert not nothing.taus.any()
    lost = [each.mean(axis=0).max() - each.mean() for each in accuracies]
    assert nothing.regrets.mean(axis=1) == pytest.approx(np.array(lost))


@pytest.mark.parametrize("over", [over_draws, over_targets])
def test_intervals_cover_a_regret_that_is_known(over, monkeypatch):
    """Of two sources the score takes the wrong one with a chance that differs by target.

    The wrong one costs 0.1: the regret of a target is 0.1 x its chance, uniform up to 0.6.
    """
    monkeypatch.setattr(statistics, "RESAMPLES", 500)
    rng, covered = np.random.default_rng(3), []
    for seed in range(300):
        chances = rng.uniform(0, 0.6, 8)
        wrong = rng.uniform(size=(8, 20)) < chances[:, None]
        scores = [np.stack([~each, each], axis=1) * 1.0 for each in wrong]
        judged = judge(scores, [np.tile([0.9, 0.8], (20, 1))] * 8)
        interval = over(judged.regrets, seed)
        truth = 0.1 * (chances.mean() if over is over_draws else 0.3)
        covered.append(interval.low <= truth <= interval.high)
    assert 0.91 <= np.mean(covered) <= 0.98
