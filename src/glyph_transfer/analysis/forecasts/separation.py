"""How well a source's features separate the classes: scores in closed form.

None changes when features are rotated, so features (n, d) may as well be given as (n, n)
coordinates of the same points, but for the number of features that `h_score` is told.
"""

import numpy as np

from glyph_transfer.analysis.forecasts.checking import check_features

_DECADES = (-12.0, 6.0)
"""Range of the ratio of precisions that LogME tries, as powers of ten of the largest eigenvalue."""
_POINTS = 49
_ROUNDS = 4


def logme(features: np.ndarray, labels: np.ndarray) -> float:
    """Log of the maximum evidence of linear models on the features, a class and an image.

    You et al. 2021, "LogME: Practical Assessment of Pre-trained Models for Transfer Learning":
    for every class, the indicator of the class is a linear function of the features, without
    intercept, whose weights have a normal prior and which has normal noise; the two precisions
    are those with which the indicators are likeliest. The authors iterate to a fixed point.
    Here the noise is eliminated in closed form and the ratio of precisions searched on a grid,
    which cannot end in another maximum.

    Args:
        features: float (n, d), finite.
        labels: integers (n,), of two classes at least; classes without an image do not count.

    Returns:
        Nats, unbounded; more is better. It depends on the number of images and classes, so it
        compares sources on the same images alone.

    Raises:
        InputError: where features and labels do not fit.
    """
    check_features(features, labels)
    indicators = (labels[:, None] == np.unique(labels)).astype(np.float64)
    vectors, singular, _ = np.linalg.svd(np.asarray(features, np.float64), full_matrices=False)
    eigenvalues, largest = singular**2, singular[0] ** 2
    if largest == 0.0:
        return float(_no_evidence(indicators).mean())
    along = (vectors.T @ indicators) ** 2  # (rank, classes)
    outside = np.maximum((indicators**2).sum(axis=0) - along.sum(axis=0), 0.0)
    low, high = (np.full(indicators.shape[1], end) for end in _DECADES)
    for _ in range(_ROUNDS):
        powers = np.linspace(low, high, _POINTS)  # (points, classes)
        evidence = _evidence(largest * 10.0**powers, eigenvalues, along, outside, len(labels))
        best = evidence.argmax(axis=0)
        low, high = (
            np.take_along_axis(powers, np.clip(best + step, 0, _POINTS - 1)[None], axis=0)[0]
            for step in (-1, 1)
        )
    return float(evidence.max(axis=0).mean())


def _evidence(
    ratios: np.ndarray, eigenvalues: np.ndarray, along: np.ndarray, outside: np.ndarray, n: int
) -> np.ndarray:
    """Log evidence over n, at the best noise, of ratios (points, classes) of precisions.

    With the ratio r of the weights' precision to the noise's, indicators have the covariance
    noise x (I + F F' / r), whose eigenvalues are noise x (1 + eigenvalue / r).
    """
    growth = 1.0 + eigenvalues[:, None] / ratios[:, None, :]  # (points, rank, classes)
    noise = ((along / growth).sum(axis=1) + outside) / n
    tiny = np.finfo(np.float64).tiny
    return -0.5 * (
        np.log(2 * np.pi * np.maximum(noise, tiny)) + 1.0 + np.log(growth).sum(axis=1) / n
    )


def _no_evidence(indicators: np.ndarray) -> np.ndarray:
    """Log evidence over n of features that are all zero."""
    return -0.5 * (np.log(2 * np.pi * (indicators**2).mean(axis=0)) + 1.0)


def h_score(features: np.ndarray, labels: np.ndarray, n_features: int | None = None) -> float:
    """Variance between classes in units of the variance of all, summed over directions.

    Bao et al. 2019, "An Information-Theoretic Approach to Transferability in Task Transfer
    Learning": the trace of cov(f)^-1 cov(E[f | y]). With fewer images than features the
    covariance is singular and the classes are separated whatever they are, so that every source
    scores the same. The covariance is therefore shrunk towards a multiple of the identity, by
    as much as Ledoit and Wolf 2004 say, and that of the class means by the same factor: Ibrahim,
    Ponomareva and Mazumder 2021, "Newer is not always better".

    Args:
        features: float (n, d), finite.
        labels: integers (n,), of two classes at least.
        n_features: d, where `features` are coordinates of the images in fewer dimensions.

    Returns:
        From 0, class means that are all equal, to the number of classes less one; more is better.

    Raises:
        InputError: where features and labels do not fit.
    """
    check_features(features, labels)
    n, d = len(labels), n_features or features.shape[1]
    centred = np.asarray(features, np.float64)
    centred = centred - centred.mean(axis=0)
    vectors, singular, _ = np.linalg.svd(centred, full_matrices=False)
    shrinkage = ledoit_wolf(centred, d)
    variances = (1 - shrinkage) * singular**2 / n + shrinkage * (singular**2).sum() / (n * d)
    kept = variances > singular[0] ** 2 / n * 1e-12  # without shrinkage, what has no variance
    _, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), kept.sum()))
    np.add.at(means, own, (vectors * singular)[:, kept])
    means /= counts[:, None]
    between = counts @ means**2 / n
    return float((1 - shrinkage) * (between / variances[kept]).sum())


def ledoit_wolf(centred: np.ndarray, n_features: int) -> float:
    """Share, 0 to 1, of the identity in the shrunk covariance of centred features.

    Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance
    matrices", written with inner products of images in the place of the covariance.

    Args:
        centred: float64 (n, k), features less their means, or coordinates of the images in the
            space that they span.
        n_features: of the covariance.
    """
    n = len(centred)
    gram = centred @ centred.T
    squared_norm = (gram**2).sum() / n**2  # of the covariance
    spread = squared_norm - (np.trace(gram) / n) ** 2 / n_features
    error = ((np.diag(gram) ** 2).sum() / n - squared_norm) / n
    if spread <= 1e-12 * squared_norm:  # it is a multiple of the identity as it is
        return 0.0
    return float(np.clip(error / spread, 0.0, 1.0))
