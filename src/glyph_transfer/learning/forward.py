"""The forward pass of a Sequential network, written out in TensorFlow's own operations.

Keras's layers are general: they run batch normalisation as a dozen small operations and
relu before pooling. Here both are single operations on less data (relu and adding a bias
commute with taking a maximum), which makes a training step faster; benchmarks/ says by how
much. Inference has a form of its own. The layers stay Keras's: their variables are used in
place, and a layer that is not known here is run by Keras itself.
"""

from collections.abc import Callable, Iterable

from glyph_transfer.errors import InputError
from glyph_transfer.learning.as_keras import AsKeras
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.batch_normalization import (
    Shards,
    Statistics,
    normalize,
    normalize_by_batch,
)
from glyph_transfer.learning.dropout import dropout
from glyph_transfer.learning.known import ACTIVATIONS, is_known
from glyph_transfer.learning.residual import Residual

layers = keras.layers
Step = Callable[[Shards, tf.Tensor | None], Shards]
"""From a layer's input and the seed of this pass to its output; without a seed, no dropout."""


def steps(
    network_layers: Iterable[layers.Layer], learning: frozenset[str], gives_logits: bool = True
) -> list[Step]:
    """Translate layers into functions from tensor to tensor, to be applied in order.

    Layers that `known` does not know are run by Keras.

    Args:
        network_layers: layers of a Sequential network, in order.
        learning: names of the layers that learn. Batch normalisation uses the statistics
            of the batch, and updates its moving averages, if it is among them.
        gives_logits: whether the softmax of the last of these layers is left out.
    """
    result = []
    remaining = list(network_layers)
    while remaining:
        layer = remaining.pop(0)
        learns, logits = layer.name in learning, gives_logits and not remaining
        if not is_known(layer):
            result.append(AsKeras(layer, learns, logits))
        elif isinstance(layer, layers.Conv2D):
            pool = remaining.pop(0) if _pools(remaining) else None
            result.append(_convolution(layer, pool))
        elif isinstance(layer, layers.BatchNormalization):
            result.append(_batch_normalization(layer, training=learns))
        elif isinstance(layer, Residual):
            result.append(_residual(layer, training=learns))
        elif isinstance(layer, layers.Dense):
            result.append(_dense(layer, logits))
        elif isinstance(layer, layers.Dropout):
            result.append(dropout(layer))
        else:
            result.append(_parameterless(layer))
    return result


def inference(network_layers: Iterable[layers.Layer], gives_logits: bool = True) -> list[Step]:
    """Translate layers as `steps` does where none learns, in the form that is fastest to score.

    What hangs on the weights alone is computed by this call, once for all batches. Pooling
    comes last, since TensorFlow makes one operation of a convolution, its bias and its relu.

    Args:
        network_layers: layers of a Sequential network, in order.
        gives_logits: whether the softmax of the last of them is left out.
    """
    result = []
    remaining = list(network_layers)
    while remaining:
        layer = remaining.pop(0)
        if remaining and are_one(layer, remaining[0]):
            result.append(_convolution_of_normalized(layer, remaining.pop(0)))
        else:
            result += steps([layer], frozenset(), gives_logits and not remaining)
    return result


def are_one(layer: layers.Layer, following: layers.Layer) -> bool:
    """Whether `inference` makes one step of two layers."""
    kinds = isinstance(layer, layers.BatchNormalization), isinstance(following, layers.Conv2D)
    return all(kinds) and is_known(layer) and is_known(following)


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

    Raises:
        InputError: where they are within a layer that only Keras can run.
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
    inner = layer._flatten_layers(include_self=False)
    if any(isinstance(each, layers.BatchNormalization) for each in inner):
        raise InputError(
            f"the statistics of the batch norms within the layer '{layer.name}' cannot be taken "
            "anew: `reestimate_batch_norm` knows those that stand in the network by themselves. "
            "Leave it out of the variant, or take the batch norms out of the layer."
        )
    return []


def _pools(following: list[layers.Layer]) -> bool:
    is_pool = bool(following) and isinstance(following[0], layers.MaxPooling2D)
    return is_pool and is_known(following[0])


def _convolution(layer: layers.Conv2D, pool: layers.MaxPooling2D | None) -> Step:
    activation = ACTIVATIONS[layer.activation]

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
            shards, statistics = normalize_by_batch(shards, scale, offset, epsilon)
            for average, value in zip(moving, statistics, strict=True):
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
    activation, options = ACTIVATIONS[layer.activation], (layer.strides, layer.padding.upper())
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


def _dense(layer: layers.Dense, gives_logits: bool) -> Step:
    softmax = layer.activation is keras.activations.softmax
    activation = tf.identity if softmax and gives_logits else ACTIVATIONS[layer.activation]

    def function(x):
        product = tf.matmul(x, layer.kernel.value)
        return activation(product + layer.bias.value if layer.use_bias else product)

    return _each(function)


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
