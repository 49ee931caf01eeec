"""Which candidate to use, and what to promise of it although it was chosen by these images."""

from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.own.resampling import INFLATION, Sums, share_interval


@dataclass(frozen=True)
class Promise:
    """What the chosen candidate is expected to do on further images of the same kind.

    Attributes:
        accuracy: expected, with its 95 % interval.
        apparent: accuracy of the chosen one in cross-validation, the winner's luck in it.
        luck: what was taken off for it, 0 or more.
        growth: what training on all images rather than on a part of the folds multiplies the
            errors by, with its interval; it is in `accuracy`.
    """

    accuracy: Interval
    apparent: float
    luck: float
    growth: Interval


def choose(accuracies: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Choose the first candidate that is within a standard error of the best.

    Candidates stand in an order that was fixed beforehand, the most trusted first, so that a
    difference that these images do not show does not decide (Breiman et al. 1984, the rule of one
    standard error, here of the paired difference). One that stands before it and is as good is
    taken instead, though it be so like the best that it is further behind in standard errors.

    Args:
        accuracies: float (..., candidates).
        deviations: standard errors of their differences, float (candidates, candidates).

    Returns:
        Positions, int (...,).
    """
    best = accuracies.argmax(axis=-1)
    reached = accuracies >= accuracies.max(axis=-1, keepdims=True) - deviations[best]
    first = np.take_along_axis(accuracies, reached.argmax(axis=-1)[..., None], axis=-1)
    return (accuracies >= first).argmax(axis=-1)


@dataclass(frozen=True)
class Choice:
    """The chosen candidate.

    Attributes:
        candidate: its position.
        shares: of resamples of the images in which each candidate is chosen: float (candidates,).
        luck: by how much the accuracy of what is chosen exceeds its accuracy on images that had
            no part in the choice.
    """

    candidate: int
    shares: np.ndarray
    luck: float


def make(sums: Sums, rng: np.random.Generator) -> Choice:
    """Choose a candidate, and measure the luck in that choice.

    In every resample of the units the choice is made anew; what it has on units that the resample
    lacks is free of luck (Tsamardinos, Greasidou and Borboudakis 2018, "Bootstrapping the
    out-of-sample predictions for efficient and accurate cross-validation", BBC-CV).
    """
    deviations = np.where(np.isfinite(sums.deviations()), sums.deviations(), 0.0)
    chosen = int(choose(sums.accuracies, deviations))
    counts = sums.counts(rng)
    counts = counts[(counts == 0).any(axis=1)]
    if len(sums.hits) == 1 or not len(counts):
        return Choice(chosen, np.eye(len(sums.hits))[chosen], 0.0)
    inside = counts @ sums.hits.T / (counts @ sums.sizes)[:, None]
    picked = choose(inside, deviations)
    absent = (counts == 0).astype(float)
    hits = (absent @ sums.hits.T)[np.arange(len(picked)), picked]
    outside = hits.sum() / (absent @ sums.sizes).sum()
    shares = np.bincount(picked, minlength=len(sums.hits)) / len(picked)
    return Choice(chosen, shares, max(0.0, float(sums.accuracies[chosen] - outside)))


def promise(sums: Sums, choice: Choice, growth: Interval) -> Promise:
    """Give what to expect of the chosen candidate, trained on all images.

    Args:
        sums: of the hits of all candidates.
        choice: made of them.
        growth: errors after training on all images over those in cross-validation.
    """
    apparent = float(sums.accuracies[choice.candidate])
    size = sums.effective_size(choice.candidate) / INFLATION
    seen = share_interval(apparent - choice.luck, size)
    expected = Interval(
        1 - (1 - seen.mean) * growth.mean,
        1 - (1 - seen.low) * growth.high,
        1 - (1 - seen.high) * growth.low,
    )
    return Promise(expected, apparent, choice.luck, growth)
