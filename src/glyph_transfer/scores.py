"""How good predictions are: what networks are trained and chosen by."""

from collections.abc import Iterable

import numpy as np


def probability_of_truth(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pick float32 (n,), what each row of (n, n_classes) gives to its label."""
    return probabilities[np.arange(len(labels)), labels]


def log_loss(probability: np.ndarray) -> float:
    """Mean of -log of the probabilities given to the true classes, in nats.

    Probabilities are taken to be at least 1e-7, as Keras does.
    """
    return float(-np.log(np.maximum(probability.astype(np.float64), 1e-7)).mean())


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows of (n, n_classes), n at least 1, that give most to their label."""
    return float((probabilities.argmax(1) == labels).mean())


def proportion_interval(correct: np.ndarray) -> tuple[float, float]:
    """Wilson's 95 % interval of an accuracy over images: bool (n,), n at least 1."""
    from scipy.stats import binomtest  # slow to import, and most stages do without

    interval = binomtest(int(np.sum(correct)), len(correct)).proportion_ci(0.95, "wilson")
    return float(interval.low), float(interval.high)


def over_networks(scores: list[dict[str, float]]) -> dict[str, float]:
    """Give the scores of a source's networks as one.

    Args:
        scores: of every network the same names, `accuracy_low` and `accuracy_high` among them.

    Returns:
        Means. With several networks the interval of the accuracy is Student's over networks, at
        95 %; with one it is its own, over test images.
    """
    means = {name: float(np.mean([each[name] for each in scores])) for name in scores[0]}
    if len(scores) == 1:
        return means
    from scipy.stats import t  # slow to import, and most stages do without

    accuracies = [each["accuracy"] for each in scores]
    error = np.std(accuracies, ddof=1) / np.sqrt(len(scores))
    half = float(t.ppf(0.975, len(scores) - 1) * error)
    mean = means["accuracy"]
    ends = {"accuracy_low": max(0.0, mean - half), "accuracy_high": min(1.0, mean + half)}
    return means | ends


def rounded(values: Iterable[float]) -> list[float]:
    """Six significant digits, so that float32 noise does not fill the files."""
    return [float(f"{value:.6g}") for value in values]
