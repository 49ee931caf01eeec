"""What a transferred network is worth in labels: how many its baseline needs to match it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glyph_transfer.analysis.statistics import CONFIDENCE, RESAMPLES, stretch


@dataclass(frozen=True)
class LabelsNeeded:
    """What a transferred network is worth in labels.

    Attributes:
        size: labels that the baseline needs to match it; `inf` where it does not
            with any of the sizes that were tried.
        low, high: 95 % interval of the size; None where an accuracy is of one draw only.
        never: share of the resamples in which no size matches; None without an interval.
        smallest: of the sizes that were tried. A size or an end that equals it says "at
            most": the baseline already matches there.
    """

    size: float
    low: float | None
    high: float | None
    never: float | None
    smallest: int


def labels_needed(
    sizes: list[int],
    baseline: list[np.ndarray],
    transferred: np.ndarray,
    seed: int,
    networks: np.ndarray | None = None,
) -> LabelsNeeded:
    """Find the smallest size at which the baseline's learning curve reaches a transferred mean.

    The curve goes through the mean accuracies at the sizes, straight between them over the
    logarithm of the size.

    The interval is a bootstrap over draws. A draw is resampled with its accuracies in all
    arrays that have it, so that what an easy draw adds to both sides cancels. Arrays with fewer
    draws have the first ones: draws are resampled within groups that the same arrays have (with
    3, 10 and 30 draws: 0 to 2, 3 to 9, 10 to 29), by which every mean remains one of as many
    draws as it has. The deviation of each resampled mean is stretched for its number of draws,
    as in `statistics.mean_interval`, without which three draws would seem to be surer than
    they are.

    Args:
        sizes: labelled images, ascending, above 0.
        baseline: accuracies of the baseline at each size, float (draws,).
        transferred: accuracies of the transferred network, float (draws,). Position d is
            the same draw in every array.
        seed: of the resamples.
        networks: (draws,), names of the source networks that the transferred ones start from.
    """
    arrays = [np.asarray(values, float) for values in (*baseline, transferred)]
    *curve, target = (values.mean() for values in arrays)
    size = float(_crossings(sizes, np.array([curve]), np.array([target]))[0])
    counts = [len(values) for values in arrays]
    if min(counts) < 2:
        return LabelsNeeded(size, None, None, None, sizes[0])
    draws = _resampled_draws(counts, seed)
    curves = [_resampled_means(values, draws) for values in arrays[:-1]]
    targets = _resampled_means(arrays[-1], draws, networks)
    resampled = np.sort(_crossings(sizes, np.stack(curves, axis=1), targets))
    # order statistics: nothing can be interpolated between a size and infinity
    cut = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    low, high = float(resampled[cut]), float(resampled[-1 - cut])
    return LabelsNeeded(size, low, high, float(np.isinf(resampled).mean()), sizes[0])


def _crossings(sizes: list[int], curves: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Smallest sizes (n,) at which curves (n, sizes) reach targets (n,); inf where they do not."""
    rows = np.arange(len(curves))
    reached = curves >= targets[:, None]
    right = reached.argmax(axis=1)
    left = np.maximum(right - 1, 0)
    below, above = curves[rows, left], curves[rows, right]
    # where the first size reaches it, left and right are that size
    rise = np.where(right > 0, above - below, 1.0)
    share = np.where(right > 0, (targets - below) / rise, 0.0)
    sizes = np.array(sizes, float)
    logs = np.log(sizes)
    crossings = np.exp(logs[left] + share * (logs[right] - logs[left]))
    exact = np.clip(crossings, sizes[left], sizes[right])  # exp(log(10)) is above 10
    return np.where(reached.any(axis=1), exact, np.inf)


def _resampled_draws(counts: list[int], seed: int) -> np.ndarray:
    """Resample draws within the groups between ascending counts: int (resamples, most)."""
    rng = np.random.default_rng(seed)
    ends = [0, *sorted(set(counts))]
    groups = [rng.integers(start, end, (RESAMPLES, end - start)) for start, end in pairwise(ends)]
    return np.concatenate(groups, axis=1)


def _resampled_means(
    values: np.ndarray, draws: np.ndarray, networks: np.ndarray | None = None
) -> np.ndarray:
    """Means (resamples,) of values (draws,), their deviations stretched."""
    mean, n = values.mean(), len(values)
    return mean + stretch(values, networks) * (values[draws[:, :n]].mean(axis=1) - mean)
