"""What trainings are expected to take, by arithmetic alone: the same on every machine."""

import numpy as np

from glyph_transfer.images.sets import SIZE
from glyph_transfer.protocol import Recipe

HEAD_S = 0.02
"""Of fitting any head, seconds on one core."""

COPY_S = 0.2
"""Of changing all images once more and taking their features, beside what each image takes."""

COPY_OF_IMAGE_S = 0.0004

PRODUCTS_PER_S = 8e9
"""Multiplications of a head's solver, which are products of matrices."""

PASSES = {"logistic": 200, "cosine": 200}
"""Of a head's solver over the images, for every strength; of the closed forms, `CLOSED`."""

CLOSED = 20

NETWORK_PRODUCTS_PER_S = 1e11
"""Multiplications of a network's weights in training; a step takes three passes."""

TRACING_S = 0.6
"""Of a training, shared by its folds."""

STATISTICS_S = 1.0
"""Of taking batch norm's statistics anew, which makes another network."""


def of_head(recipe: Recipe, n: int, n_features: int, n_classes: int) -> float:
    """Seconds of fitting a head to so many images, with copies."""
    images = n * (1 + recipe.copies)
    # solvers work in the span of the images where these are fewer than the features
    products = images * min(images, n_features) * n_classes * len(recipe.strengths)
    seconds = HEAD_S + PASSES.get(recipe.head, CLOSED) * products / PRODUCTS_PER_S
    seconds += recipe.copies * (COPY_S + COPY_OF_IMAGE_S * n)
    return seconds + (STATISTICS_S if recipe.reestimate_batch_norm else 0.0)


def of_pixels(n: int, n_classes: int) -> float:
    """Seconds of a logistic regression on the pixels of so many images."""
    products = n * min(n, SIZE * SIZE) * n_classes
    return HEAD_S + PASSES["logistic"] * products / PRODUCTS_PER_S


def of_phases(recipe: Recipe, n: int, products: int) -> float:
    """Seconds of training a network that multiplies so often for one image."""
    seconds = TRACING_S
    for phase in recipe.phases:
        epochs = phase.epochs
        if phase.most_steps is not None:
            steps = -(-n // recipe.batch_size)
            epochs = max(1, min(epochs, phase.most_steps // steps))
        seconds += 3 * products * n * epochs / NETWORK_PRODUCTS_PER_S
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
