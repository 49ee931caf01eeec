"""Scores of predictions, and intervals and paired comparisons over draws or test images.

Every array of scores has the draws first: values (draws,), one number for each labelled sample
that a network was trained on, or (draws, n_test). A draw has the same place in every array, so
differences between cells are taken draw by draw; of two cells with different numbers of draws,
the draws that both have are the first.

Intervals over draws tell how a mean would move with other labelled samples, on these test
images; intervals over test images how it would move with other test images, on these draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

RESAMPLES = 10_000
CONFIDENCE = 0.95
_MOST_COUNTS = 2_000_000
"""Of a bootstrap over images that are held at once; 8 bytes each."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval; `low` and `high` are None where there is one draw only."""

    mean: float
    low: float | None
    high: float | None

    def within(self, lowest: float, highest: float | None) -> "Interval":
        """Cut the ends to what the mean can be; `highest` None is no bound."""
        if self.low is None:
            return self
        high = self.high if highest is None else min(self.high, highest)
        return Interval(self.mean, max(self.low, lowest), high)


@dataclass(frozen=True)
class Difference:
    """A paired comparison of one cell with another.

    Attributes:
        difference: mean of the differences over draws, with its 95 % interval.
        corrected: the same, its level corrected for the comparisons made beside it.
        p: two-sided sign-flip permutation test, after Holm's correction; None for one draw.
        improvement: probability that the first cell does better on a draw, ties as halves.
        draws: that both cells have.
    """

    difference: Interval
    corrected: Interval
    p: float | None
    improvement: Interval
    draws: int

    @property
    def is_shown(self) -> bool:
        """Whether the corrected interval leaves out zero."""
        low, high = self.corrected.low, self.corrected.high
        return low is not None and not low <= 0 <= high


def probability_of_truth(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pick float32 (n,), what each row of (n, n_classes) gives to its label."""
    return probabilities[np.arange(len(labels)), labels]


def log_loss(probability: np.ndarray) -> float:
    """Mean of -log of the probabilities given to the true classes, in nats.

    Probabilities are taken to be at least 1e-7, as Keras does.
    """
    return float(-np.log(np.maximum(probability.astype(np.float64), 1e-7)).mean())


def mean_interval(values: np.ndarray, seed: int, confidence: float = CONFIDENCE) -> Interval:
    """Bootstrap interval of a mean over draws.

    The percentile interval of the bootstrap is too narrow for few draws (Hesterberg 2015,
    "What Teachers Should Know About the Bootstrap", section 4.6). Both sides of it are
    therefore stretched so that for normal values it is as wide as Student's t interval.
    Stretched sides, unlike a stretched level, can reach beyond the smallest and the largest
    value, as they have to where there are less than about eight.

    Args:
        values: float (draws,), finite.
        seed: of the resamples; equal for equal seeds, whatever else is computed.
        confidence: of the interval, between 0 and 1.
    """
    values = np.asarray(values, float)
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return Interval(mean, None, None)
    resampled = values[np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))].mean(axis=1)
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
    """Give the ratio of the widths of Student's interval and the bootstrap's for n normal values.

    n is at least 2. Hesterberg 2015, as in `mean_interval`.
    """
    tail = (1 - confidence) / 2
    return float(stats.t.ppf(tail, n - 1) / stats.norm.ppf(tail) * sqrt(n / (n - 1)))


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


def proportion_interval(correct: np.ndarray) -> Interval:
    """Wilson's 95 % interval of an accuracy over images: bool (n,), n at least 1."""
    n_correct = int(np.sum(correct))
    interval = stats.binomtest(n_correct, len(correct)).proportion_ci(CONFIDENCE, "wilson")
    return Interval(n_correct / len(correct), float(interval.low), float(interval.high))


def compare(
    cells: dict[str, np.ndarray], baselines: dict[str, np.ndarray], seed: int
) -> dict[str, Difference]:
    """Compare every cell with its baseline, draw by draw, corrected for their number.

    Args:
        cells: name -> values (draws,).
        baselines: the same names -> values (draws,) of what each is compared with. The first
            draws of the one that has more are taken.
        seed: of resamples and random signs.

    Returns:
        A `Difference` for every name. Following Holm 1979, the k-th smallest of m p-values
        is tested, and its corrected interval drawn, at the level 0.05 / (m - k + 1).
    """
    pairs = {name: paired(cells[name], baselines[name]) for name in cells}
    differences = {name: first - second for name, (first, second) in pairs.items()}
    raw = {name: _sign_flip_p(values, seed) for name, values in differences.items()}
    order = sorted(raw, key=lambda name: raw[name] or 0.0)
    result, largest = {}, 0.0
    for rank, name in enumerate(order):
        tests = len(order) - rank
        values = differences[name]
        if raw[name] is not None:
            largest = max(largest, min(1.0, tests * raw[name]))
        result[name] = Difference(
            difference=mean_interval(values, seed),
            corrected=mean_interval(values, seed, 1 - (1 - CONFIDENCE) / tests),
            p=None if raw[name] is None else largest,
            improvement=mean_interval((values > 0) + (values == 0) / 2, seed).within(0.0, 1.0),
            draws=len(values),
        )
    return {name: result[name] for name in cells}


def _sign_flip_p(differences: np.ndarray, seed: int) -> float | None:
    """Two-sided p-value of a mean of paired differences under random signs."""
    if len(differences) < 2:
        return None
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (RESAMPLES, len(differences)))
    flipped = np.abs((signs * differences).mean(axis=1))
    observed = abs(differences.mean())
    return float((1 + np.sum(flipped >= observed * (1 - 1e-12))) / (RESAMPLES + 1))


def paired(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut two arrays (draws, ...) to the draws that both have, the first of the longer one."""
    draws = min(len(first), len(second))
    return np.asarray(first)[:draws], np.asarray(second)[:draws]


def _stretched(resampled: np.ndarray, mean: float, n: int, confidence: float) -> Interval:
    """Percentile interval of resampled means of n values, its sides stretched."""
    tail = (1 - confidence) / 2
    ends = np.quantile(resampled, [tail, 1 - tail])
    low, high = mean + student_stretch(n, confidence) * (ends - mean)
    return Interval(mean, float(low), float(high))


def _resampled_counts(counts: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Yield how often resamples have each of k values, int (resamples, k), a part at a time.

    Drawing n images one by one, with the values that `counts` of them have, comes to the same.
    The counts do not depend on how large the parts are.
    """
    rng = np.random.default_rng(seed)
    n = counts.sum()
    at_once = max(1, _MOST_COUNTS // len(counts))
    for start in range(0, RESAMPLES, at_once):
        yield rng.multinomial(n, counts / n, min(at_once, RESAMPLES - start))
