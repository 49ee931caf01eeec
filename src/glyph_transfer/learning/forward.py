"""The forward pass of a Sequential network, written out in TensorFlow's own operations.

Keras's layers are general: they run batch normalisation as a dozen small operations and
relu before pooling. Here both are single operations on less data (relu and adding a bias
commute with taking a maximum), which makes a training step faster; benchmarks/ says by how
much. The layers stay Keras's: their variables are used in place.
"""

import zlib
from collections.abc import Callable, Iterable

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.residual import Residual

layers = keras.layers
Step = Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]
"""From a layer's input and the seed of this pass to its output; without a seed, no dropout."""

PARAMETERLESS = (
    layers.Rescaling,
    layers.Reshape,
    layers.MaxPooling2D,
    layers.GlobalAveragePooling2D,
    layers.Flatten,
)


def steps(network_layers: Iterable[layers.Layer], learning: frozenset[str]) -> list[Step]:
    """Translate layers into functions from tensor to tensor, to be applied in order.

    A softmax at the end is left out: the last step gives logits.

    Args:
        network_layers: layers of a Sequential network, in order.
        learning: names of the layers that learn. Batch normalisation uses the statistics
            of the batch, and updates its moving averages, if it is among them.

    Raises:
        NotImplementedError: for a kind of layer that no network in `models` has.
    """
    result = []
    remaining = list(network_layers)
    while remaining:
        layer = remaining.pop(0)
        if isinstance(layer, layers.Conv2D):
            pool = remaining.pop(0) if _pools(remaining) else None
            result.append(_convolution(layer, pool))
        elif isinstance(layer, layers.BatchNormalization):
            result.append(_batch_normalization(layer, training=layer.name in learning))
        elif isinstance(layer, Residual):
            result.append(_residual(layer, training=layer.name in learning))
        elif isinstance(layer, layers.Dense):
            result.append(_dense(layer))
        elif isinstance(layer, layers.Dropout):
            result.append(_dropout(layer))
        elif isinstance(layer, PARAMETERLESS):
            result.append(_parameterless(layer))
        else:
            raise NotImplementedError(f"no forward pass for {type(layer).__name__} '{layer.name}'")
    return result


def run(network_steps: Iterable[Step], x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
    """Apply the steps in order.

    Args:
        network_steps: of `steps`.
        x: what the first of them takes.
        seed: int32 (2,), of this pass's dropout; None leaves dropout out, as inference does.
    """
    for step in network_steps:
        x = step(x, seed)
    return x


def before_batch_norms(
    layer: keras.Layer,
) -> list[tuple[layers.BatchNormalization, list[Step]]]:
    """List the batch norms of a layer with the steps that lead from its input to theirs.

    In an order in which none stands before another that its input hangs on; itself without
    steps where the layer is a batch norm, nothing where it has none.
    """
    if isinstance(layer, layers.BatchNormalization):
        return [(layer, [])]
    if isinstance(layer, Residual):
        inside, beside = _branches(layer, training=False)
        return [
            (layer.bn_1, inside[:1]),
            (layer.bn_2, inside[:-1]),
            (layer.projection_bn, beside[:-1]),
        ]
    return []


def _pools(following: list[layers.Layer]) -> bool:
    return bool(following) and isinstance(following[0], layers.MaxPooling2D)


def _activation(layer: layers.Layer) -> Step:
    known = {keras.activations.relu: tf.nn.relu, keras.activations.linear: tf.identity}
    if layer.activation not in known:
        raise NotImplementedError(f"no forward pass for the activation of '{layer.name}'")
    return known[layer.activation]


def _convolution(layer: layers.Conv2D, pool: layers.MaxPooling2D | None) -> Step:
    activation = _activation(layer)

    def step(x, _):
        x = tf.nn.conv2d(x, layer.kernel.value, layer.strides, layer.padding.upper())
        if pool is not None:
            x = tf.nn.max_pool2d(x, pool.pool_size, pool.strides, pool.padding.upper())
        return activation(tf.nn.bias_add(x, layer.bias.value) if layer.use_bias else x)

    return step


def _batch_normalization(layer: layers.BatchNormalization, training: bool) -> Step:
    mean, variance = layer.moving_mean.value, layer.moving_variance.value

    def step(x, _):
        flat = x.shape.rank == 2  # the operation wants images
        normalized, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x[:, None, None, :] if flat else x,
            scale=layer.gamma.value,
            offset=layer.beta.value,
            mean=mean,
            variance=variance,
            epsilon=layer.epsilon,
            is_training=training,
        )
        if training:
            size = tf.cast(tf.size(x) / tf.size(mean), tf.float32)
            # the operation gives the unbiased variance, Keras keeps the biased one
            biased = batch_variance * (size - 1) / size
            mean.assign_sub((mean - batch_mean) * (1 - layer.momentum))
            variance.assign_sub((variance - biased) * (1 - layer.momentum))
        return normalized[:, 0, 0, :] if flat else normalized

    return step


def _residual(layer: Residual, training: bool) -> Step:
    inside, beside = _branches(layer, training)
    return lambda x, _: tf.nn.relu(run(inside, x) + run(beside, x))


def _branches(layer: Residual, training: bool) -> tuple[list[Step], list[Step]]:
    """The two branches of a block: the convolutions, and the projection."""
    inside = [
        _convolution(layer.conv_1, None),
        _batch_normalization(layer.bn_1, training),
        lambda x, _: tf.nn.relu(x),
        _convolution(layer.conv_2, None),
        _batch_normalization(layer.bn_2, training),
    ]
    beside = [
        _convolution(layer.projection, None),
        _batch_normalization(layer.projection_bn, training),
    ]
    return inside, beside


def _dense(layer: layers.Dense) -> Step:
    softmax = layer.activation is keras.activations.softmax
    activation = tf.identity if softmax else _activation(layer)

    def step(x, _):
        return activation(tf.matmul(x, layer.kernel.value) + layer.bias.value)

    return step


def _dropout(layer: layers.Dropout) -> Step:
    """Drop by one random byte a value: to draw floats for it costs more than a dense layer.

    The rate is that of the layer to 1/256, exact for 0.25 and 0.5.
    """
    # by name, not by place: the masks are the same where the layers before are not run
    stream = zlib.crc32(layer.name.encode()) >> 2
    dropped = round(256 * layer.rate)
    scale = 256 / (256 - dropped)

    def step(x, seed):
        if seed is None:
            return x
        n = tf.size(x)
        words = tf.random.stateless_uniform(
            [(n + 3) // 4], seed + (stream, 0), minval=None, maxval=None, dtype=tf.uint32
        )
        random = tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:n]
        kept = tf.reshape(random, tf.shape(x)) >= dropped
        return x * (tf.cast(kept, tf.float32) * scale)

    return step


def _parameterless(layer: layers.Layer) -> Step:
    if isinstance(layer, layers.Rescaling):
        return lambda x, _: tf.cast(x, tf.float32) * layer.scale + layer.offset
    if isinstance(layer, layers.MaxPooling2D):
        return lambda x, _: tf.nn.max_pool2d(
            x, layer.pool_size, layer.strides, layer.padding.upper()
        )
    if isinstance(layer, layers.GlobalAveragePooling2D):
        return lambda x, _: tf.reduce_mean(x, (1, 2))
    shape = (-1, *layer.target_shape) if isinstance(layer, layers.Reshape) else None
    if shape is None:
        return lambda x, _: tf.reshape(x, (-1, x.shape[1:].num_elements()))
    return lambda x, _: tf.reshape(x, shape)
