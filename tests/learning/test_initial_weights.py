"""Fresh weights: drawn from a generator alone, as the layers' initializers would."""

import random

import numpy as np
import pytest

from glyph_transfer.learning import models
from glyph_transfer.learning.backend import keras


@pytest.fixture(scope="module", params=models.by_name())
def network(request, scramble):
    """Each network with three classes and scrambled weights."""
    model = models.build(request.param, 3, 0.9)
    scramble(model, 0)
    return model


def test_initial_weights_are_equal_for_equal_generators(network):
    first, again, other = (
        models.initial_weights(network, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for name, arrays in first.items():
        for array, same, different in zip(arrays, again[name], other[name], strict=True):
            np.testing.assert_array_equal(array, same)
            assert array.dtype == np.float32
            if np.ptp(array) > 0:
                assert not np.array_equal(array, different)


def test_initial_weights_fit_the_network_and_do_not_change_it(network):
    before = models.get_weights(network)
    fresh = models.initial_weights(network, np.random.default_rng(1))
    assert list(fresh) == list(before)
    for name, arrays in before.items():
        assert [array.shape for array in fresh[name]] == [array.shape for array in arrays]
        for array, kept in zip(network.get_layer(name).get_weights(), arrays, strict=True):
            np.testing.assert_array_equal(array, kept)


def test_kernels_are_glorot_uniform():
    """Fans by hand: 3x3 kernels see 9 channels' worth each way, dense ones their sides."""
    fans = {"conv_1": 9 * (1 + 32), "conv_2": 9 * (32 + 16), "dense": 784 + 9}
    weights = models.initial_weights(models.build("tominet", 9), np.random.default_rng(1))
    for name, fan in fans.items():
        kernel, bias = weights[name]
        limit = np.sqrt(6 / fan)
        assert limit * 0.98 < np.abs(kernel).max() <= limit
        assert abs(kernel.mean()) < 4 * limit / np.sqrt(3 * kernel.size)  # 4 standard errors
        assert kernel.var() == pytest.approx(limit**2 / 3, rel=0.2)
        np.testing.assert_array_equal(bias, np.zeros_like(bias))


def test_kernels_within_residual_blocks_are_glorot_uniform():
    """The first block's: two of 3x3 and one of 1x1."""
    network = models.build("resnet_small", 3)
    fresh = models.initial_weights(network, np.random.default_rng(1))["residual_1"]
    weights = zip(network.get_layer("residual_1").weights, fresh, strict=True)
    kernels = {weight.path.split("/")[-2]: array for weight, array in weights if array.ndim == 4}
    fans = {"conv_1": 9 * (16 + 32), "conv_2": 9 * (32 + 32), "projection": 16 + 32}
    assert kernels.keys() == fans.keys()
    for name, kernel in kernels.items():
        limit = np.sqrt(6 / fans[name])
        assert limit * 0.98 < np.abs(kernel).max() <= limit
        assert kernel.var() == pytest.approx(limit**2 / 3, rel=0.2)


IDENTITY = {"gamma": 1, "moving_variance": 1, "beta": 0, "moving_mean": 0}


def test_batch_norms_within_residual_blocks_start_as_identity():
    network = models.build("resnet_small", 3)
    fresh = models.initial_weights(network, np.random.default_rng(1))["residual_3"]
    names = [weight.name for weight in network.get_layer("residual_3").weights]
    assert sorted(names) == sorted([*IDENTITY, "kernel"] * 3)
    for name, array in zip(names, fresh, strict=True):
        assert name == "kernel" or (array == IDENTITY[name]).all()


def test_batch_norm_starts_as_identity(network):
    fresh = models.initial_weights(network, np.random.default_rng(1))
    for name in [name for name in fresh if "bn" in name]:
        found = [weight.name for weight in network.get_layer(name).weights]
        assert set(found) == set(IDENTITY)
        for weight_name, array in zip(found, fresh[name], strict=True):
            assert (array == IDENTITY[weight_name]).all()


def unusual():
    """Weights of other names, initializers of their own, and a layer within a layer."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4, 3)),
            layers.Bidirectional(layers.SimpleRNN(2, name="inner"), name="rnn"),
            layers.Dense(400, kernel_initializer="he_normal", name="wide"),
            layers.Dense(3, bias_initializer=keras.initializers.Constant(0.5), name="biased"),
        ]
    )


def test_other_initializers_draw_by_the_generator_alone():
    """Built anew, whatever Python's own generator has come to, which stays where it was."""
    random.seed(1)
    first = models.initial_weights(unusual(), np.random.default_rng(1))
    state = random.getstate()
    again = models.initial_weights(model := unusual(), np.random.default_rng(1))
    random.setstate(state)
    other = models.initial_weights(model, np.random.default_rng(2))
    assert random.getstate() == state
    assert list(first) == ["rnn", "wide", "biased"]
    for name, arrays in first.items():
        assert [a.shape for a in arrays] == [w.shape for w in model.get_layer(name).weights]
        for array, same, different in zip(arrays, again[name], other[name], strict=True):
            np.testing.assert_array_equal(array, same)
            assert array.dtype == np.float32
            assert np.array_equal(array, different) == (np.ptp(array) == 0)


def test_other_initializers_are_the_layers_own():
    """By hand: a variance of 2 / fan in, and constants. The two directions are drawn apart."""
    weights = models.initial_weights(unusual(), np.random.default_rng(1))
    assert weights["wide"][0].var() == pytest.approx(2 / 4, rel=0.1)
    assert (weights["biased"][1] == 0.5).all()
    forwards, backwards = weights["rnn"][1], weights["rnn"][4]
    np.testing.assert_allclose(forwards @ forwards.T, np.eye(2), atol=1e-6)  # orthogonal
    assert not np.array_equal(forwards, backwards)
