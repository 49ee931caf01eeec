"""Multinomial logistic regression with a squared penalty, by L-BFGS."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from glyph_transfer.learning.heads.head import Linear
from glyph_transfer.learning.heads.prepared import softmax

if TYPE_CHECKING:
    from glyph_transfer.learning.heads.fitting import Labelled

TOLERANCE = 1e-4
"""Size of the gradient below which the loss is at its least: no probability of an image is then off
by 1e-3, and a tenth of that takes half as long again."""

MOST_STEPS = 200


def solve(labelled: "Labelled", strengths: Sequence[float]) -> list[Linear]:
    """Minimise the weighted sum of cross-entropies plus half the strength times the squared kernel.

    The bias is not penalised. From the largest strength to the least, each from the last one's
    solution.
    """
    features, classes = labelled.features, labelled.classes
    n, r = features.shape
    shape = r + 1, classes.shape[1]
    with_one = np.concatenate([features, np.ones((n, 1))], 1)
    found, start = {}, np.zeros(shape)
    for strength in sorted(strengths, reverse=True):
        penalty = np.r_[np.full(r, strength), 0.0][:, None]

        def loss(flat: np.ndarray, penalty: np.ndarray = penalty) -> tuple[float, np.ndarray]:
            weights = flat.reshape(shape)
            logits = with_one @ weights
            probabilities = softmax(logits)
            top = logits.max(1)
            log_sums = top + np.log(np.exp(logits - top[:, None]).sum(1))
            entropies = log_sums - (logits * classes).sum(1)
            value = labelled.weight * entropies.sum() + 0.5 * (penalty * weights**2).sum()
            gradient = labelled.weight * (with_one.T @ (probabilities - classes))
            return value, (gradient + penalty * weights).ravel()

        options = {"maxiter": MOST_STEPS, "ftol": TOLERANCE**2, "gtol": TOLERANCE}
        done = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
        start = done.x.reshape(shape)
        found[strength] = Linear(start[:-1].copy(), start[-1].copy())
    return [found[strength] for strength in strengths]
