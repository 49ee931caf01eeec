"""An epoch of training as one traced call."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glyph_transfer.learning import forward
from glyph_transfer.learning.as_keras import AsKeras, random_states
from glyph_transfer.learning.augmentation import augment
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.features import ROWS, trace
from glyph_transfer.learning.optimizers import OPTIMIZERS
from glyph_transfer.protocol.augmentation import Augmentation


@dataclass(frozen=True)
class Schedule:
    """How layers are trained.

    Attributes:
        trainable: names of the layers that learn.
        batch_size: images in a step. The last batch of an epoch is smaller where it does not
            divide the number of images.
        learning_rate: of the first step.
        optimizer: a name in `OPTIMIZERS`.
        decay: the rate of step t, from 0, is learning_rate / (1 + decay * t).
        one_cycle_steps: over which the rate rises to `learning_rate` and falls to 0; 0 for none.
        augmentation: of the images of every batch.
        log_shares: logarithm of every class's share of the images, added to what the network gives
            while it is trained, which so learns as if all classes were equally frequent (Menon et
            al. 2021, "Long-tail learning via logit adjustment"); empty to learn them as they are.
        l2_sp: weight of half the squared distance of what learns from where it began, added to the
            loss (Li, Grandvalet and Davoine 2018, "Explicit inductive bias for transfer learning
            with convolutional networks").
        seed: of all that is dropped or drawn at random.
    """

    trainable: Sequence[str]
    batch_size: int
    learning_rate: float
    optimizer: str = "adam"
    decay: float = 0.0
    one_cycle_steps: int = 0
    augmentation: Augmentation | None = None
    log_shares: tuple[float, ...] = ()
    l2_sp: float = 0.0
    seed: int = 0


class TrainingLoop:
    """A traced epoch for one choice of trainable layers, with the optimizer's state.

    With an augmentation no layer's features are kept: every batch is of other images.

    Args:
        model: the network.
        schedule: of which rates, batch size and seed are given anew for every epoch.
        n_shards: parts of a batch.
    """

    def __init__(self, model: keras.Sequential, schedule: Schedule, n_shards: int):
        trainable = schedule.trainable
        learning = [model.get_layer(name) for name in trainable]
        self._learned = [v for layer in learning for v in layer.trainable_variables]
        self.variables = [variable.value for variable in self._learned]
        self._augmentation, self._log_shares = schedule.augmentation, schedule.log_shares
        self.n_frozen = 0 if schedule.augmentation else count_frozen(model.layers, trainable)
        self._steps = forward.steps(model.layers[self.n_frozen :], frozenset(trainable))
        self._n_shards = n_shards
        self._optimizer = OPTIMIZERS[schedule.optimizer](self.variables)
        self._l2_sp = schedule.l2_sp
        began = self.variables if self._l2_sp else []
        self._began = [tf.Variable(variable, trainable=False) for variable in began]
        self._steps_done = tf.Variable(0, trainable=False)
        self.epoch = trace(self._epoch, self._signature(model))

    def _signature(self, model: keras.Sequential) -> list[tf.TensorSpec]:
        """Arguments of `_epoch`, for any number of images, so that it is traced once."""
        frozen = model.layers[self.n_frozen - 1].output if self.n_frozen else model.inputs[0]
        return [
            tf.TensorSpec(frozen.shape, frozen.dtype),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((2,), tf.int32),
            tf.TensorSpec((3,), tf.float32),
            tf.TensorSpec((2,), tf.float32),
        ]

    def reset(self) -> None:
        """Forget the optimizer's state, and begin where the weights are now."""
        self._optimizer.reset()
        for began, variable in zip(self._began, self.variables, strict=False):
            began.assign(variable)
        self._steps_done.assign(0)

    def _epoch(self, inputs, labels, order, numbers, rates, sums):
        """One pass in the given order: `sums` with the losses and the number right added.

        `numbers` are the batch size and the seed, `rates` the learning rate, its decay and the
        steps of its one cycle, 0 for none.
        The loss is not finite where a weight is not, which relu of oneDNN could hide: it makes
        zeros of what is not a number.
        """
        n = tf.shape(order)[0]
        batch_size, seed = tf.unstack(numbers)

        def body(start, loss, correct):
            batch = order[start : start + batch_size]
            done = self._steps_done.read_value()
            rate = rate_of_step(tf.cast(done, tf.float32), rates)
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
        if self._augmentation:
            inputs = augment(inputs, self._augmentation, seed)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            logits = forward.run(self._steps, inputs, seed, self._n_shards)
            if self._log_shares:
                logits += tf.constant(self._log_shares)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
            if penalties := self._penalties():
                loss += tf.add_n(penalties)
        self._optimizer.apply(tape.gradient(loss, self.variables), learning_rate)
        for variable in self._learned:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))
        right = tf.equal(tf.argmax(logits, 1, tf.int32), labels)
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.float32))

    def _penalties(self) -> list[tf.Tensor]:
        """What is added to the loss: by layers in the pass that was run last, and by L2-SP."""
        as_keras = [step for step in self._steps if isinstance(step, AsKeras)]
        moved = [
            self._l2_sp / 2 * tf.reduce_sum(tf.math.squared_difference(variable, began))
            for variable, began in zip(self.variables, self._began, strict=False)
        ]
        return [*moved, *(loss for step in as_keras for loss in step.losses)]


WARMING_UP = 0.1
"""Share of the steps of one cycle in which the rate rises."""


def rate_of_step(step: tf.Tensor, rates: tf.Tensor) -> tf.Tensor:
    """Learning rate of a step, counted from 0.

    Args:
        step: float32, its number.
        rates: float32 (3,): the highest rate; its decay, by which it is divided by
            1 + decay * step; and the number of steps of one cycle, in which it rises along a line
            and falls along a cosine to 0 (Smith and Topin 2018, "Super-convergence"); 0 for none.
    """
    highest, decay, n_steps = tf.unstack(rates)
    rising = (step + 1) / (WARMING_UP * n_steps + 1)
    falling = 0.5 + 0.5 * tf.cos(math.pi * (step / n_steps - WARMING_UP) / (1 - WARMING_UP))
    of_cycle = tf.where(step < WARMING_UP * n_steps, rising, falling)
    return highest / (1 + decay * step) * tf.where(n_steps > 0, of_cycle, 1.0)


def parts(
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
    """Number of layers before the first that learns or draws at random; 0 if none has weights.

    Without weights there is nothing worth keeping: uint8 images are smaller than what
    scaling makes of them.
    """
    names = [layer.name for layer in network_layers]
    random = [x.name for x in network_layers if _is_random(x)]
    first = min(names.index(name) for name in (*trainable, *random))
    return first if any(layer.weights for layer in network_layers[:first]) else 0


def _is_random(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Dropout) or bool(random_states(layer))
