"""Which unlabelled images to label next."""

import numpy as np


def pick(probabilities: np.ndarray, features: np.ndarray, count: int) -> np.ndarray:
    """Pick images that the network is unsure of and that are unlike each other.

    Doubt is one less the margin between the two likeliest classes (Scheffer, Decomain and Wrobel
    2001). The first is the most doubtful; each further one has the greatest doubt times distance
    to those picked.

    Args:
        probabilities: float (n, n_classes), n_classes at least 2.
        features: float (n, features), in which images are compared.
        count: to pick, at most n.

    Returns:
        Rows, int (count,), in that order.
    """
    if not len(probabilities):
        return np.zeros(0, int)
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    doubt = 1 - (top[:, 1] - top[:, 0])
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(norms, 1e-12)
    picked = [int(doubt.argmax())]
    distance = np.full(len(doubt), np.inf)
    for _ in range(min(count, len(doubt)) - 1):
        distance = np.minimum(distance, np.maximum(1 - unit @ unit[picked[-1]], 0))
        score = doubt * distance
        score[picked] = -1.0
        picked.append(int(score.argmax()))
    return np.array(picked)
