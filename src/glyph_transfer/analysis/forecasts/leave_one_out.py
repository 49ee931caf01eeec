"""How many labelled images are classified rightly by the others: every image is left out once."""

import numpy as np

from glyph_transfer.analysis.forecasts.checking import check_left_out, check_neighbours

NEIGHBOURS = 5
"""Of `knn`, half of ten images a class."""
STRENGTHS = 10.0 ** np.arange(-6, 3.5, 0.5)
"""Of `ridge`, in units of the mean squared length of the centred features."""


def knn(features: np.ndarray, labels: np.ndarray, neighbours: int = NEIGHBOURS) -> float:
    """Accuracy of the nearest neighbours among the other images, by the angle.

    The class that most neighbours have is predicted; of equally many, the class whose
    neighbours are more alike in sum.

    Args:
        features: float (n, d), finite.
        labels: integers (n,), two images of every class at least.
        neighbours: from 1 to n - 1.

    Returns:
        A fraction, 0 to 1; more is better.

    Raises:
        InputError: where features and labels do not fit, a class has one image, or there are not
            so many neighbours.
    """
    check_left_out(features, labels)
    check_neighbours(neighbours, labels)
    classes, own = np.unique(labels, return_inverse=True)
    directions = np.asarray(features, np.float64)
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    directions = np.divide(directions, lengths, out=np.zeros_like(directions), where=lengths > 0)
    alike = directions @ directions.T
    np.fill_diagonal(alike, -np.inf)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :neighbours]
    votes = np.zeros((len(own), len(classes)))
    # sums of cosines decide between equally many neighbours, and outweigh none
    weights = 1.0 + np.take_along_axis(alike, nearest, axis=1) / (2 * neighbours + 1)
    np.add.at(votes, (np.arange(len(own))[:, None], own[nearest]), weights)
    return float((votes.argmax(axis=1) == own).mean())


def ridge(features: np.ndarray, labels: np.ndarray) -> float:
    """Accuracy of ridge regression on the indicators of the classes, every image left out once.

    The intercept is not penalised; the strength is the one of `STRENGTHS` with the least squared
    error on the images left out. These errors come in closed form from the fit on all images
    (Allen 1974, "The relationship between variable selection and data augmentation").

    Args:
        features: float (n, d), finite.
        labels: integers (n,), two images of every class at least.

    Returns:
        A fraction, 0 to 1; more is better. Of features that say nothing, less than chance: the
        class of the image left out is the rarer one among the others.

    Raises:
        InputError: where features and labels do not fit, or a class has one image.
    """
    check_left_out(features, labels)
    classes, own = np.unique(labels, return_inverse=True)
    indicators = (own[:, None] == np.arange(len(classes))).astype(np.float64)
    centred = np.asarray(features, np.float64)
    centred = centred - centred.mean(axis=0)
    vectors, singular, _ = np.linalg.svd(centred, full_matrices=False)
    eigenvalues = singular**2
    predictions = [
        _left_out(indicators, vectors, eigenvalues, strength * eigenvalues.sum() / len(own))
        for strength in STRENGTHS
    ]
    best = min(predictions, key=lambda predicted: ((predicted - indicators) ** 2).sum())
    return float((best.argmax(axis=1) == own).mean())


def _left_out(
    indicators: np.ndarray, vectors: np.ndarray, eigenvalues: np.ndarray, penalty: float
) -> np.ndarray:
    """Predict every image (n, classes) by the regression on the others."""
    kept = eigenvalues / np.maximum(eigenvalues + penalty, np.finfo(np.float64).tiny)
    hat = (vectors * kept) @ vectors.T + 1.0 / len(indicators)
    own = 1.0 - np.diag(hat)[:, None]
    return indicators - (indicators - hat @ indicators) / own
