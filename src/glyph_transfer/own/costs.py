"""What trainings are expected to take, by arithmetic alone: the same on every machine."""

import numpy as np

from glyph_transfer.protocol import Recipe

HEAD_S = 0.02
"""Of fitting any head, seconds on one core."""

PRODUCTS_PER_S = 2e9
"""Multiplications of a head's solver, which are products of matrices, on one core."""

PASSES = 200
"""Of a head's solver over the images, for every strength that is tried."""

IMAGES_PER_S = 3e10
"""Multiplications of a network's weights in training, on one core: a step takes three passes."""

TRACING_S = 0.5
"""Of a training, shared by its folds."""


def of_head(recipe: Recipe, n: int, n_features: int, n_classes: int) -> float:
    """Seconds of fitting a head to so many images, with copies."""
    images = n * (1 + recipe.copies)
    # solvers work in the span of the images where these are fewer than the features
    products = images * min(images, n_features) * n_classes
    return HEAD_S + PASSES * len(recipe.strengths) * products / PRODUCTS_PER_S


def of_phases(recipe: Recipe, n: int, products: int) -> float:
    """Seconds of training a network that multiplies so often for one image."""
    seconds = TRACING_S
    for phase in recipe.phases:
        epochs = phase.epochs
        if phase.most_steps is not None:
            steps = -(-n // recipe.batch_size)
            epochs = max(1, min(epochs, phase.most_steps // steps))
        seconds += 3 * products * n * epochs / IMAGES_PER_S
    return seconds


def products_of(network) -> int:
    """Multiplications of one image's way through a Keras network: those with its kernels."""
    total = 0
    for layer in network.layers:
        for weight in layer.weights:
            if weight.name == "kernel":
                area = np.prod(layer.output.shape[1:-1], dtype=float)
                total += int(area * np.prod(weight.shape))
    return total
