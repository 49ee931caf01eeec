"""Which layers the fast path runs: no option may be one that it ignores."""

import pytest

from glyph_transfer.learning import forward, known, models
from glyph_transfer.learning.as_keras import AsKeras
from glyph_transfer.learning.backend import keras

layers = keras.layers


def test_the_layers_of_the_networks_are_known():
    """Else they would be right, and slow."""
    for name in models.by_name():
        for layer in models.build(name, 3).layers:
            assert known.is_known(layer), f"{name}: {layer.name}"


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(2, 3, dilation_rate=2),
        layers.Conv2D(2, 3, groups=2),
        layers.Conv2D(2, 3, data_format="channels_first"),
        layers.Conv2D(2, 3, activation="gelu"),
        layers.Conv2D(2, 3, activation="softmax"),
        layers.Conv2D(2, 3, kernel_regularizer="l2"),
        layers.Conv2D(2, 3, bias_constraint="non_neg"),
        layers.Conv2D(2, 3, activity_regularizer="l2"),
        layers.Conv2D(2, 3, dtype="mixed_bfloat16"),
        layers.Conv2D(2, 3, trainable=False),
        layers.DepthwiseConv2D(3),
        layers.Dense(2, activation="gelu"),
        layers.Dense(2, kernel_regularizer="l2"),
        layers.BatchNormalization(axis=1),
        layers.BatchNormalization(center=False),
        layers.BatchNormalization(scale=False),
        layers.BatchNormalization(renorm=True),
        layers.BatchNormalization(gamma_regularizer="l2"),
        layers.Dropout(0.5, noise_shape=(None, 1)),
        layers.Dropout(0.999),
        layers.SpatialDropout2D(0.5),
        layers.MaxPooling2D(data_format="channels_first"),
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.Flatten(data_format="channels_first"),
        layers.Reshape((-1, 2)),
        layers.LSTM(2),
    ],
    ids=lambda layer: layer.name,
)
def test_an_option_that_would_be_ignored_makes_a_layer_unknown(layer):
    assert not known.is_known(layer)
    (step,) = forward.steps([layer], frozenset())
    assert isinstance(step, AsKeras)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(2, 3, 2, "same", use_bias=False, kernel_initializer="he_normal"),
        layers.Dense(2, use_bias=False, activation="softmax"),
        layers.BatchNormalization(momentum=0.5, epsilon=0.1),
        layers.Dropout(0.3, seed=5),
        layers.MaxPooling2D(3, 2, "same"),
        layers.Rescaling(2.0, offset=-1.0),
    ],
    ids=lambda layer: layer.name,
)
def test_options_that_the_fast_path_goes_by_are_known(layer):
    assert known.is_known(layer)
