"""Training and scoring in traced loops that every replicate of a cell shares.

`keras.Model.fit` is built for one long training. A study is thousands of short ones, so
here an epoch is one traced call, the network stays as Keras built it, and only its
weights are set anew.
"""

import hashlib
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.learning import forward
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.optimizers import OPTIMIZERS

SCORING_BATCH = 100
"""Images that one operation scores."""

ROWS = 2000
"""Images that one traced call scores, and rows of features that are read from a file at once."""


class Trainer:
    """One network with traced training and scoring.

    Args:
        model: a Sequential network of the layers that `forward` knows, softmax last.
        feature_cache_mb: the most memory that the features of one set of images, those that
            frozen layers give, may take. More than that is kept in a temporary file for
            training, and computed anew for scoring. The results are the same bits.
        n_shards: parts into which every batch is divided for training, to use as many cores;
            none is where the last batch would have fewer images. Results with other numbers of
            shards differ by rounding.
    """

    def __init__(self, model: keras.Sequential, feature_cache_mb: int = 2000, n_shards: int = 1):
        self.model = model
        self._n_shards = n_shards
        self._kept_bytes = 1_000_000 * feature_cache_mb
        self._loops: dict[tuple, _TrainingLoop] = {}
        self._forward: dict[tuple[int, int], Callable] = {}
        self._scored = _Scored(b"", {})

    def train(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        orders: Iterable[np.ndarray],
        *,
        trainable: Sequence[str],
        batch_size: int,
        learning_rate: float,
        optimizer: str = "adam",
        decay: float = 0.0,
        seed: int = 0,
    ) -> Iterator[tuple[float, float]]:
        """Train the layers named in `trainable` from fresh optimizer state.

        Layers before the first that learns are computed once for all images, not once an
        epoch; a frozen batch normalisation runs on its moving averages.

        Args:
            images: uint8 (n, 28, 28).
            labels: integers (n,).
            orders: int32 (n,) for each epoch, a permutation of 0..n-1. The last batch of
                an epoch is smaller where batch_size does not divide n.
            decay: the rate of step t, from 0, is learning_rate / (1 + decay * t).
            optimizer: a name in `OPTIMIZERS`.
            seed: of dropout.

        Raises:
            InputError: where the loss is not finite any more.

        Yields:
            After each epoch, loss (nats) and accuracy (0 to 1) on the training images, as
            the weights moved.
        """
        loop = self._loop(trainable, optimizer, len(images), batch_size)
        loop.reset()
        # as tensors: a Python number would be traced anew for every value
        how = (
            tf.constant(batch_size),
            tf.constant(learning_rate, tf.float32),
            tf.constant(decay, tf.float32),
            tf.constant(seed),
        )
        labels, nothing = tf.constant(labels, tf.int32), tf.zeros(2)
        with self._kept(images, loop.n_frozen) as inputs:
            for order in orders:
                sums = nothing
                for part in _parts(inputs, labels, order, batch_size):
                    sums = loop.epoch(*part, *how, sums)
                loss, correct = (float(value) / len(images) for value in sums.numpy())
                if not math.isfinite(loss):
                    raise InputError(
                        f"the training of {self.model.name} has diverged: its loss is {loss} after "
                        "an epoch. A lower learning_rate in params.yaml may help."
                    )
                yield loss, correct

    def prepare(
        self, trainable: Sequence[str], optimizer: str, n_images: int, batch_size: int
    ) -> None:
        """Trace and optimize what `train` will run, so that it has training alone to do.

        Args:
            trainable, optimizer, batch_size: that it will be given.
            n_images: how many it will be given.
        """
        loop = self._loop(trainable, optimizer, n_images, batch_size)
        if loop.n_frozen:
            self._traced(0, loop.n_frozen)

    @contextmanager
    def _kept(self, images: np.ndarray, n_layers: int) -> Iterator[tf.Tensor | np.memmap]:
        """Give `features`, in a file while the block runs if they are large."""
        shape = (len(images), *self.model.layers[n_layers - 1].output.shape[1:])
        if n_layers == 0 or 4 * np.prod(shape) <= self._kept_bytes:
            yield self.features(images, n_layers)
            return
        with tempfile.TemporaryFile() as file:
            kept = np.memmap(file, np.float32, "w+", shape=shape)
            start = 0
            for rows in self._rows(images, n_layers):
                kept[start : start + len(rows)] = rows
                start += len(rows)
            yield kept

    def features(self, images: np.ndarray, n_layers: int) -> tf.Tensor:
        """Compute the output of the first `n_layers` layers, in inference mode.

        Args:
            images: uint8 (n, 28, 28).
            n_layers: 0 gives the images as they are.

        Returns:
            float32 (n, ...), in the shape of the last of these layers' output.
        """
        if n_layers == 0:
            return tf.constant(images)
        return tf.concat(list(self._rows(images, n_layers)), axis=0)

    def predict(self, images: np.ndarray, changed: Sequence[str] | None = None) -> np.ndarray:
        """Compute class probabilities, float32 (n, n_classes), of uint8 (n, 28, 28).

        Args:
            images: to score.
            changed: layers that differ from one call with these images to the next, all if
                None. What the layers before them give is kept, until one of these has
                other weights after all.
        """
        if not len(images):
            return np.zeros((0, self.model.layers[-1].output.shape[-1]), np.float32)
        inputs, first = images, 0
        if changed is not None:
            first = self._layers_before(changed, len(images))
            inputs = self._features_kept(images, first)
        logits = tf.concat(list(self._rows(inputs, len(self.model.layers), first)), axis=0)
        return tf.nn.softmax(logits).numpy()

    def _layers_before(self, changed: Sequence[str], n_images: int) -> int:
        """Number of layers before the first in `changed`; 0 where keeping them is no use.

        Layers that are scored as one are not divided, for that would change the last bits.
        """
        names = [layer.name for layer in self.model.layers]
        first = min(names.index(name) for name in changed)
        if first and forward.are_one(*self.model.layers[first - 1 : first + 1]):
            first -= 1
        before = self.model.layers[:first]
        if not any(layer.weights for layer in before):
            return 0
        size = 4 * n_images * int(np.prod(before[-1].output.shape[1:]))
        return first if size <= self._kept_bytes else 0

    def _features_kept(self, images: np.ndarray, n_layers: int) -> tf.Tensor | np.ndarray:
        if n_layers == 0:
            return images
        weights = hashlib.sha256()
        for layer in self.model.layers[:n_layers]:
            for array in layer.get_weights():
                weights.update(np.ascontiguousarray(array))
        if self._scored.weights != weights.digest():
            self._scored = _Scored(weights.digest(), {})
        key = id(images), n_layers
        if key not in self._scored.features:
            # the images too, so that no others can come to have their id
            self._scored.features[key] = images, self.features(images, n_layers)
        return self._scored.features[key][1]

    def reestimate_batch_norm(self, images: np.ndarray) -> None:
        """Set the statistics of every batch normalisation to those of uint8 (n, 28, 28).

        In the order of the layers, each on what the layers before it now give.
        """
        for number, layer in enumerate(self.model.layers):
            batch_norms = forward.before_batch_norms(layer)
            features = self.features(images, number) if batch_norms else None
            for batch_norm, steps in batch_norms:
                inputs = forward.run(steps, features)
                mean, variance = tf.nn.moments(inputs, list(range(len(inputs.shape) - 1)))
                batch_norm.moving_mean.assign(mean)
                batch_norm.moving_variance.assign(variance)

    def _rows(
        self, inputs: np.ndarray | tf.Tensor, last: int, first: int = 0
    ) -> Iterator[tf.Tensor]:
        """Apply the layers from `first` up to before `last` to so many inputs at a time."""
        function = self._traced(first, last)
        for start in range(0, len(inputs), ROWS):
            yield function(tf.constant(inputs[start : start + ROWS]))

    def _traced(self, first: int, last: int) -> Callable[[tf.Tensor], tf.Tensor]:
        if (first, last) not in self._forward:
            given = self.model.layers[first - 1].output if first else self.model.inputs[0]
            network = partial(_in_batches, self.model.layers[first:last])
            self._forward[first, last] = _trace(network, [tf.TensorSpec(given.shape, given.dtype)])
        return self._forward[first, last]

    def _loop(
        self, trainable: Sequence[str], optimizer: str, n_images: int, batch_size: int
    ) -> "_TrainingLoop":
        last_batch = n_images % batch_size or batch_size
        n_shards = self._n_shards if last_batch >= self._n_shards else 1
        how = tuple(trainable), optimizer, n_shards
        if how not in self._loops:
            self._loops[how] = _TrainingLoop(self.model, *how)
        return self._loops[how]


def _trace(function: Callable, signature: list[tf.TensorSpec]) -> Callable:
    """Trace a function, and have it optimized by running it on nothing: axes of any size are empty.

    One trace, since to find it at every call would take longer than a small epoch.
    """
    traced = tf.function(function, signature, autograph=False).get_concrete_function()
    traced(*(tf.zeros([size or 0 for size in spec.shape], spec.dtype) for spec in signature))
    return traced


def _in_batches(network_layers: list[keras.Layer], inputs: tf.Tensor) -> tf.Tensor:
    """Apply layers in inference mode to batch after batch, within one traced call."""
    steps = forward.inference(network_layers)
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


class _TrainingLoop:
    """A traced epoch for one choice of trainable layers, with the optimizer's state."""

    def __init__(
        self, model: keras.Sequential, trainable: tuple[str, ...], optimizer: str, n_shards: int
    ):
        learning = [model.get_layer(name) for name in trainable]
        self.variables = [v.value for layer in learning for v in layer.trainable_variables]
        self.n_frozen = count_frozen(model.layers, trainable)
        self._steps = forward.steps(model.layers[self.n_frozen :], frozenset(trainable))
        self._n_shards = n_shards
        self._optimizer = OPTIMIZERS[optimizer](self.variables)
        self._steps_done = tf.Variable(0, trainable=False)
        self.epoch = _trace(self._epoch, self._signature(model))

    def _signature(self, model: keras.Sequential) -> list[tf.TensorSpec]:
        """Arguments of `_epoch`, for any number of images, so that it is traced once."""
        frozen = model.layers[self.n_frozen - 1].output if self.n_frozen else model.inputs[0]
        return [
            tf.TensorSpec(frozen.shape, frozen.dtype),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((), tf.float32),
            tf.TensorSpec((), tf.float32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((2,), tf.float32),
        ]

    def reset(self) -> None:
        """Forget the optimizer's state."""
        self._optimizer.reset()
        self._steps_done.assign(0)

    def _epoch(self, inputs, labels, order, batch_size, learning_rate, decay, seed, sums):
        """One pass in the given order: `sums` with the losses and the number right added.

        The loss is not finite where a weight is not, which relu of oneDNN could hide: it makes
        zeros of what is not a number.
        """
        n = tf.shape(order)[0]

        def body(start, loss, correct):
            batch = order[start : start + batch_size]
            done = self._steps_done.read_value()
            rate = learning_rate / (1 + decay * tf.cast(done, tf.float32))
            added = self._step(
                tf.gather(inputs, batch),
                tf.gather(labels, batch),
                rate,
                tf.stack((seed, done)),
            )
            self._steps_done.assign_add(1)
            return start + batch_size, loss + added[0], correct + added[1]

        _, loss, correct = tf.while_loop(lambda start, *_: start < n, body, (0, *tf.unstack(sums)))
        weights = tf.add_n([tf.reduce_sum(variable) for variable in self.variables])
        return tf.stack((loss + 0 * weights, correct))

    def _step(self, inputs, labels, learning_rate, seed):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            logits = forward.run(self._steps, inputs, seed, self._n_shards)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        self._optimizer.apply(tape.gradient(loss, self.variables), learning_rate)
        right = tf.equal(tf.argmax(logits, 1, tf.int32), labels)
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.float32))


def _parts(
    inputs: tf.Tensor | np.memmap, labels: tf.Tensor, order: np.ndarray, batch_size: int
) -> Iterator[tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """Inputs, labels and order of an epoch: in one, or whole batches of a file at a time."""
    if isinstance(inputs, tf.Tensor):
        yield inputs, labels, tf.constant(order, tf.int32)
        return
    step = batch_size * max(1, ROWS // batch_size)
    for start in range(0, len(order), step):
        rows = order[start : start + step]
        yield tf.constant(inputs[rows]), tf.gather(labels, rows), tf.range(len(rows))


def count_frozen(network_layers: list[keras.Layer], trainable: Sequence[str]) -> int:
    """Number of layers before the first that learns or drops; 0 if none has weights.

    Without weights there is nothing worth keeping: uint8 images are smaller than what
    scaling makes of them.
    """
    names = [layer.name for layer in network_layers]
    dropouts = [x.name for x in network_layers if isinstance(x, keras.layers.Dropout)]
    first = min(names.index(name) for name in (*trainable, *dropouts))
    return first if any(layer.weights for layer in network_layers[:first]) else 0
