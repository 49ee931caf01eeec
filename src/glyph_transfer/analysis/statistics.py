"""Intervals of scores and of their paired differences, over draws or over test images.

Every array of scores has the draws first: values (draws,), one number for each training, or
(draws, n_test). A draw has the same position in every array, so differences between cells are taken
draw by draw; of two cells with different numbers of draws, the draws that both have are the first.

Intervals over draws tell how a mean would move with other labelled samples, initial weights and
orders of batches (with the last two alone where all images are learned), and with other source
networks where draws start from several, on these test images; intervals over test images how it
would move with other test images, on these draws.
"""

from collections.abc import Iterator
from math import sqrt

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval

RESAMPLES = 10_000
CONFIDENCE = 0.95
_LAX_LEVEL = 0.5
"""Of the test whether source networks differ."""
_MOST_COUNTS = 2_000_000
"""Of a bootstrap that are held at once; 8 bytes each."""


def mean_interval(
    values: np.ndarray,
    seed: int,
    confidence: float = CONFIDENCE,
    networks: np.ndarray | None = None,
) -> Interval:
    """Bootstrap interval of a mean over draws.

    The percentile interval of the bootstrap is too narrow for few draws (Hesterberg 2015,
    "What Teachers Should Know About the Bootstrap", section 4.6), and at high levels does not
    grow any more: no resampled mean leaves the range of the values. Both sides of the 95 %
    interval are therefore stretched so that for normal values it is as wide as Student's t
    interval of the confidence wanted (`standard_error`). The bootstrap tells how it leans, Student
    how wide it is.

    Args:
        values: float (draws,), finite. Memory is bounded, however many there are.
        seed: of the resamples; equal for equal seeds, whatever else is computed.
        confidence: of the interval, between 0 and 1.
        networks: (draws,), names of the source networks that draws start from.

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
    return _stretched(resampled, mean, stretch(values, networks, confidence))


def standard_error(values: np.ndarray, networks: np.ndarray | None = None) -> tuple[float, int]:
    """Standard error of a mean over draws, and the degrees of freedom of its Student's t.

    Draws that start from one source network have in common what sets it apart. Where the means of
    networks differ by more than draws alone would make them in half of all cases (an F test at
    the level 0.5), networks are the sample and not draws: the error is that of the mean of their
    means, and there is one degree of freedom less than there are networks. Else draws are taken
    for independent. A test at so lax a level loses little coverage (Bancroft 1964, Biometrics 20,
    on pooling after a test); `test_statistics.py` shows how much.

    Args:
        values: float (draws,), two at least.
        networks: (draws,), names of the source networks that draws start from. None, one name
            for all, or another for each: draws are independent, given that network.
    """
    n = len(values)
    own = float(np.std(values, ddof=1) / sqrt(n))
    if networks is None or own == 0:
        return own, n - 1
    names, groups, sizes = np.unique(networks, return_inverse=True, return_counts=True)
    k = len(names)
    if not 1 < k < n:
        return own, n - 1
    means = np.bincount(groups, values) / sizes
    between = sizes @ (means - np.mean(values)) ** 2 / (k - 1)
    within = np.sum((values - means[groups]) ** 2) / (n - k)
    if within and stats.f.sf(between / within, k - 1, n - k) >= _LAX_LEVEL:
        return own, n - 1
    return max(own, float(sqrt(between / n))), k - 1


def stretch(
    values: np.ndarray, networks: np.ndarray | None = None, confidence: float = CONFIDENCE
) -> float:
    """Give how many times as wide Student's interval is as the bootstrap's at 95 %.

    Args:
        values, networks: as of `standard_error`.
        confidence: of Student's interval.
    """
    n = len(values)
    error, degrees = standard_error(values, networks)
    ordinary, _ = standard_error(values)
    wider = error / ordinary if ordinary else 1.0
    return wider * _students(degrees, confidence) / _bootstraps(n)


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
    return _stretched(resampled, mean, _students(n - 1, confidence) / _bootstraps(n))


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


def improvement(differences: np.ndarray, seed: int, networks: np.ndarray | None = None) -> Interval:
    """Probability that a difference (draws,) is above zero, ties as halves, with its interval."""
    wins = (differences > 0) + (differences == 0) / 2
    return mean_interval(wins, seed, networks=networks).within(0.0, 1.0)


def paired(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut two arrays (draws, ...) to the draws that both have, the first of the longer one."""
    draws = min(len(first), len(second))
    return np.asarray(first)[:draws], np.asarray(second)[:draws]


def _students(degrees: int, confidence: float) -> float:
    """Half the width of Student's interval, in standard errors."""
    return float(stats.t.ppf((1 + confidence) / 2, degrees))


def _bootstraps(n: int) -> float:
    """Half the width of the bootstrap's 95 % interval for n normal values, in standard errors.

    Of two values its ends are at the values, one standard error from their mean.
    """
    return 1.0 if n == 2 else float(stats.norm.ppf((1 + CONFIDENCE) / 2) * sqrt((n - 1) / n))


def _stretched(resampled: np.ndarray, mean: float, factor: float) -> Interval:
    """Percentile interval of resampled means, its sides stretched by a factor."""
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(resampled, [tail, 1 - tail])
    low, high = mean + factor * (ends - mean)
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
