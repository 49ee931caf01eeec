"""Intervals of scores and of their paired differences, over draws or over test images.

Every array of scores has the draws first: values (draws,), one number for each training, or
(draws, n_test). A draw has the same position in every array, so differences between cells are taken
draw by draw; of two cells with different numbers of draws, the draws that both have are the first.

Intervals over draws tell how a mean would move with other labelled samples, initial weights and
orders of batches (with the last two alone where all images are learned), on these test images;
intervals over test images how it would move with other test images, on these draws.
"""

from collections.abc import Iterator
from math import sqrt

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval

RESAMPLES = 10_000
CONFIDENCE = 0.95
_MOST_COUNTS = 2_000_000
"""Of a bootstrap that are held at once; 8 bytes each."""


def mean_interval(values: np.ndarray, seed: int, confidence: float = CONFIDENCE) -> Interval:
    """Bootstrap interval of a mean over draws.

    The percentile interval of the bootstrap is too narrow for few draws (Hesterberg 2015,
    "What Teachers Should Know About the Bootstrap", section 4.6), and at high levels does not
    grow any more: no resampled mean leaves the range of the values. Both sides of the 95 %
    interval are therefore stretched so that for normal values it is as wide as Student's t
    interval of the confidence wanted. The bootstrap tells how it leans, Student how wide it is.

    Args:
        values: float (draws,), finite. Memory is bounded, however many there are.
        seed: of the resamples; equal for equal seeds, whatever else is computed.
        confidence: of the interval, between 0 and 1.

    Returns:
        An interval without ends for one draw.
    """
    values = np.asarray(values, float)
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, None, None)
    rng = np.random.default_rng(seed)
    at_once = max(1, _MOST_COUNTS // n)
    parts = (min(at_once, RESAMPLES - start) for start in range(0, RESAMPLES, at_once))
    resampled = np.concatenate([values[rng.integers(0, n, (k, n))].mean(axis=1) for k in parts])
    return _stretched(resampled, mean, n, confidence)


def images_interval(correct: np.ndarray, seed: int, confidence: float = CONFIDENCE) -> Interval:
    """Bootstrap interval over test images of a mean over all draws and images.

    Images are resampled with all their draws, which are therefore not taken for independent:
    another draw narrows the interval only as far as its mistakes are on other images. Stretched
    as that of `mean_interval`. Values that are all equal, such as those of a network without a
    mistake, have an interval without width.

    Args:
        correct: bool or float (draws, n_test), finite, a column an image: hits, losses, or
            paired differences of two cells. Memory is bounded; time grows with the number of
            different means of an image, of which hits have at most draws + 1.
        seed: of the resamples.
        confidence: of the interval, between 0 and 1.

    Returns:
        An interval without ends for a single image.
    """
    _, n = correct.shape
    values, counts = np.unique(correct.mean(axis=0, dtype=float), return_counts=True)
    mean = float(counts @ values / n)
    if n < 2:
        return Interval(mean, None, None)
    resampled = np.concatenate([c @ values / n for c in _resampled_counts(counts, seed)])
    return _stretched(resampled, mean, n, confidence)


def images_difference(
    cell: np.ndarray, baseline: np.ndarray, seed: int, confidence: float = CONFIDENCE
) -> Interval:
    """Bootstrap interval over test images of a paired difference, cell less baseline.

    Args:
        cell, baseline: bool or float (draws, n_test), of the same images; the first draws of
            the one that has more are taken.
        seed: of the resamples.
        confidence: of the interval, between 0 and 1.
    """
    first, second = paired(cell, baseline)
    return images_interval(first.astype(float) - second, seed, confidence)


def student_stretch(n: int, confidence: float = CONFIDENCE) -> float:
    """Give how many times as wide Student's interval is as the bootstrap's at 95 %.

    Of two values the bootstrap's ends are at the values, one standard error from their mean.

    Args:
        n: normal values that both are of, at least 2.
        confidence: of Student's interval.
    """
    students = stats.t.ppf((1 + confidence) / 2, n - 1)
    bootstraps = 1.0 if n == 2 else stats.norm.ppf((1 + CONFIDENCE) / 2) * sqrt((n - 1) / n)
    return float(students / bootstraps)


def prediction_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Interval in which the value of one more draw would lie, if values are normal.

    Args:
        values: float (draws,), finite.
        confidence: of the interval, between 0 and 1.

    Returns:
        The mean of the values with mean -+ t sd sqrt(1 + 1 / n); Student's t has n - 1 degrees
        of freedom. An interval without ends for one draw.
    """
    values = np.asarray(values, float)
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, None, None)
    t = stats.t.ppf((1 + confidence) / 2, n - 1)
    half = float(t * np.std(values, ddof=1) * sqrt(1 + 1 / n))
    return Interval(mean, mean - half, mean + half)


def spread_ratio(first: np.ndarray, second: np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Ratio of the standard deviations of paired values, first over second.

    The interval is that of Pitman and of Morgan (1939, Biometrika 31), who take into account
    that the two are correlated. It assumes normal values.

    Args:
        first, second: float (draws,).
        confidence: of the interval, between 0 and 1.

    Returns:
        `mean` is the ratio, nan where one of the two does not vary; without an interval then,
        and for less than three draws.
    """
    n = len(first)
    if n < 3 or not (np.ptp(first) and np.ptp(second)):
        return Interval(float("nan"), None, None)
    ratio = np.std(first) / np.std(second)
    unexplained = max(0.0, 1 - np.corrcoef(first, second)[0, 1] ** 2)
    k = 1 + 2 * unexplained * stats.t.ppf((1 + confidence) / 2, n - 2) ** 2 / (n - 2)
    stretch = sqrt(k + sqrt(k * k - 1))
    return Interval(float(ratio), float(ratio / stretch), float(ratio * stretch))


def improvement(differences: np.ndarray, seed: int) -> Interval:
    """Probability that a difference (draws,) is above zero, ties as halves, with its interval."""
    wins = (differences > 0) + (differences == 0) / 2
    return mean_interval(wins, seed).within(0.0, 1.0)


def paired(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut two arrays (draws, ...) to the draws that both have, the first of the longer one."""
    draws = min(len(first), len(second))
    return np.asarray(first)[:draws], np.asarray(second)[:draws]


def _stretched(resampled: np.ndarray, mean: float, n: int, confidence: float) -> Interval:
    """Percentile interval of resampled means of n values, its sides stretched."""
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(resampled, [tail, 1 - tail])
    low, high = mean + student_stretch(n, confidence) * (ends - mean)
    return Interval(mean, float(low), float(high))


def _resampled_counts(counts: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Yield how often resamples have each of k values, int (resamples, k), a part at a time.

    Sampling n images one by one, with the values that `counts` of them have, comes to the same.
    The counts do not depend on how large the parts are.
    """
    rng = np.random.default_rng(seed)
    n = counts.sum()
    at_once = max(1, _MOST_COUNTS // len(counts))
    for start in range(0, RESAMPLES, at_once):
        yield rng.multinomial(n, counts / n, min(at_once, RESAMPLES - start))
