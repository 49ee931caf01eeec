"""Which layers `forward` runs by itself: of a known kind, with no option that it would ignore."""

from functools import cache

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.dropout import LEVELS
from glyph_transfer.learning.residual import Residual

layers = keras.layers

ACTIVATIONS = {
    keras.activations.relu: tf.nn.relu,
    keras.activations.linear: tf.identity,
    keras.activations.softmax: tf.nn.softmax,
}
"""Keras's activation -> the same as one operation."""

_EXAMPLES = {
    layers.Conv2D: ((1, 1), {"filters", "kernel_size", "strides", "padding", "use_bias"}),
    layers.Dense: ((1,), {"units", "use_bias"}),
    layers.BatchNormalization: ((), {"momentum", "epsilon"}),
    layers.Dropout: ((0.5,), {"rate", "seed"}),
    layers.MaxPooling2D: ((), {"pool_size", "strides", "padding"}),
    layers.GlobalAveragePooling2D: ((), set()),
    layers.Flatten: ((), set()),
    layers.Rescaling: ((1.0,), {"scale", "offset"}),
    layers.Reshape: (((1,),), {"target_shape"}),
    Residual: ((1,), {"filters", "momentum"}),
}
"""Kind -> arguments of an example of it, and the options that `forward` goes by.

A seed of dropout is not among what decides it: its masks go by the seed of the training.
"""


def is_known(layer: layers.Layer) -> bool:
    """Whether a layer is of a known kind and has no option but those that `forward` goes by.

    A subclass is another kind. Initializers do not count: they are over when a layer runs.
    """
    kind = type(layer)
    if kind not in _EXAMPLES:
        return False
    default, options = _default_config(kind), _EXAMPLES[kind][1] | {"name", "activation"}
    others = {
        key: value
        for key, value in layer.get_config().items()
        if key not in options and not key.endswith("_initializer")
    }
    return all(key in default and default[key] == value for key, value in others.items()) and (
        _can_be_run(layer)
    )


@cache
def _default_config(kind: type[layers.Layer]) -> dict[str, object]:
    return kind(*_EXAMPLES[kind][0]).get_config()


def _can_be_run(layer: layers.Layer) -> bool:
    """Whether `forward` has an operation for the layer's values, ranks and activation."""
    if isinstance(layer, layers.Dropout):
        return round(LEVELS * layer.rate) < LEVELS
    if isinstance(layer, layers.Reshape):
        return -1 not in layer.target_shape
    if isinstance(layer, layers.BatchNormalization):
        return not layer.built or layer.input_spec.ndim in (2, 4)
    if isinstance(layer, layers.Dense):
        is_flat = not layer.built or len(layer.get_build_config()["input_shape"]) == 2
        return is_flat and layer.activation in ACTIVATIONS
    if isinstance(layer, layers.Conv2D):
        # others do not commute with the pool that may follow
        return layer.activation in (keras.activations.relu, keras.activations.linear)
    return True
