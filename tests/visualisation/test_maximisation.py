"""Preferred images of filters whose preference is known."""

import numpy as np
import pytest

from glyph_transfer.learning import forward
from glyph_transfer.learning.backend import tf
from glyph_transfer.visualisation.maximisation import maximise


@pytest.fixture
def network(build_tiny, scramble):
    """A tiny network with weights that no layer has by accident."""
    network = build_tiny()
    scramble(network, 1)
    return network


def mean_activations(network, layer, images):
    shown = network.layers[2 : [x.name for x in network.layers].index(layer) + 1]
    found = forward.run(forward.steps(shown, frozenset()), tf.constant(images[..., None]))
    return np.diag(found.numpy().mean(axis=(1, 2)))


@pytest.mark.parametrize(("layer", "filters"), [("conv_1", 3), ("conv_2", 4)])
def test_every_filter_is_excited_more_by_its_own_image_than_by_noise(network, layer, filters):
    found, reached = maximise(network, layer, np.random.default_rng(1))
    assert found.shape == (filters, 28, 28)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(reached, mean_activations(network, layer, found), rtol=1e-4)
    noise = np.random.default_rng(1).normal(0.5, 0.2, (filters, 28, 28)).clip(0, 1)
    assert (reached > 1.1 * mean_activations(network, layer, noise.astype(np.float32))).all()


def test_a_filter_that_likes_light_gets_white_and_one_that_nothing_excites_stays_noise(network):
    kernel, bias = (np.zeros_like(array) for array in network.get_layer("conv_1").get_weights())
    kernel[..., 0], kernel[..., 1] = 1, -1
    network.get_layer("conv_1").set_weights([kernel, bias])
    found, reached = maximise(network, "conv_1", np.random.default_rng(1))
    assert found[0, 5:20, 5:20].min() == 1
    assert reached[0] == pytest.approx(25, abs=0.05)
    assert reached[1] == 0
    assert 0.1 < found[1].std() < 0.3


def test_equal_noise_gives_equal_images(network):
    first, second = (maximise(network, "conv_2", np.random.default_rng(4))[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
