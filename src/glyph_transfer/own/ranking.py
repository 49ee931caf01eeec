"""Candidates beside each other: accuracies, differences with the chosen one, how sure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.own.choice import Choice
from glyph_transfer.own.crossvalidation import Tried
from glyph_transfer.own.resampling import CONFIDENCE, Sums, share_interval


@dataclass(frozen=True)
class Row:
    """One candidate.

    Attributes:
        name: of the candidate.
        is_baseline: scratch, or pixels.
        accuracy: in cross-validation, with its interval; the winner's luck is in it.
        difference: with the chosen one, on the same images and splits; None of itself.
        share: of resamples of the images in which it is chosen.
        repeats: of cross-validation.
        note: why not all repeats were made, or none; empty if they were.
    """

    name: str
    is_baseline: bool
    accuracy: Interval
    difference: Interval | None
    share: float
    repeats: int
    note: str


def rank(tried: Sequence[Tried], sums: Sums, choice: Choice) -> list[Row]:
    """Rank candidates by accuracy, the chosen one first, those that were not tried last.

    Args:
        tried: all candidates.
        sums: of the hits of those that were tried, in their order.
        choice: made of them.
    """
    begun = [each for each in tried if len(each.predicted)]
    deviations = sums.deviations()
    students = stats.t.ppf((1 + CONFIDENCE) / 2, max(len(sums.sizes) - 1, 1))
    rows = []
    for i, each in enumerate(begun):
        accuracy = share_interval(float(sums.accuracies[i]), sums.effective_size(i))
        gap = float(sums.accuracies[i] - sums.accuracies[choice.candidate])
        half = float(students * deviations[i, choice.candidate])
        difference = None if i == choice.candidate else Interval(gap, gap - half, gap + half)
        rows.append(_row(each, accuracy, difference, float(choice.shares[i])))
    order = sorted(
        range(len(rows)), key=lambda i: (i != choice.candidate, -rows[i].accuracy.mean, i)
    )
    nothing = Interval(None, None, None)
    left = [_row(each, nothing, None, 0.0) for each in tried if not len(each.predicted)]
    return [rows[i] for i in order] + left


def _row(tried: Tried, accuracy: Interval, difference: Interval | None, share: float) -> Row:
    candidate = tried.candidate
    return Row(
        candidate.name,
        candidate.is_baseline,
        accuracy,
        difference,
        share,
        len(tried.predicted),
        tried.stopped or "",
    )


def sums_of(tried: Sequence[Tried], labels: np.ndarray, units: np.ndarray) -> Sums:
    """Hits by unit of all candidates that were tried, over the images that were tested."""
    begun = [each for each in tried if len(each.predicted)]
    tested = begun[0].predicted[0] >= 0
    hits = np.stack([each.hits(labels)[tested] for each in begun])
    return Sums.of(hits, units[tested])
