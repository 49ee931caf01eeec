"""What scores ask of features, probabilities and labels."""

import numpy as np

from glyph_transfer.errors import InputError


def check_features(features: np.ndarray, labels: np.ndarray) -> None:
    """Raise InputError unless features (n, d) are finite and labels (n,) of two classes."""
    _check_rows("features", features, labels)


def check_probabilities(probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Raise InputError unless rows (n, n_source_classes) are probabilities, for labels (n,)."""
    _check_rows("probabilities", probabilities, labels)
    lowest, sums = probabilities.min(), probabilities.sum(axis=1, dtype=np.float64)
    if lowest < 0 or np.abs(sums - 1).max() > 1e-3:
        raise InputError(
            f"probabilities of the source's classes sum to {sums.min():.4g} ... {sums.max():.4g} "
            f"an image, the least is {lowest:.4g}; they have to be 0 at least and sum to 1. Give "
            "what the source's last layer gives after its softmax."
        )


def check_left_out(features: np.ndarray, labels: np.ndarray) -> None:
    """Raise InputError unless features fit and every class has two images."""
    check_features(features, labels)
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise InputError(
            f"{(counts < 2).sum()} of {len(classes)} classes have one labelled image, the first "
            f"is class {classes[counts.argmin()]}; when it is left out, none is left. Label two "
            "images a class at least, or use a score that leaves none out."
        )


def check_neighbours(neighbours: int, labels: np.ndarray) -> None:
    """Raise InputError unless every image has so many others."""
    if not 1 <= neighbours < len(labels):
        raise InputError(
            f"{neighbours} neighbours of each of {len(labels)} images are asked for; there can "
            f"be 1 to {len(labels) - 1}."
        )


def _check_rows(name: str, rows: np.ndarray, labels: np.ndarray) -> None:
    if rows.ndim != 2 or labels.ndim != 1 or len(rows) != len(labels) or not rows.size:
        raise InputError(
            f"{name} have the shape {rows.shape} and labels {labels.shape}; (n, k) and (n,) are "
            "expected, one row a labelled image."
        )
    if not np.isfinite(rows).all():
        raise InputError(
            f"{name} have {(~np.isfinite(rows)).sum()} values that are not finite. The source "
            "network is not usable: train it again."
        )
    if len(np.unique(labels)) < 2:
        raise InputError(f"all {len(labels)} labelled images are of one class; two are needed.")
