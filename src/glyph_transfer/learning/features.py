"""What layers make of images in inference mode, computed in traced calls and kept."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np

from glyph_transfer.learning import forward
from glyph_transfer.learning.backend import keras, tf

SCORING_BATCH = 100
"""Images that one operation scores."""

ROWS = 2000
"""Images that one traced call scores, and rows of features that are read from a file at once."""


class Features:
    """What the layers of one network give, as they are now.

    Args:
        model: a Sequential network.
        kept_bytes: the most memory that what is kept of one set of images may take.
    """

    def __init__(self, model: keras.Sequential, kept_bytes: int):
        self.kept_bytes = kept_bytes
        self._model = model
        self._forward: dict[tuple[int, int], Callable] = {}
        self._scored = _Scored(b"", {})

    def of(self, images: np.ndarray, n_layers: int) -> tf.Tensor:
        """Compute the output of the first `n_layers` layers.

        Args:
            images: uint8 (n, 28, 28).
            n_layers: 0 gives the images as they are.

        Returns:
            float32 (n, ...), in the shape of the last of these layers' output.
        """
        if n_layers == 0:
            return tf.constant(images)
        return tf.concat(list(self.rows(images, n_layers)), axis=0)

    @contextmanager
    def for_training(self, images: np.ndarray, n_layers: int) -> Iterator[tf.Tensor | np.memmap]:
        """Give what `of` gives, in a file while the block runs if it is large."""
        shape = (len(images), *self._model.layers[n_layers - 1].output.shape[1:])
        if n_layers == 0 or 4 * np.prod(shape) <= self.kept_bytes:
            yield self.of(images, n_layers)
            return
        with tempfile.TemporaryFile() as file:
            kept = np.memmap(file, np.float32, "w+", shape=shape)
            start = 0
            for rows in self.rows(images, n_layers):
                kept[start : start + len(rows)] = rows
                start += len(rows)
            yield kept

    def for_scoring(
        self, images: np.ndarray, changed: Sequence[str]
    ) -> tuple[tf.Tensor | np.ndarray, int]:
        """Give what the layers before those in `changed` make of images, and their number.

        It is kept from one call with these images to the next, until one of these layers has
        other weights after all. Where keeping it is no use, the images are given, and 0.
        """
        n_layers = self._layers_before(changed, len(images))
        if n_layers == 0:
            return images, 0
        weights = hashlib.sha256()
        for layer in self._model.layers[:n_layers]:
            for array in layer.get_weights():
                weights.update(np.ascontiguousarray(array))
        if self._scored.weights != weights.digest():
            self._scored = _Scored(weights.digest(), {})
        key = id(images), n_layers
        if key not in self._scored.features:
            # the images too, so that no others can come to have their id
            self._scored.features[key] = images, self.of(images, n_layers)
        return self._scored.features[key][1], n_layers

    def rows(
        self, inputs: np.ndarray | tf.Tensor, last: int, first: int = 0
    ) -> Iterator[tf.Tensor]:
        """Apply the layers from `first` up to before `last` to so many inputs at a time."""
        function = self.prepare(last, first)
        for start in range(0, len(inputs), ROWS):
            yield function(tf.constant(inputs[start : start + ROWS]))

    def prepare(self, last: int, first: int = 0) -> Callable[[tf.Tensor], tf.Tensor]:
        """Trace what `rows` runs, once."""
        if (first, last) not in self._forward:
            layers = self._model.layers
            given = layers[first - 1].output if first else self._model.inputs[0]
            network = partial(_in_batches, layers[first:last], last == len(layers))
            self._forward[first, last] = trace(network, [tf.TensorSpec(given.shape, given.dtype)])
        return self._forward[first, last]

    def _layers_before(self, changed: Sequence[str], n_images: int) -> int:
        """Number of layers before the first in `changed`; 0 where keeping them is no use.

        Layers that are scored as one are not divided, for that would change the last bits.
        """
        names = [layer.name for layer in self._model.layers]
        first = min(names.index(name) for name in changed)
        if first and forward.are_one(*self._model.layers[first - 1 : first + 1]):
            first -= 1
        before = self._model.layers[:first]
        if not any(layer.weights for layer in before):
            return 0
        size = 4 * n_images * int(np.prod(before[-1].output.shape[1:]))
        return first if size <= self.kept_bytes else 0


def trace(function: Callable, signature: list[tf.TensorSpec]) -> Callable:
    """Trace a function, and have it optimized by running it on nothing: axes of any size are empty.

    One trace, since to find it at every call would take longer than a small epoch.
    """
    traced = tf.function(function, signature, autograph=False).get_concrete_function()
    traced(*(tf.zeros([size or 0 for size in spec.shape], spec.dtype) for spec in signature))
    return traced


def _in_batches(
    network_layers: list[keras.Layer], gives_logits: bool, inputs: tf.Tensor
) -> tf.Tensor:
    """Apply layers in inference mode to batch after batch, within one traced call."""
    steps = forward.inference(network_layers, gives_logits)
    n = tf.shape(inputs)[0]
    outputs = tf.TensorArray(
        tf.float32,
        (n + SCORING_BATCH - 1) // SCORING_BATCH,
        infer_shape=False,
        element_shape=network_layers[-1].output.shape,
    )

    def body(start, outputs):
        batch = inputs[start : start + SCORING_BATCH]
        outputs = outputs.write(start // SCORING_BATCH, forward.run(steps, batch))
        return start + SCORING_BATCH, outputs

    _, outputs = tf.while_loop(
        lambda start, _: start < n, body, (0, outputs), parallel_iterations=1
    )
    return outputs.concat()


class _Scored(NamedTuple):
    """What frozen layers made of the images that were scored, and a digest of their weights."""

    weights: bytes
    features: dict[tuple[int, int], tuple[np.ndarray, tf.Tensor]]
