"""Floating-point operations of training and scoring that no implementation can leave out."""

from collections.abc import Sequence

import numpy as np

from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.loop import count_frozen
from glyph_transfer.learning.residual import Residual


def of_step(layers: Sequence[keras.Layer], learning: set[str]) -> int:
    """Count multiplications and additions in convolutions and dense layers, for one image.

    A layer's output costs what it costs; its gradient by the weights as much again, if it
    learns; that by its input as much again, if a layer before it learns.
    """
    total, learns_before = 0, False
    for layer in layers:
        learns = layer.name in learning
        total += _step(layer, learns, learns_before)
        learns_before |= learns
    return total


def of_replicate(
    layers: list[keras.Layer], phases: list[tuple[list[str], int]], n_train: int, n_test: int
) -> int:
    """Count the same in training on `n_train` images and scoring `n_test`.

    Args:
        layers: of the network, in order.
        phases: names of the layers that learn, and epochs. Layers before the first that learns
            are computed once a phase.
        n_train, n_test: numbers of images.
    """
    total = n_test * of_step(layers, set())
    for learning, epochs in phases:
        n_frozen = count_frozen(layers, learning)
        once = of_step(layers[:n_frozen], set())
        total += n_train * (once + epochs * of_step(layers[n_frozen:], set(learning)))
    return total


def _step(layer: keras.Layer, learns: bool, learns_before: bool) -> int:
    if isinstance(layer, Residual):
        places = layer.output.shape[1:3]
        at_input = _convolution(layer.conv_1, places) + _convolution(layer.projection, places)
        behind = _convolution(layer.conv_2, places)
        return at_input * (1 + learns + learns_before) + behind * (
            1 + learns + (learns or learns_before)
        )
    return _forward(layer) * (1 + learns + learns_before)


def _forward(layer: keras.Layer) -> int:
    if isinstance(layer, keras.layers.Conv2D):
        return _convolution(layer, layer.output.shape[1:3])
    if isinstance(layer, keras.layers.Dense):
        return 2 * int(np.prod(layer.kernel.shape))
    return 0


def _convolution(layer: keras.layers.Conv2D, places: Sequence[int]) -> int:
    return 2 * int(np.prod(layer.kernel.shape)) * int(np.prod(places))
