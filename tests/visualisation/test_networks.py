"""What layers make of images."""

import numpy as np

from glyph_transfer.learning import models
from glyph_transfer.visualisation.networks import outputs


def test_outputs_are_those_of_keras(build_tiny, scramble, image_set):
    network = build_tiny()
    scramble(network, 3)
    images = image_set.test.images[:6]
    found = outputs(network, images)
    assert [*found] == ["conv_1", "pool_1", "bn_1", "conv_2", "bn_2", "dense"]
    x = images
    for layer in network.layers[:-1]:
        x = layer(x, training=False) if layer.name.startswith("bn") else layer(x)
        if layer.name in found:
            expected = x.numpy().reshape(6, -1)
            np.testing.assert_allclose(found[layer.name], expected, rtol=1e-4, atol=1e-4)
    shares = np.exp(found["dense"]) / np.exp(found["dense"]).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, network(images).numpy(), rtol=1e-3, atol=1e-6)


def test_residual_blocks_are_shown_whole(image_set):
    found = outputs(models.build("resnet_small", 3), image_set.test.images[:2])
    assert {name: array.shape[1] for name, array in found.items()} == {
        "conv_1": 28 * 28 * 16,
        "bn_1": 28 * 28 * 16,
        "residual_1": 14 * 14 * 32,
        "residual_2": 7 * 7 * 64,
        "residual_3": 4 * 4 * 128,
        "features": 128,
        "dense": 3,
    }
