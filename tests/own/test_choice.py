"""The promise holds: over made-up scores whose true accuracy is known."""

import numpy as np
import pytest
from scipy.special import expit

from glyph_transfer.own import choice
from glyph_transfer.own.curve import NO_CURVE
from glyph_transfer.own.resampling import Sums


def promised(hits, units, seed):
    sums = Sums.of(hits, units)
    made = choice.make(sums, np.random.default_rng(seed))
    return choice.promise(sums, made, NO_CURVE), made.candidate


def simulated(truths, n_groups, size, spread, rng):
    """Hits of candidates with so many groups of images, some groups harder than others.

    Images are easy or hard for all candidates alike, and groups too, by `spread` on the scale of
    log odds.
    """
    units = np.repeat(np.arange(n_groups), size)
    n = len(units)
    hardness = rng.normal(0, 1.5, n) + rng.normal(0, spread, n_groups)[units]
    own = rng.normal(0, 1.0, (len(truths), n))
    hits = expit(np.asarray(truths)[:, None] + hardness + own) > rng.random((len(truths), n))
    return hits.astype(float), units


def true_accuracy(truth, spread, rng):
    z = rng.normal(0, np.sqrt(1.5**2 + 1 + spread**2), 100_000)
    return float(expit(truth + z).mean())


CASES = {
    "one candidate": ([2.0], 100, 1, 0.0),
    "twenty that are equal": ([2.0] * 20, 100, 1, 0.0),
    "twenty that are equal, few images": ([1.0] * 20, 40, 1, 0.0),
    "one that is better": ([3.0] + [2.0] * 9, 200, 1, 0.0),
    "nearly all right": ([6.0] * 5, 100, 1, 0.0),
    "equal ones, eight writers": ([2.5] * 12, 8, 20, 0.7),
    "equal ones, thirty writers": ([2.5] * 12, 30, 5, 0.7),
}


@pytest.mark.parametrize("case", CASES)
def test_the_interval_holds_the_truth(case):
    truths, n_groups, size, spread = CASES[case]
    rng = np.random.default_rng(5)
    true = {truth: true_accuracy(truth, spread, rng) for truth in set(truths)}
    held, above = 0, 0.0
    tries = 150
    for seed in range(tries):
        hits, units = simulated(truths, n_groups, size, spread, rng)
        made, candidate = promised(hits, units, seed)
        truth = true[truths[candidate]]
        held += made.accuracy.low <= truth <= made.accuracy.high
        above += (made.accuracy.mean - truth) / tries
    assert held >= 0.9 * tries
    assert abs(above) < 0.01


def test_one_that_is_as_good_and_stands_before_the_chosen_one_is_taken():
    accuracies = np.array([0.967, 0.967, 0.978])
    deviations = np.array([[0, 0.02, 0.005], [0.02, 0, 0.02], [0.005, 0.02, 0]])
    assert choice.choose(accuracies, deviations) == 0
    assert choice.choose(accuracies - np.array([0.001, 0, 0]), deviations) == 1
    assert choice.choose(accuracies, np.zeros((3, 3))) == 2
