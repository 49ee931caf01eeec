"""Features of frozen layers: kept while they hold, computed anew where they do not."""

import numpy as np
import pytest

from glyph_transfer.learning import features, loop, models
from glyph_transfer.learning.training import Trainer
from tiny_training import EVERYTHING, assert_equal_weights, train


def move(trainer, *names):
    """Change the weights of layers a little."""
    for name in names:
        layer = trainer.model.get_layer(name)
        layer.set_weights([array * 1.1 for array in layer.get_weights()])


@pytest.mark.parametrize(
    "changed", [["dense"], ["bn_2", "dense"], ["conv_2", "bn_2", "dense"], EVERYTHING, ["bn_1"]]
)
def test_kept_features_give_what_plain_predict_gives(keeper, image_set, monkeypatch, changed):
    monkeypatch.setattr(features, "SCORING_BATCH", 7)
    for _ in range(3):
        found = keeper.predict(image_set.test.images, changed)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))
        move(keeper, *changed)


def test_features_are_kept_while_the_layers_before_stay(keeper, image_set, count_features):
    test, validation = image_set.test.images, image_set.validation.images
    for _ in range(3):
        keeper.predict(test, ["dense"])
        keeper.predict(validation, ["dense"])
        move(keeper, "dense")
    assert count_features == [8, 8], "once for each set of images"
    keeper.predict(test, ["conv_2", "dense"])
    assert count_features == [8, 8, 4], "what bn_1 is given: it is scored with conv_2 as one"


@pytest.mark.parametrize("name", ["conv_1", "bn_1", "bn_2"])
def test_features_are_computed_anew_where_a_layer_before_has_other_weights(
    keeper, image_set, count_features, name
):
    """Another source, or its batch-norm statistics, between two calls that name the same."""
    keeper.predict(image_set.test.images, ["dense"])
    move(keeper, name)
    found = keeper.predict(image_set.test.images, ["dense"])
    assert count_features == [8, 8]
    np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))


def test_other_images_have_other_features(keeper, image_set):
    """Also in the place in memory that the first ones had."""
    for start in range(10):
        images = image_set.test.images[start : start + 3].copy()
        found = keeper.predict(images, ["dense"])
        np.testing.assert_array_equal(found, keeper.predict(images))
        del images


def test_features_above_the_limit_are_not_kept(keeper, image_set, monkeypatch, count_features):
    """25 images of 6 x 6 x 4 float32."""
    size = 25 * 6 * 6 * 4 * 4
    for limit, calls in ((size - 1, []), (size, [8])):
        monkeypatch.setattr(keeper.features, "kept_bytes", limit)
        found = keeper.predict(image_set.test.images, ["dense"])
        np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))
        assert count_features == calls


@pytest.mark.parametrize("changed", [EVERYTHING, ["conv_1"]])
def test_nothing_is_kept_where_nothing_with_weights_comes_before(
    keeper, image_set, count_features, changed
):
    """Images are smaller than what scaling makes of them."""
    keeper.predict(image_set.test.images, changed)
    assert count_features == []


@pytest.mark.parametrize("changed", [None, ["dense"]])
def test_no_images_have_no_probabilities(keeper, image_set, changed):
    found = keeper.predict(image_set.test.images[:0], changed)
    assert (found.shape, found.dtype) == ((0, 3), np.float32)


@pytest.mark.usefixtures("start")
def test_frozen_layers_are_computed_once(trainer, image_set, count_features):
    """The reason for keeping features: not once an epoch."""
    train(trainer, image_set.train, ["dense"], epochs=3)
    assert count_features == [8]


@pytest.mark.usefixtures("start")
def test_features_are_those_of_the_present_weights(trainer, image_set, scramble):
    """A trace that kept the weights it was made with would give the first ones again."""
    first = trainer.features.of(image_set.train.images, 8).numpy()
    scramble(trainer.model, 12)
    second = trainer.features.of(image_set.train.images, 8).numpy()
    expected = image_set.train.images
    for layer in trainer.model.layers[:8]:
        expected = layer(expected, training=False) if "bn" in layer.name else layer(expected)
    np.testing.assert_allclose(second, expected, rtol=1e-4, atol=1e-5)
    assert not np.allclose(first, second)


# --- features too large for memory


@pytest.mark.parametrize("trainable", [["dense"], ["conv_2", "bn_2", "dense"]])
def test_features_in_a_file_give_the_bits_of_those_in_memory(
    build_tiny, scramble, image_set, monkeypatch, trainable
):
    """In two parts of whole batches and a last of less than one."""
    for module in (features, loop):
        monkeypatch.setattr(module, "ROWS", 20)
    found = []
    for limit in (1, 0):
        tiny = build_tiny()
        scramble(tiny, 11)
        history = train(Trainer(tiny, limit), image_set.train, trainable)
        found.append((history, models.get_weights(tiny)))
    assert found[0][0] == found[1][0]
    assert_equal_weights(found[1][1], found[0][1])


def test_only_features_above_the_limit_go_to_a_file(trainer, start, image_set, monkeypatch):
    def refuse():
        raise OSError("to a file")

    monkeypatch.setattr(features.tempfile, "TemporaryFile", refuse)
    # 40 images of 6 x 6 x 4 float32
    monkeypatch.setattr(trainer.features, "kept_bytes", 40 * 6 * 6 * 4 * 4)
    train(trainer, image_set.train, ["dense"], epochs=1)
    monkeypatch.setattr(trainer.features, "kept_bytes", 40 * 6 * 6 * 4 * 4 - 1)
    with pytest.raises(OSError, match="to a file"):
        train(trainer, image_set.train, ["dense"], epochs=1)
    train(trainer, image_set.train, EVERYTHING, epochs=1)
