"""Classes of two sets on one plane, as a network's features lay them out."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA


@dataclass(frozen=True)
class Plane:
    """Images on the first two principal components of their features.

    Attributes:
        points: set name -> float (n, 2).
        explained: the components' shares of the variance, from 0 to 1.
    """

    points: dict[str, np.ndarray]
    explained: tuple[float, float]


def embed(features: dict[str, np.ndarray]) -> Plane:
    """Find the plane that keeps most of the variance of all images together.

    Args:
        features: set name -> float (n, features).
    """
    stacked = np.concatenate(list(features.values())).astype(np.float64)
    pca = PCA(2, svd_solver="full")
    points = pca.fit_transform(stacked)
    ends = np.cumsum([len(rows) for rows in features.values()])[:-1]
    parts = zip(features, np.split(points, ends), strict=True)
    return Plane(dict(parts), tuple(map(float, pca.explained_variance_ratio_)))


def centres(points: np.ndarray, labels: np.ndarray) -> dict[int, np.ndarray]:
    """Give the mean point (2,) of every class that has images."""
    return {int(label): points[labels == label].mean(axis=0) for label in np.unique(labels)}
