"""Training and scoring in traced loops that every replicate of a cell shares.

`keras.Model.fit` is built for one long training. A study is thousands of short ones, so
here an epoch is one traced call, the network stays as Keras built it, and only its
weights are set anew.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.learning import forward
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.features import Features
from glyph_transfer.learning.loop import Schedule, TrainingLoop, parts


class Trainer:
    """One network with traced training and scoring.

    Args:
        model: a Sequential network, softmax last.
        feature_cache_mb: the most memory that the features of one set of images, those that
            frozen layers give, may take. More than that is kept in a temporary file for
            training, and computed anew for scoring. The results are the same bits.
        n_shards: parts into which every batch is divided for training, to use as many cores;
            none is where the last batch would have fewer images. Results with other numbers of
            shards differ by rounding.

    Attributes:
        features: of the network's layers.
    """

    def __init__(self, model: keras.Sequential, feature_cache_mb: int = 2000, n_shards: int = 1):
        self.model = model
        self.features = Features(model, 1_000_000 * feature_cache_mb)
        self._n_shards = n_shards
        self._loops: dict[tuple, TrainingLoop] = {}

    def train(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        orders: Iterable[np.ndarray],
        schedule: Schedule,
    ) -> Iterator[tuple[float, float]]:
        """Train the layers that `schedule` names from fresh optimizer state.

        Layers before the first that learns are computed once for all images, not once an
        epoch; a frozen batch normalisation runs on its moving averages.

        Args:
            images: uint8 (n, 28, 28).
            labels: integers (n,).
            orders: int32 (n,) for each epoch, a permutation of 0..n-1.
            schedule: which layers learn, and how.

        Raises:
            InputError: where the loss is not finite any more.

        Yields:
            After each epoch, cross-entropy (nats) and accuracy (0 to 1) on the training
            images, as the weights moved.
        """
        loop = self._loop(schedule, len(images))
        loop.reset()
        # as tensors: a Python number would be traced anew for every value
        numbers = tf.constant((schedule.batch_size, schedule.seed))
        rates = (schedule.learning_rate, schedule.decay, schedule.one_cycle_steps)
        rates = tf.constant(rates, tf.float32)
        labels, nothing = tf.constant(labels, tf.int32), tf.zeros(2)
        with self.features.for_training(images, loop.n_frozen) as inputs:
            for order in orders:
                sums = nothing
                for part in parts(inputs, labels, order, schedule.batch_size):
                    sums = loop.epoch(*part, numbers, rates, sums)
                loss, correct = (float(value) / len(images) for value in sums.numpy())
                if not math.isfinite(loss):
                    raise InputError(
                        f"the training of {self.model.name} has diverged: its loss is {loss} after "
                        "an epoch. A lower learning_rate in params.yaml may help."
                    )
                yield loss, correct

    def prepare(self, schedule: Schedule, n_images: int) -> None:
        """Trace and optimize what `train` will run, so that it has training alone to do.

        Args:
            schedule: that it will be given.
            n_images: how many it will be given.
        """
        loop = self._loop(schedule, n_images)
        if loop.n_frozen:
            self.features.prepare(loop.n_frozen)

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
            inputs, first = self.features.for_scoring(images, changed)
        rows = self.features.rows(inputs, len(self.model.layers), first)
        return tf.nn.softmax(tf.concat(list(rows), axis=0)).numpy()

    def reestimate_batch_norm(self, images: np.ndarray) -> None:
        """Set the statistics of every batch normalisation to those of uint8 (n, 28, 28).

        In the order of the layers, each on what the layers before it now give.

        Raises:
            InputError: where a batch normalisation is within a layer that only Keras can run.
        """
        for number, layer in enumerate(self.model.layers):
            batch_norms = forward.before_batch_norms(layer)
            features = self.features.of(images, number) if batch_norms else None
            for norm, steps in batch_norms:
                inputs = forward.run(steps, features)
                channels = range(len(inputs.shape))[norm.axis]
                axes = [axis for axis in range(len(inputs.shape)) if axis != channels]
                mean, variance = tf.nn.moments(inputs, axes)
                norm.moving_mean.assign(mean)
                norm.moving_variance.assign(variance)

    def _loop(self, schedule: Schedule, n_images: int) -> TrainingLoop:
        last_batch = n_images % schedule.batch_size or schedule.batch_size
        n_shards = self._n_shards if last_batch >= self._n_shards else 1
        changes = schedule.augmentation, schedule.log_shares, schedule.l2_sp
        how = tuple(schedule.trainable), schedule.optimizer, n_shards, *changes
        if how not in self._loops:
            self._loops[how] = TrainingLoop(self.model, schedule, n_shards)
        return self._loops[how]
