"""Labels that spread from labelled images to others over their nearest neighbours."""

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg

from glyph_transfer.learning.heads.head import SHARPNESS
from glyph_transfer.learning.heads.prepared import TINY, Preparation, one_hot

NEIGHBOURS = 10
KEPT = 0.99
"""Share of an image's label that comes from its neighbours, at every step (alpha)."""

ROWS = 1000


def propagate(
    features: np.ndarray,
    labels: np.ndarray,
    unlabelled: np.ndarray,
    n_classes: int,
    neighbours: int = NEIGHBOURS,
) -> np.ndarray:
    """Spread labels over a graph of nearest neighbours by cosine.

    Zhou et al. 2004, "Learning with local and global consistency": F = (I - alpha S)^-1 Y, with S
    the normalised graph. Every class is then divided by what it has on all unlabelled images (class
    mass normalisation with equal shares, Zhu, Ghahramani and Lafferty 2003, "Semi-supervised
    learning using Gaussian fields and harmonic functions"), else a class whose label lies well
    takes another's images.

    Args:
        features: float32 (n, d), labelled.
        labels: integers (n,).
        unlabelled: float32 (m, d).
        n_classes: of the target.
        neighbours: of every image.

    Returns:
        float32 (m, n_classes), rows that sum to 1; uniform where no label arrives.
    """
    both = np.concatenate([features, unlabelled])
    prepared = Preparation.learn(both, to_unit_length=True).of(both).astype(np.float32)
    graph = _normalised(_graph(prepared, min(neighbours, len(both) - 1)))
    given = np.zeros((len(both), n_classes))
    given[: len(labels)] = one_hot(labels, n_classes)
    system = diags_array(np.ones(len(both))) - KEPT * graph
    spread = np.stack([cg(system, column, rtol=1e-6)[0] for column in given.T], 1)
    spread = np.maximum(spread[len(labels) :], 0)
    spread /= np.maximum(spread.sum(0), TINY)
    totals = spread.sum(1, keepdims=True)
    shares = np.where(totals > 0, spread / np.where(totals > 0, totals, 1), 1 / n_classes)
    return shares.astype(np.float32)


def _graph(prepared: np.ndarray, neighbours: int) -> csr_array:
    n = len(prepared)
    columns, weights = np.empty((n, neighbours), int), np.empty((n, neighbours))
    for start in range(0, n, ROWS):
        cosines = prepared[start : start + ROWS] @ prepared.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = -np.inf
        nearest = np.argpartition(-cosines, neighbours - 1, axis=1)[:, :neighbours]
        columns[start : start + ROWS] = nearest
        weights[start : start + ROWS] = np.exp(SHARPNESS * np.take_along_axis(cosines, nearest, 1))
    starts = np.arange(0, n * neighbours + 1, neighbours)
    one_way = csr_array((weights.ravel(), columns.ravel(), starts), shape=(n, n))
    return one_way.maximum(one_way.T)


def _normalised(graph: csr_array) -> csr_array:
    degrees = np.maximum(graph.sum(1), 1e-12)
    half = diags_array(1 / np.sqrt(degrees))
    return (half @ graph @ half).tocsr()
