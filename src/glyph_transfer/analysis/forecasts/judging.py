"""How good scores are at telling which source will do best.

Scores and accuracies of one target are float (draws, n_sources), a column a source, the same
in all; targets may have different sources. What is measured is the accuracy of a recipe; the
gain over a baseline ranks sources as the accuracy does, the baseline being the same for all.
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
        taus: float (targets, draws), weighted Kendall's tau, -1 to 1.
        regrets: float (targets, draws), accuracy that is lost by following the score, 0 to 1.
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
    return Judged(
        *(
            np.array([[measure(*draw) for draw in zip(*target, strict=True)] for target in both])
            for measure in (weighted_tau, regret)
        )
    )


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


def regret(scores: np.ndarray, accuracies: np.ndarray) -> float:
    """Accuracy of the best source less that of the source with the highest score.

    Of several sources with the highest score any may be taken: their mean accuracy counts.

    Args:
        scores, accuracies: float (n_sources,), one at least.
    """
    chosen = scores == scores.max()
    return float(accuracies.max() - accuracies[chosen].mean())
