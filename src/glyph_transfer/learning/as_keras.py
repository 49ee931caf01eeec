"""Layers that are run as Keras runs them, within a traced epoch."""

from collections.abc import Iterator
from contextlib import contextmanager

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.batch_normalization import Shards
from glyph_transfer.learning.dropout import stream


class AsKeras:
    """A step that calls a layer on the whole batch, as `fit` would.

    With a seed, the layer is trained: it uses the statistics of the batch and moves its state if
    it learns, and drops whether it learns or not. Without, it infers.

    Args:
        layer: of any kind.
        learns: whether it does; else it is run as one with `trainable=False`.
        gives_logits: whether its softmax, if that is its activation, is left out.

    Attributes:
        losses: of its last call, scalars that Keras adds to the loss: of penalised weights that
            learn, and of penalised outputs.
    """

    def __init__(self, layer: keras.Layer, learns: bool, gives_logits: bool):
        self.losses: list[tf.Tensor] = []
        self._layer, self._learns = layer, learns
        is_softmax = getattr(layer, "activation", None) is keras.activations.softmax
        self._leaves_softmax_out = gives_logits and is_softmax

    def __call__(self, shards: Shards, seed: tf.Tensor | None) -> Shards:
        """Run the layer; the seed is int32 (2,), of this pass."""
        x = tf.concat(shards, 0) if len(shards) > 1 else shards[0]
        if seed is not None:
            self._set_seeds(seed)
        with self._set_up():
            y = self._layer(x, training=seed is not None)
            self.losses = self._layer.losses if seed is not None else []
        return tf.split(y, [tf.shape(x)[0] for x in shards]) if len(shards) > 1 else [y]

    def _set_seeds(self, seed: tf.Tensor) -> None:
        """Start every random stream of the layer where the pass, and nothing else, says."""
        for number, state in enumerate(random_states(self._layer)):
            own = seed + (stream(f"{self._layer.name}/{number}"), 0)
            start = tf.random.stateless_uniform((2,), own, None, None, tf.int32)
            state.assign(tf.cast(start, state.value.dtype))

    @contextmanager
    def _set_up(self) -> Iterator[None]:
        """Have the layer and all within it learn or not, while the block runs."""
        were = [(each, each.trainable) for each in self._layer._flatten_layers()]
        if not self._learns:
            self._layer.trainable = False
        if self._leaves_softmax_out:
            self._layer.activation = keras.activations.linear
        try:
            yield
        finally:
            if self._leaves_softmax_out:
                self._layer.activation = keras.activations.softmax
            for each, trainable in were:
                each.trainable = trainable


def random_states(layer: keras.Layer) -> list[keras.Variable]:
    """List the states of the random streams that a layer, or one within it, draws from."""
    weights = {id(weight) for weight in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights]
