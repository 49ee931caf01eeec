"""What layers make of images."""

import numpy as np

from glyph_transfer.inspection.networks import outputs


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
