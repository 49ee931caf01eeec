"""A network for one's own images as one TensorFlow Lite file: prepared images in, classes out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from glyph_transfer.experiments.frozen import ends_of
from glyph_transfer.files import replacing, write_json
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import silence
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.heads.head import SHARPNESS, Head, Votes
from glyph_transfer.learning.heads.prepared import TINY
from glyph_transfer.own.predicting import Network


def export(network: Network, path: Path) -> list[Path]:
    """Write a network, and its card with the classes in their order beside it; give both.

    The file takes uint8 (n, 28, 28), prepared as the card says, and gives float32 (n, n_classes):
    what `Network.probabilities` does but for rounding. Heads, and the copies over which answers
    are averaged, are in it; the preparation of pictures is not.
    """
    network.copies(tf.zeros((0, SIZE, SIZE), tf.uint8))  # draws their changes before it is traced
    taken = tf.TensorSpec((None, SIZE, SIZE), tf.uint8, "images")
    function = tf.function(function_of(network), [taken], autograph=False)
    # a module of TensorFlow's does not see the variables in Keras's layers, and what it does not
    # see is no constant in the file, but something that the file lacks
    module = tf.Module()
    module.weights = [variable.value for variable in network.layers.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], module
    )
    with silence():
        content = converter.convert()
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    card = path.with_suffix(".json")
    write_json(card, network.card.model_dump(mode="json"))
    return [path, card]


def function_of(network: Network) -> Callable[[tf.Tensor], tf.Tensor]:
    """Give what a network does, in TensorFlow's operations alone."""
    classify = _classifier(network)

    def probabilities(images: tf.Tensor) -> tf.Tensor:
        given = [classify(each) for each in (images, *network.copies(images))]
        return tf.add_n(given) / len(given)

    return probabilities


def _classifier(network: Network) -> Callable[[tf.Tensor], tf.Tensor]:
    layers, head = network.layers, network.head
    if head is None:
        return lambda images: layers(images, training=False)
    ends = ends_of(layers, network.card.features)
    features = keras.Model(layers.inputs, [layers.layers[end - 1].output for end in ends])

    def classify(images: tf.Tensor) -> tf.Tensor:
        given = tf.nest.flatten(features(images, training=False))
        flat = [tf.reshape(each, (-1, int(np.prod(each.shape[1:])))) for each in given]
        return _solve(head, _prepare(head, tf.concat(flat, 1)))

    return classify


def _prepare(head: Head, features: tf.Tensor) -> tf.Tensor:
    """Do what `Preparation.of` does, in 32 bits."""
    how = head.preparation
    centre = tf.constant(how.centre, tf.float32)
    if how.to_unit_length:
        return _of_unit_length(_of_unit_length(features) - centre)
    return (features - centre) / tf.constant(how.scale, tf.float32)


def _of_unit_length(features: tf.Tensor) -> tf.Tensor:
    squares = tf.reduce_sum(features * features, axis=1, keepdims=True)
    return features / tf.maximum(tf.sqrt(squares), TINY)


def _solve(head: Head, prepared: tf.Tensor) -> tf.Tensor:
    solution = head.solution
    if not isinstance(solution, Votes):
        kernel, bias = (tf.constant(a, tf.float32) for a in (solution.kernel, solution.bias))
        return tf.nn.softmax(prepared @ kernel + bias)
    known = tf.constant(solution.features.T, tf.float32)
    most = min(max(solution.counts), known.shape[1])
    nearness, nearest = tf.math.top_k(prepared @ known, most)
    weights = tf.exp(SHARPNESS * nearness)[..., None]
    cast = weights * tf.gather(tf.constant(solution.classes, tf.float32), nearest)
    shares = [
        tf.reduce_sum(cast[:, :k], 1) / tf.reduce_sum(weights[:, :k], 1) for k in solution.counts
    ]
    return tf.add_n(shares) / len(shares)
