"""Resamples of units, and intervals of shares that are never without width.

Hits are float (candidates, n): how often an image was classified rightly when it was not trained
on, 0 to 1, over the repeats of cross-validation.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval

CONFIDENCE = 0.95
RESAMPLES = 2000
INFLATION = 1.3
"""Of the variance of a cross-validated accuracy. Hits of different folds hang together, since
their training images overlap, so that intervals that take them for independent are too narrow;
Bates, Hastie and Tibshirani (2024, "Cross-validation: what does it estimate and how well does it
do it?") measure 1.1 to 2 times the variance where there are few images."""


@dataclass(frozen=True)
class Sums:
    """Hits by unit, which is all that resamples of units need.

    Attributes:
        hits: float (candidates, units), sums.
        sizes: float (units,), images.
    """

    hits: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, hits: np.ndarray, units: np.ndarray) -> "Sums":
        """Sum hits (candidates, n) by unit, int (n,)."""
        _, unit = np.unique(units, return_inverse=True)
        sizes = np.bincount(unit).astype(float)
        sums = np.stack([np.bincount(unit, row, len(sizes)) for row in np.atleast_2d(hits)])
        return cls(sums, sizes)

    @property
    def accuracies(self) -> np.ndarray:
        """Of every candidate."""
        return self.hits.sum(axis=1) / self.sizes.sum()

    def counts(self, rng: np.random.Generator, resamples: int = RESAMPLES) -> np.ndarray:
        """How often each resample has each unit: int (resamples, units)."""
        n = len(self.sizes)
        return rng.multinomial(n, np.full(n, 1 / n), resamples)

    def deviations(self) -> np.ndarray:
        """Standard errors of differences between accuracies: float (candidates, candidates)."""
        n_units, n = len(self.sizes), self.sizes.sum()
        if n_units < 2:
            return np.full((len(self.hits),) * 2, np.inf)
        residual = self.hits - self.accuracies[:, None] * self.sizes
        products = residual @ residual.T
        squares = np.diag(products)
        spread = np.maximum(squares[:, None] + squares[None] - 2 * products, 0)
        return np.sqrt(spread * n_units / (n_units - 1)) / n

    def effective_size(self, candidate: int) -> float:
        """Independent images that are as informative about a candidate's accuracy as these.

        With groups fewer than there are images, as the spread between groups says, and as
        Student's t says of so few of them.
        """
        n, n_units = self.sizes.sum(), len(self.sizes)
        if n_units < 2:
            return 1.0
        accuracy = float(self.accuracies[candidate])
        residual = self.hits[candidate] - accuracy * self.sizes
        variance = (residual @ residual) / n**2 * n_units / (n_units - 1)
        students = stats.t.ppf((1 + CONFIDENCE) / 2, n_units - 1)
        lost = (students / stats.norm.ppf((1 + CONFIDENCE) / 2)) ** 2
        binomial = accuracy * (1 - accuracy) / n
        design = max(1.0, variance / binomial) if binomial else 1.0
        return float(n / design / lost)


def share_interval(share: float, size: float, confidence: float = CONFIDENCE) -> Interval:
    """Clopper and Pearson's interval (1934) of a share of so many images, whole or not.

    It has a width where all are right or none is: 0.963 to 1 for a hundred that are all right.
    """
    tail = (1 - confidence) / 2
    right, wrong = share * size, (1 - share) * size
    low = stats.beta.ppf(tail, right, wrong + 1) if right > 1e-9 else 0.0
    high = stats.beta.ppf(1 - tail, right + 1, wrong) if wrong > 1e-9 else 1.0
    return Interval(share, float(low), float(high))
