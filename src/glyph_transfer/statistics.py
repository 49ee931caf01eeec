"""Scores of predictions, and intervals and paired comparisons over draws.

Every array of scores has the draws first: values (draws,), one number for each labelled sample
that a network was trained on. A draw has the same place in every array, so differences
between cells are taken draw by draw.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

RESAMPLES = 10_000
CONFIDENCE = 0.95


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
    """

    difference: Interval
    corrected: Interval
    p: float | None
    improvement: Interval

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
    tail = (1 - confidence) / 2
    stretch = stats.t.ppf(tail, n - 1) / stats.norm.ppf(tail) * sqrt(n / (n - 1))
    low, high = mean + stretch * (np.quantile(resampled, [tail, 1 - tail]) - mean)
    return Interval(mean, float(low), float(high))


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
        baselines: the same names -> values (draws,) of what each is compared with.
        seed: of resamples and random signs.

    Returns:
        A `Difference` for every name. Following Holm 1979, the k-th smallest of m p-values
        is tested, and its corrected interval drawn, at the level 0.05 / (m - k + 1).
    """
    differences = {name: np.asarray(cells[name]) - baselines[name] for name in cells}
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
