"""How good scores are at telling which source will do best.

Scores and accuracies of one target are float (draws, n_sources), a column a source, the same
in all; targets may have different sources. What is measured is the accuracy of a recipe; the
gain over a baseline ranks sources as the accuracy does, the baseline being the same for all.

The order of the sources, and the best of them, are those of their mean accuracy over draws. On a
single draw sources that are nearly equal change places by chance, which no score can know and
none should be blamed for.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import mean_interval


@dataclass(frozen=True)
class Judged:
    """How good a score is, on every draw of every target.

    Attributes:
        taus: float (targets, draws), weighted Kendall's tau between the draw's scores and mean
            accuracies, -1 to 1.
        regrets: float (targets, draws), accuracy on the draw of the source that is the best on
            average, less that of the source which the score chooses, -1 to 1. Below 0 where the
            choice does better on the draw.
    """

    taus: np.ndarray
    regrets: np.ndarray


def judge(scores: list[np.ndarray], accuracies: list[np.ndarray]) -> Judged:
    """Hold a score against what was measured.

    Args:
        scores, accuracies: of every target, float (draws, n_sources), with equally many draws
            and two sources at least.
    """
    both = [*zip(scores, accuracies, strict=True)]
    taus = [[weighted_tau(draw, own.mean(axis=0)) for draw in given] for given, own in both]
    return Judged(np.array(taus), np.array([regrets(given, own) for given, own in both]))


def over_draws(values: np.ndarray, seed: int) -> Interval:
    """Mean of values (targets, draws), and how it would move on these targets.

    With other labelled images, that is, and other source networks where draws have several: the
    draw of one number has the same networks on all targets, and is resampled whole.
    """
    return mean_interval(values.mean(axis=0), seed)


def over_targets(values: np.ndarray, seed: int) -> Interval:
    """Mean of values (targets, draws), and how it would move with other targets like these."""
    return mean_interval(values.mean(axis=1), seed)


def weighted_tau(scores: np.ndarray, accuracies: np.ndarray) -> float:
    """Rank correlation of sources in which the best ones count most.

    Kendall's tau with additive hyperbolic weights (Vigna 2015, "A Weighted Correlation Index for
    Rankings with Ties"): a pair of sources weighs 1 / rank + 1 / rank, ranks from 1 for the
    best, the mean of ranking by the scores and by the accuracies. A tie in one of the two counts
    for neither side, but shrinks the norm of that one, as in tau-b.

    Args:
        scores, accuracies: float (n_sources,), two at least.

    Returns:
        -1, the order reversed, to 1, the same order; 0 where all scores, or all accuracies, are
        equal, and there is no order.
    """
    if not (np.ptp(scores) and np.ptp(accuracies)):
        return 0.0
    return float(stats.weightedtau(scores, accuracies).statistic)


def regrets(scores: np.ndarray, accuracies: np.ndarray) -> np.ndarray:
    """Accuracy that is lost on every draw by taking the source with the highest score.

    Of several sources with the highest score any may be taken: their mean accuracy counts.

    Args:
        scores, accuracies: float (draws, n_sources), one source at least.

    Returns:
        float (draws,).
    """
    chosen = scores == scores.max(axis=1, keepdims=True)
    reached = (accuracies * chosen).sum(axis=1) / chosen.sum(axis=1)
    return accuracies[:, accuracies.mean(axis=0).argmax()] - reached
