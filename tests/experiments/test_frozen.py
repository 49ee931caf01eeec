"""What layers of a frozen source give, and changed copies of images."""

import numpy as np
import pytest

from glyph_transfer.experiments.frozen import Frozen, copies
from glyph_transfer.learning import models
from glyph_transfer.protocol.augmentation import Augmentation
from toy_training import by_keras

MOVED = Augmentation(shift=2.0, rotation=10.0)


@pytest.mark.parametrize(
    "layers", [["flatten"], ["pool_1"], ["pool_1", "bn_2"], ["bn_2", "pool_1"]]
)
def test_features_are_what_the_layers_give_side_by_side(network, frozen, image_set, layers):
    """In the order of the network, in which they are named or not."""
    found = frozen.of(image_set.test.images, layers)
    expected = by_keras(network, image_set.test.images, sorted(layers, reverse=True))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float32


def test_features_that_need_much_memory_are_the_same(network, image_set):
    found = Frozen(network, feature_cache_mb=0).of(image_set.test.images, ["flatten"])
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, Frozen(network).of(image_set.test.images, ["flatten"]))


def test_copies_are_images_and_the_same_for_the_same_seed(image_set):
    first, second = copies(image_set.test.images, MOVED, 2, 5)
    assert first.dtype == np.uint8 and first.shape == image_set.test.images.shape
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, copies(image_set.test.images, MOVED, 1, 5)[0])
    assert not np.array_equal(first, copies(image_set.test.images, MOVED, 1, 6)[0])


def test_statistics_of_batch_norm_are_those_of_the_target(network, frozen, image_set):
    """As those of a network that was never trained; the source keeps its own."""
    before = models.get_weights(network)
    adapted = frozen.with_statistics_of(image_set.train.images)
    channels = by_keras(adapted.network, image_set.train.images, ["pool_1"]).reshape(-1, 3)
    mean = adapted.network.get_layer("bn_1").moving_mean.numpy()
    np.testing.assert_allclose(mean, channels.mean(0), rtol=1e-4)
    for name, arrays in models.get_weights(network).items():
        for array, expected in zip(arrays, before[name], strict=True):
            np.testing.assert_array_equal(array, expected)


def test_statistics_of_other_images_leave_nothing_of_the_last_ones(network, image_set):
    source, images = Frozen(network), image_set.train.images
    source.with_statistics_of(255 - images).kept(image_set.test.images, ["flatten"])
    unlabelled = source.with_statistics_of(images[:3], "unlabelled")
    found = source.with_statistics_of(images).kept(image_set.test.images, ["flatten"])
    alone = Frozen(network).with_statistics_of(images).of(image_set.test.images, ["flatten"])
    np.testing.assert_array_equal(found, alone)
    assert not np.array_equal(unlabelled.of(image_set.test.images, ["flatten"]), alone)
