"""The forward pass of a Sequential network, written out in TensorFlow's own operations.

Keras's layers are general: they run batch normalisation as a dozen small operations and
relu before pooling. Here both are single operations on less data (relu and adding a bias
commute with taking a maximum), which makes a training step faster; benchmarks/ says by how
much. Inference has a form of its own. The layers stay Keras's: their variables are used in
place.
"""

import zlib
from collections.abc import Callable, Iterable

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.batch_norm import (
    Shards,
    Statistics,
    normalize,
    normalize_by_batch,
)
from glyph_transfer.learning.residual import Residual

layers = keras.layers
Step = Callable[[Shards, tf.Tensor | None], Shards]
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


def inference(network_layers: Iterable[layers.Layer]) -> list[Step]:
    """Translate layers as `steps` does where none learns, in the form that is fastest to score.

    What hangs on the weights alone is computed by this call, once for all batches. Pooling
    comes last, since TensorFlow makes one operation of a convolution, its bias and its relu.

    Args:
        network_layers: layers of a Sequential network, in order.
    """
    result = []
    remaining = list(network_layers)
    while remaining:
        layer = remaining.pop(0)
        if remaining and are_one(layer, remaining[0]):
            result.append(_convolution_of_normalized(layer, remaining.pop(0)))
        else:
            result += steps([layer], frozenset())
    return result


def are_one(layer: layers.Layer, following: layers.Layer) -> bool:
    """Whether `inference` makes one step of two layers."""
    return isinstance(layer, layers.BatchNormalization) and isinstance(following, layers.Conv2D)


def run(
    network_steps: Iterable[Step],
    x: tf.Tensor,
    seed: tf.Tensor | None = None,
    n_shards: int = 1,
) -> tf.Tensor:
    """Apply the steps in order.

    Args:
        network_steps: of `steps`.
        x: what the first of them takes.
        seed: int32 (2,), of this pass's dropout; None leaves dropout out, as inference does.
        n_shards: parts into which the batch is divided, so that TensorFlow can compute them
            side by side. Results differ by rounding alone.
    """
    shards = _run(network_steps, _split(x, n_shards), seed)
    return tf.concat(shards, 0) if n_shards > 1 else shards[0]


def _run(network_steps: Iterable[Step], shards: Shards, seed: tf.Tensor | None = None) -> Shards:
    for step in network_steps:
        shards = step(shards, seed)
    return shards


def _split(x: tf.Tensor, n_shards: int) -> Shards:
    """Divide along the first axis, as evenly as it goes."""
    if n_shards == 1:
        return [x]
    ends = tf.shape(x)[0] * tf.range(1, n_shards + 1) // n_shards
    return tf.split(x, tf.concat((ends[:1], ends[1:] - ends[:-1]), 0), num=n_shards)


def _each(function: Callable[[tf.Tensor], tf.Tensor]) -> Step:
    """Give the step that applies a function to every shard by itself."""
    return lambda shards, _: [function(shard) for shard in shards]


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

    def function(x):
        x = tf.nn.conv2d(x, layer.kernel.value, layer.strides, layer.padding.upper())
        if pool is not None:
            x = tf.nn.max_pool2d(x, pool.pool_size, pool.strides, pool.padding.upper())
        return activation(tf.nn.bias_add(x, layer.bias.value) if layer.use_bias else x)

    return _each(function)


def _batch_normalization(layer: layers.BatchNormalization, training: bool) -> Step:
    scale, offset, epsilon = layer.gamma.value, layer.beta.value, layer.epsilon
    moving = Statistics(layer.moving_mean.value, layer.moving_variance.value)

    def step(shards, _):
        flat = shards[0].shape.rank == 2  # the operations want images
        if flat:
            shards = [x[:, None, None, :] for x in shards]
        if training:
            shards, found = normalize_by_batch(shards, scale, offset, epsilon)
            for average, value in zip(moving, found, strict=True):
                average.assign_sub((average - value) * (1 - layer.momentum))
        else:
            shards = normalize(shards, scale, offset, moving, epsilon)
        return [x[:, 0, 0, :] for x in shards] if flat else shards

    return step


def _convolution_of_normalized(before: layers.BatchNormalization, layer: layers.Conv2D) -> Step:
    """A convolution of what a batch norm gives on its moving averages, as one convolution.

    The norm's scale goes into the kernel. Its offset adds what the convolution makes of an image
    that is the offset everywhere: less at a border that is padded with zeros.
    """
    activation, options = _activation(layer), (layer.strides, layer.padding.upper())
    scale = before.gamma.value * tf.math.rsqrt(before.moving_variance.value + before.epsilon)
    offset = before.beta.value - scale * before.moving_mean.value
    everywhere = tf.broadcast_to(offset, (1, *before.output.shape[1:]))
    added = tf.nn.conv2d(everywhere, layer.kernel.value, *options)
    if layer.use_bias:
        added += layer.bias.value
    kernel = layer.kernel.value * scale[:, None]
    return _each(lambda x: activation(tf.nn.conv2d(x, kernel, *options) + added))


def _residual(layer: Residual, training: bool) -> Step:
    inside, beside = _branches(layer, training)

    def step(shards, _):
        branches = zip(_run(inside, shards), _run(beside, shards), strict=True)
        return [tf.nn.relu(a + b) for a, b in branches]

    return step


def _branches(layer: Residual, training: bool) -> tuple[list[Step], list[Step]]:
    """The two branches of a block: the convolutions, and the projection."""
    inside = [
        _convolution(layer.conv_1, None),
        _batch_normalization(layer.bn_1, training),
        _each(tf.nn.relu),
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

    return _each(lambda x: activation(tf.matmul(x, layer.kernel.value) + layer.bias.value))


def _dropout(layer: layers.Dropout) -> Step:
    """Drop by as few random bits a value as the rate needs: they are what dropping costs.

    The rate is that of the layer to 1/256, exact for 0.25 and 0.5.
    """
    # by name, not by place: the masks are the same where the layers before are not run
    stream = zlib.crc32(layer.name.encode()) >> 2
    dropped = round(256 * layer.rate)
    scale = 256 / (256 - dropped)

    def step(shards, seed):
        if seed is None:
            return shards
        sizes = [tf.size(x) for x in shards]
        masks = tf.split(_mask(tf.add_n(sizes), dropped, seed + (stream, 0)), sizes)
        return [
            x * (tf.cast(tf.reshape(mask, tf.shape(x)), tf.float32) * scale)
            for x, mask in zip(shards, masks, strict=True)
        ]

    return step


def _mask(n: tf.Tensor, dropped: int, seed: tf.Tensor) -> tf.Tensor:
    """Draw n booleans, of which on average `dropped` in 256 are false.

    A random byte is compared for its highest bits, then, doubled without a carry until the next
    ones are the highest, for those.
    """
    bits = next(bits for bits in (1, 2, 4, 8) if dropped % (256 >> bits) == 0)
    words = tf.random.stateless_uniform(
        [(n * bits + 31) // 32], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    random = tf.reshape(tf.bitcast(words, tf.uint8), [-1])
    kept = [random * 2**place >= dropped for place in range(0, 8, bits)]
    return tf.concat(kept, 0)[:n]


def _parameterless(layer: layers.Layer) -> Step:
    if isinstance(layer, layers.Rescaling):
        return _each(lambda x: tf.cast(x, tf.float32) * layer.scale + layer.offset)
    if isinstance(layer, layers.MaxPooling2D):
        padding = layer.padding.upper()
        return _each(lambda x: tf.nn.max_pool2d(x, layer.pool_size, layer.strides, padding))
    if isinstance(layer, layers.GlobalAveragePooling2D):
        return _each(lambda x: tf.reduce_mean(x, (1, 2)))
    if isinstance(layer, layers.Flatten):
        return _each(lambda x: tf.reshape(x, (-1, x.shape[1:].num_elements())))
    return _each(lambda x: tf.reshape(x, (-1, *layer.target_shape)))
