"""The written-out forward pass against Keras's own, scoring and training."""

import numpy as np
import pytest

from glyph_transfer.learning import forward, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.residual import Residual

IMAGES = np.random.default_rng(5).integers(0, 256, (7, 28, 28)).astype(np.uint8)


@pytest.fixture(params=[*models.by_name(), "tiny"])
def network(request, build_tiny, scramble):
    """Every network, and one with strides and a convolution that nothing pools."""
    name = request.param
    model = build_tiny(momentum=0.8) if name == "tiny" else models.build(name, 4, 0.8)
    scramble(model, 3)
    return model


def logits(model, x, training):
    return _logits(model, x, training).numpy()


def _logits(model, x, training):
    """Keras's layers one by one, the softmax left out."""
    for layer in model.layers[:-1]:
        # the others take no such argument
        has_bn = isinstance(layer, keras.layers.BatchNormalization | Residual)
        x = layer(x, training=training) if has_bn else layer(x)
    dense = model.layers[-1]
    return tf.matmul(x, dense.kernel) + dense.bias


@pytest.fixture(params=[1, 3], ids=["whole", "in shards"])
def n_shards(request):
    """Of seven images: as evenly as it goes, which is not evenly."""
    return request.param


def run(model, learning=frozenset(), n_shards=1):
    steps = forward.steps(model.layers, learning)
    return forward.run(steps, tf.constant(IMAGES), n_shards=n_shards).numpy()


def assert_equal_weights(found, expected):
    for name, arrays in expected.items():
        for array, wanted in zip(found[name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-3, atol=1e-5, err_msg=name)


def test_steps_of_which_none_learns_are_keras_inference(network, n_shards):
    before = models.get_weights(network)
    found = run(network, n_shards=n_shards)
    np.testing.assert_allclose(
        tf.nn.softmax(found), network(IMAGES, training=False), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(found, logits(network, IMAGES, False), rtol=1e-4, atol=1e-5)
    for name, arrays in models.get_weights(network).items():
        for array, kept in zip(arrays, before[name], strict=True):
            np.testing.assert_array_equal(array, kept, err_msg=name)


def infer(network_layers):
    return forward.run(forward.inference(network_layers), tf.constant(IMAGES)).numpy()


def test_inference_is_keras_inference(network):
    expected = logits(network, IMAGES, False)
    np.testing.assert_allclose(infer(network.layers), expected, rtol=1e-4, atol=1e-5)


def test_a_batch_norm_is_folded_into_any_convolution(scramble):
    """Padded or not, with strides, without a bias, linear."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Rescaling(1 / 255),
            layers.Reshape((28, 28, 1)),
            layers.BatchNormalization(),
            layers.Conv2D(5, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(epsilon=0.1),
            layers.Conv2D(3, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    scramble(model, 3)
    expected = logits(model, IMAGES, False)
    np.testing.assert_allclose(infer(model.layers), expected, rtol=1e-4, atol=1e-5)


def test_learning_is_keras_training_with_its_moving_averages(network, n_shards):
    """Two batches, so that the averages move from where the first left them. Keras keeps
    the biased variance, TensorFlow's fused operation gives the unbiased one.
    """
    before = models.get_weights(network)
    expected = [logits(network, IMAGES, True) for _ in range(2)][-1]
    moved = models.get_weights(network)
    models.set_weights(network, before)
    learning = frozenset(before)
    found = [run(network, learning, n_shards) for _ in range(2)][-1]
    # up to ten batch normalisations of seven images each enlarge what rounding does
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)
    assert_equal_weights(models.get_weights(network), moved)
    for name in before:
        assert np.allclose(before[name][-1], moved[name][-1]) == (
            not name.startswith(("bn", "dense_bn", "residual"))
        ), name


def test_gradients_are_those_of_keras(network, n_shards):
    """Of the loss by every weight, on the statistics of the batch.

    Many normalisations in a row enlarge rounding until, here and there, a relu or a maximum is
    decided otherwise; a term that is missing or wrong would be of the gradient's own size.
    """
    tolerance = 2e-2 if network.name.endswith("_small") else 1e-3
    weights = models.get_weights(network)
    variables = [variable.value for variable in network.trainable_variables]
    labels = np.arange(len(IMAGES)) % 3

    def gradients(forward_pass):
        models.set_weights(network, weights)
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, forward_pass())
        return [np.asarray(gradient) for gradient in tape.gradient(losses, variables)]

    steps = forward.steps(network.layers, frozenset(weights))
    found = gradients(lambda: forward.run(steps, tf.constant(IMAGES), n_shards=n_shards))
    expected = gradients(lambda: _logits(network, IMAGES, True))
    for variable, one, other in zip(variables, found, expected, strict=True):
        off, size = np.linalg.norm(one - other), np.linalg.norm(other)
        assert off <= tolerance * size + 1e-4, variable.name


def test_only_the_batch_norms_that_learn_use_the_batch(build_tiny, scramble):
    model = build_tiny()
    scramble(model, 3)
    before = models.get_weights(model)
    run(model, frozenset(["conv_1", "bn_2", "dense"]))
    after = models.get_weights(model)
    for array, kept in zip(after["bn_1"], before["bn_1"], strict=True):
        np.testing.assert_array_equal(array, kept)
    assert not np.allclose(after["bn_2"][2], before["bn_2"][2])


def test_a_frozen_residual_block_uses_its_averages_and_keeps_them(scramble):
    model = models.build("resnet_small", 4, 0.8)
    scramble(model, 3)
    before = models.get_weights(model)
    found = run(model, frozenset(["residual_2"]))
    x = IMAGES
    for layer in model.layers[:-1]:
        training = {"training": True} if layer.name == "residual_2" else {}
        x = layer(x, **training)
    dense = model.layers[-1]
    np.testing.assert_allclose(found, tf.matmul(x, dense.kernel) + dense.bias, rtol=1e-3, atol=1e-3)
    after = models.get_weights(model)
    for name, arrays in before.items():
        kept = [np.array_equal(a, b) for a, b in zip(after[name], arrays, strict=True)]
        averages = ["moving" in weight.name for weight in model.get_layer(name).weights]
        moved = averages if name == "residual_2" else [False] * len(averages)
        assert [not same for same in kept] == moved, name


def test_any_beginning_of_a_network_can_be_run(network):
    """Frozen layers are computed on their own, and may end between a convolution and its pool."""
    x = IMAGES
    for number, layer in enumerate(network.layers[:-1], 1):
        x = layer(x, training=False) if "bn" in layer.name else layer(x)
        found = infer(network.layers[:number])
        np.testing.assert_allclose(found, x, rtol=1e-4, atol=1e-5, err_msg=layer.name)


def test_layers_keep_their_own_options(scramble):
    """Offset, linear convolutions, pools that overlap, and a hidden dense layer."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Reshape((28, 28, 1)),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            layers.Conv2D(3, 3, strides=3, padding="same"),
            layers.MaxPooling2D(2, strides=1),
            layers.BatchNormalization(epsilon=0.1),
            layers.Flatten(),
            layers.Dense(5, activation="relu"),
            layers.Dense(4, activation="softmax"),
        ]
    )
    scramble(model, 3)
    np.testing.assert_allclose(run(model), logits(model, IMAGES, False), rtol=1e-4, atol=1e-5)


# --- dropout


def masks(rate=0.5, name="dropout", seed=(1, 0), shape=(400, 50)):
    steps = forward.steps([keras.layers.Dropout(rate, name=name)], frozenset())
    return forward.run(steps, tf.ones(shape), tf.constant(seed)).numpy()


@pytest.mark.parametrize(
    ("rate", "dropped"), [(0.2, 51), (0.25, 64), (0.3125, 80), (0.5, 128), (0.75, 192), (0, 0)]
)
def test_dropout_keeps_the_mean_and_drops_its_share(rate, dropped):
    """Of 256, with one, two, four and eight random bits a value."""
    kept = masks(rate)
    assert set(np.unique(kept)) <= {0.0, np.float32(256 / (256 - dropped))}
    assert abs((kept == 0).mean() - dropped / 256) < 0.01
    assert abs(kept.mean() - 1) < 0.015


@pytest.mark.parametrize("rate", [0.2, 0.25, 0.5])
def test_values_are_dropped_independently_of_each_other(rate):
    """Also those whose random bits are of one byte: they are an eighth or a quarter apart."""
    is_dropped = masks(rate, shape=(8, 10_000)) == 0
    off_diagonal = np.corrcoef(is_dropped)[~np.eye(8, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.04
    in_a_row = np.corrcoef(is_dropped.ravel()[1:], is_dropped.ravel()[:-1])[0, 1]
    assert abs(in_a_row) < 0.02


@pytest.mark.parametrize("rate", [0.2, 0.25, 0.5])
@pytest.mark.parametrize("n", [1, 3, 4, 5, 8, 31, 32, 33])
def test_dropout_takes_any_number_of_values(rate, n):
    """Its random words have 32 bits each."""
    assert masks(rate, shape=(1, n)).shape == (1, n)


def test_dropout_repeats_by_seed_and_differs_by_step_and_layer():
    np.testing.assert_array_equal(masks(), masks())
    for other in (masks(seed=(1, 1)), masks(seed=(2, 0)), masks(name="dropout_2")):
        assert 0.4 < (masks() == other).mean() < 0.6


def test_dropout_drops_the_same_in_shards():
    steps, seed = forward.steps([keras.layers.Dropout(0.5)], frozenset()), tf.constant((1, 2))
    whole, shards = (forward.run(steps, tf.ones((7, 9)), seed, n) for n in (1, 3))
    np.testing.assert_array_equal(whole, shards)


def test_without_a_seed_nothing_is_dropped():
    steps = forward.steps([keras.layers.Dropout(0.9)], frozenset())
    np.testing.assert_array_equal(forward.run(steps, tf.ones((3, 5))), np.ones((3, 5)))
