"""How alike two layers see the same images."""

import numpy as np


def similarity(
    before: dict[str, np.ndarray], after: dict[str, np.ndarray]
) -> dict[tuple[str, str], float]:
    """Compare every layer of one network with every layer of another.

    Linear CKA (Kornblith et al. 2019) in its debiased form, whose expectation for unrelated
    features is 0 however many features there are (Nguyen et al. 2021, from the estimator of
    HSIC by Song et al. 2012).

    Args:
        before, after: layer name -> (n, features), of the same n images, n at least 4.

    Returns:
        (layer before, layer after) -> 1 for features that are equal up to rotation and
        scale, about 0 for unrelated ones; nan where a layer gives all images the same.
    """
    first, second = ({name: _gram(x) for name, x in side.items()} for side in (before, after))
    return {(a, b): float(np.vdot(first[a], second[b])) for a in first for b in second}


def _gram(features: np.ndarray) -> np.ndarray:
    """Inner products (n, n) of images, U-centred (Szekely and Rizzo 2014), of norm 1."""
    n = len(features)
    if not np.ptp(features, axis=0).any():
        return np.full((n, n), np.nan)
    features = features.astype(np.float64)
    gram = features @ features.T
    np.fill_diagonal(gram, 0)
    rows = gram.sum(axis=0) / (n - 2)
    gram -= rows[:, None] + rows - gram.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(gram, 0)
    return gram / np.linalg.norm(gram)
