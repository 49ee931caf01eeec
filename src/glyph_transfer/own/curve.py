"""What more labelled images would bring: errors fall as a power of their number."""

from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.own.resampling import CONFIDENCE, Sums

STEEPEST = 1.0
"""The largest exponent: errors that halve when images double."""


@dataclass(frozen=True)
class Curve:
    """Errors by the number of images that were trained on: scale * images ** -exponent.

    Attributes:
        sizes: images that were trained on, float (sizes,).
        accuracies: measured at each size, with the intervals of resamples.
        scale, exponent: fitted.
        resampled: scale and exponent of every resample, float (resamples, 2).
    """

    sizes: np.ndarray
    accuracies: tuple[Interval, ...]
    scale: float
    exponent: float
    resampled: np.ndarray

    def at(self, images: float) -> Interval:
        """Accuracy with so many images."""
        errors = self.resampled[:, 0] * images ** -self.resampled[:, 1]
        low, high = _ends(1 - errors)
        return Interval(1 - self.scale * images**-self.exponent, low, high).within(0.0, 1.0)

    def gain(self, now: float, then: float) -> Interval:
        """What the accuracy gains from `now` to `then` images; never below 0."""
        scale, exponent = self.resampled.T
        gains = scale * (now**-exponent - then**-exponent)
        mean = self.scale * (now**-self.exponent - then**-self.exponent)
        return Interval(float(mean), *_ends(gains))

    def growth(self, now: float, then: float) -> Interval:
        """Errors with `then` images over those with `now`: 1 or less where there are more."""
        ratio = then / now
        factors = ratio ** -self.resampled[:, 1]
        return Interval(float(ratio**-self.exponent), *_ends(factors))


NO_CURVE = Interval(1.0, 1.0, 1.0)
"""Growth where no curve could be measured."""


def fit(sizes: np.ndarray, hits: np.ndarray, units: np.ndarray, rng: np.random.Generator) -> Curve:
    """Fit a power law to errors (Hestness et al. 2017, "Deep learning scaling is predictable").

    Args:
        sizes: images that were trained on, float (sizes,), two or more.
        hits: float (sizes, n), of the same tested images at every size.
        units: int (n,), what is resampled together.
        rng: of the resamples.
    """
    sums = Sums.of(hits, units)
    n = sums.sizes.sum()
    counts = sums.counts(rng)
    tested = (counts @ sums.sizes)[:, None]
    resampled = 1 - counts @ sums.hits.T / tested
    # half an error more, so that its logarithm is finite where there is none
    measured = 1 - sums.accuracies
    smoothed, weights = (measured * n + 0.5) / (n + 1), measured + 0.5 / n
    resampled_smoothed = (resampled * n + 0.5) / (n + 1)
    scale, exponent = _line(np.log(sizes), np.log(smoothed)[None], weights)[0]
    return Curve(
        np.asarray(sizes, float),
        tuple(
            Interval(float(1 - m), *_ends(1 - r))
            for m, r in zip(measured, resampled.T, strict=True)
        ),
        float(scale),
        float(exponent),
        _line(np.log(sizes), np.log(resampled_smoothed), weights),
    )


def _line(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit y (rows, sizes) by weighted least squares; give scales and exponents, (rows, 2)."""
    weights = weights / weights.sum()
    centre = weights @ x
    middle = y @ weights
    slope = (y - middle[:, None]) @ (weights * (x - centre)) / (weights @ (x - centre) ** 2)
    exponent = np.clip(-slope, 0.0, STEEPEST)
    return np.stack([np.exp(middle + exponent * centre), exponent], axis=1)


def _ends(values: np.ndarray) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
