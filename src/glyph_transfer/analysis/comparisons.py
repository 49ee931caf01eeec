"""Paired comparisons of cells, corrected together for their number after Holm (1979).

A comparison has borders: 0 where the sign of a difference is asked, the margins where equality is,
1 for a ratio of spreads. It is decided where its interval leaves out all of them.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, TypeVar

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.statistics import (
    CONFIDENCE,
    mean_interval,
    spread_ratio,
    standard_error,
)
from glyph_transfer.analysis.verdicts import MOST_DRAWS

Key = TypeVar("Key", bound=Hashable)
Measure = Literal["mean", "spread"]
"""What is compared: means, by their difference, or standard deviations, by their ratio."""


@dataclass(frozen=True)
class PairedScores:
    """Scores of two cells, and what is asked of them.

    Attributes:
        first, second: float (draws,), a position a draw. Equally long.
        borders: in the units of the difference, or of the ratio.
        judged: whether a verdict is to be given. What is not judged is no test.
        networks: (draws,), names of the source networks that draws start from.
    """

    first: np.ndarray
    second: np.ndarray
    borders: frozenset[float] = frozenset({0.0})
    measure: Measure = "mean"
    judged: bool = True
    networks: np.ndarray | None = None

    def interval(self, seed: int, confidence: float = CONFIDENCE) -> Interval:
        """Interval of the difference first - second, or of the ratio of their spreads."""
        if self.measure == "spread":
            return spread_ratio(self.first, self.second, confidence)
        return mean_interval(self.first - self.second, seed, confidence, self.networks)

    @property
    def degrees(self) -> int:
        """Degrees of freedom of Student's t behind the interval."""
        draws = len(self.first)
        if self.measure == "spread" or draws < 2:
            return _degrees(draws, self.measure)
        return standard_error(self.first - self.second, self.networks)[1]

    @property
    def rests_on_networks(self) -> bool:
        """Whether the interval is as wide as few source networks make it, and not few draws."""
        return self.degrees < _degrees(len(self.first), self.measure)


@dataclass(frozen=True)
class Comparison:
    """A comparison of one cell with another.

    Attributes:
        estimate: the difference first - second, or the ratio of their spreads, with its 95 %
            interval.
        corrected: the same, its level corrected for the comparisons made beside it.
        confidence: of the corrected interval.
        p: two-sided, of a difference of zero, after Holm's correction: below 0.05 just where
            the corrected interval leaves out zero. None where there is no interval, where zero is
            no border, and of what is not judged.
        draws: that both cells have.
        judged: whether a verdict may be given.
        rests_on_networks: whether the interval is as wide as few source networks make it.
    """

    estimate: Interval
    corrected: Interval
    confidence: float
    p: float | None
    draws: int
    measure: Measure = "mean"
    judged: bool = True
    rests_on_networks: bool = False

    def leaves_out(self, *borders: float) -> bool:
        """Whether the corrected interval says anything, and holds none of the borders."""
        low, high = self.corrected.low, self.corrected.high
        return has_width(low, high) and not any(low <= border <= high for border in borders)

    def draws_needed(self, *ways: tuple[float, ...]) -> int | None:
        """Estimate how many draws would decide it, other draws being like these.

        The smallest number, not below ours, at which an interval of the same centre and level,
        whose sides change with the number of draws as Student's do, leaves out all borders of one
        of the ways. `MOST_DRAWS + 1` says that more than `MOST_DRAWS` would. None where there is
        no interval to start from, or more source networks are needed instead.
        """
        if self.rests_on_networks or not has_width(self.corrected.low, self.corrected.high):
            return None
        half_widths = max(
            min(_half_widths(self.corrected, border, self.measure) for border in way)
            for way in ways
        )
        draws = np.arange(self.draws, MOST_DRAWS + 1)
        if not draws.size:
            return MOST_DRAWS + 1
        degrees = _degrees(draws, self.measure)
        scale = draws if self.measure == "mean" else degrees
        widths = stats.t.ppf((1 + self.confidence) / 2, degrees) / np.sqrt(scale)
        enough = draws[widths < half_widths * widths[0]]
        return int(enough[0]) if enough.size else MOST_DRAWS + 1

    def mirrored(self) -> "Comparison":
        """Give the comparison of the second cell with the first."""
        turn = _inverted if self.measure == "spread" else _negated
        return replace(self, estimate=turn(self.estimate), corrected=turn(self.corrected))


def compare(pairs: dict[Key, PairedScores], seed: int) -> dict[Key, Comparison]:
    """Compare all pairs, corrected together for the number of those that are judged.

    Following Holm 1979, the k-th smallest of m p-values is tested, and its corrected interval
    taken, at the level 0.05 / (m - k + 1); after the first pair that is not decided, the others
    at the level of that one. The p-value of a pair is that against the border which is hardest
    to leave out, so one that is decided is so in all that is asked of it. A pair that is not
    judged has the interval of the first test.

    Args:
        pairs: by any name.
        seed: of the bootstrap.

    Returns:
        A comparison for every pair, in their order.
    """
    estimates = {key: pair.interval(seed) for key, pair in pairs.items()}
    hardest = {
        key: max((_p_value(estimates[key], pair, border) for border in pair.borders), default=1.0)
        for key, pair in pairs.items()
        if pair.judged
    }
    order = sorted(hardest, key=hardest.get)
    tests = all_tests = max(len(order), 1)
    result: dict[Key, Comparison] = {}
    p, decided = 0.0, True
    for rank, key in enumerate(order):
        if decided:
            tests = all_tests - rank
        p = max(p, min(1.0, (all_tests - rank) * hardest[key]))
        own = _p_of_zero(estimates[key], pairs[key], hardest[key], p, tests)
        result[key] = _comparison(pairs[key], estimates[key], own, tests, seed)
        decided = decided and result[key].leaves_out(*pairs[key].borders)
    for key in pairs.keys() - hardest.keys():
        result[key] = _comparison(pairs[key], estimates[key], None, all_tests, seed)
    return {key: result[key] for key in pairs}


def _comparison(
    pair: PairedScores, estimate: Interval, p: float | None, tests: int, seed: int
) -> Comparison:
    confidence = 1 - (1 - CONFIDENCE) / tests
    return Comparison(
        estimate=estimate,
        corrected=pair.interval(seed, confidence),
        confidence=confidence,
        p=p,
        draws=len(pair.first),
        measure=pair.measure,
        judged=pair.judged,
        rests_on_networks=pair.rests_on_networks,
    )


def _p_of_zero(
    estimate: Interval, pair: PairedScores, hardest: float, adjusted: float, tests: int
) -> float | None:
    """Corrected p-value of a difference of zero, from that of the hardest border.

    None where that is not asked, or there is no interval to conclude from.
    """
    if 0.0 not in pair.borders or not has_width(estimate.low, estimate.high):
        return None
    own = _p_value(estimate, pair, 0.0)
    return adjusted if own == hardest else min(adjusted, tests * own)


def _p_value(estimate: Interval, pair: PairedScores, border: float) -> float:
    """Two-sided p-value of a 95 % interval: of the widest that leaves out the border.

    1 where there is no interval to conclude from.
    """
    if not has_width(estimate.low, estimate.high):
        return 1.0
    student = stats.t(pair.degrees)
    t = _half_widths(estimate, border, pair.measure) * student.ppf((1 + CONFIDENCE) / 2)
    return float(2 * student.sf(t))


def _degrees(draws: int | np.ndarray, measure: Measure) -> int | np.ndarray:
    """Degrees of freedom of Student's t behind an interval of independent draws."""
    return draws - (1 if measure == "mean" else 2)


def _half_widths(interval: Interval, border: float, measure: Measure) -> float:
    """Distance of a border from the estimate, by the width of the interval on that side.

    Above 1 just where the interval leaves out the border. In proportion to Student's t: for a
    ratio r of spreads that is so of |r - 1 / r| (Pitman 1939, Morgan 1939).
    """
    end = interval.low if interval.mean > border else interval.high
    if measure == "spread":
        distance, width = _unlikeness(interval.mean / border), _unlikeness(interval.mean / end)
    else:
        distance, width = abs(interval.mean - border), abs(interval.mean - end)
    return distance / width if width else inf


def _unlikeness(ratio: float) -> float:
    return abs(ratio - 1 / ratio)


def _negated(interval: Interval) -> Interval:
    mean = 0.0 - interval.mean
    if interval.low is None:
        return Interval(mean, None, None)
    return Interval(mean, 0.0 - interval.high, 0.0 - interval.low)


def _inverted(interval: Interval) -> Interval:
    mean = 1 / interval.mean
    if interval.low is None:
        return Interval(mean, None, None)
    return Interval(mean, 1 / interval.high, 1 / interval.low)
