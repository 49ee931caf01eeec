"""How well the source's own classes tell those of the target."""

import numpy as np

from glyph_transfer.analysis.forecasts.checking import check_probabilities


def leep(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Log expected empirical prediction: Nguyen et al. 2020, "LEEP: A New Measure".

    The source's classes are drawn by its probabilities, and the target's by how often they go
    with those on these images; the score is the mean log of what the true class then gets.

    Args:
        probabilities: float (n, n_source_classes), that the source gives to its classes.
        labels: integers (n,), of two classes of the target at least.

    Returns:
        Nats, from minus the entropy of the labels (the source's classes say nothing) to 0; more
        is better.

    Raises:
        InputError: where probabilities and labels do not fit.
    """
    check_probabilities(probabilities, labels)
    given = np.asarray(probabilities, np.float64)
    _, own = np.unique(labels, return_inverse=True)
    joint = _sums_by_class(given, own)
    conditional = joint / np.maximum(joint.sum(axis=0), np.finfo(np.float64).tiny)
    return float(np.log((conditional[own] * given).sum(axis=1)).mean())


def nce(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Negative conditional entropy of the labels, given the source's likeliest class.

    Tran, Nguyen and Hassner 2019, "Transferability and Hardness of Supervised Classification
    Tasks".

    Args:
        probabilities: float (n, n_source_classes), of which the largest decides, the first of
            equal ones.
        labels: integers (n,), of two classes of the target at least.

    Returns:
        Nats, from minus the entropy of the labels to 0; more is better.

    Raises:
        InputError: where probabilities and labels do not fit.
    """
    check_probabilities(probabilities, labels)
    _, own = np.unique(labels, return_inverse=True)
    likeliest = np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    joint = _sums_by_class(likeliest, own)
    conditional = joint / np.maximum(joint.sum(axis=0), 1.0)
    seen = joint > 0
    return float((joint[seen] * np.log(conditional[seen])).sum() / len(own))


def _sums_by_class(values: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Sum rows (n, k) by the class of each: (n_classes, k)."""
    sums = np.zeros((own.max() + 1, values.shape[1]))
    np.add.at(sums, own, values)
    return sums
