"""How many labelled images are classified rightly by the others: every image is left out once."""

import numpy as np

from glyph_transfer.analysis.forecasts.checking import check_left_out, check_neighbours

NEIGHBOURS = 1
"""Of `knn`, as Renggli et al. 2022 have it, "Which Model to Transfer?"."""
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
    unit = directions(features)
    alike = unit @ unit.T
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
    indicators, predicted = _best_left_out(features, labels)
    return float((predicted.argmax(axis=1) == indicators.argmax(axis=1)).mean())


def ridge_r2(features: np.ndarray, labels: np.ndarray) -> float:
    """Share of the indicators' variance that `ridge` explains of images left out.

    It sees by how much images are right or wrong, where the accuracy counts whole images.

    Args:
        features: float (n, d), finite.
        labels: integers (n,), two images of every class at least.

    Returns:
        Up to 1; more is better, 0 or less of features that say nothing.

    Raises:
        InputError: as of `ridge`.
    """
    indicators, predicted = _best_left_out(features, labels)
    unexplained = ((predicted - indicators) ** 2).sum()
    return float(1.0 - unexplained / ((indicators - indicators.mean(axis=0)) ** 2).sum())


def _best_left_out(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the indicators (n, classes), and what is predicted of images left out."""
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
    return indicators, min(predictions, key=lambda given: ((given - indicators) ** 2).sum())


def _left_out(
    indicators: np.ndarray, vectors: np.ndarray, eigenvalues: np.ndarray, penalty: float
) -> np.ndarray:
    """Predict every image (n, classes) by the regression on the others."""
    kept = eigenvalues / np.maximum(eigenvalues + penalty, np.finfo(np.float64).tiny)
    hat = (vectors * kept) @ vectors.T + 1.0 / len(indicators)
    own = 1.0 - np.diag(hat)[:, None]
    return indicators - (indicators - hat @ indicators) / own


def directions(features: np.ndarray) -> np.ndarray:
    """Give features (n, d) at length 1, float64; those of length 0 as they are."""
    features = np.asarray(features, np.float64)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, lengths, out=np.zeros_like(features), where=lengths > 0)
