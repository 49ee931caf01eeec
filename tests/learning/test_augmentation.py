"""Random changes of images: as strong as asked, the same bits for the same seed."""

import numpy as np
import pytest

from glyph_transfer.learning import models
from glyph_transfer.learning.augmentation import augment
from glyph_transfer.learning.backend import tf
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol.augmentation import Augmentation
from tiny_training import EVERYTHING, train

ALL = {"rotation": 20, "shear": 20, "scale": 0.3, "shift": 3, "elastic": 1, "stroke": 0.7}


def changed(images, seed=(1, 2), **how):
    return augment(tf.constant(images), Augmentation(**how), tf.constant(seed)).numpy()


@pytest.fixture(scope="module")
def crosses():
    """A thousand times a cross of three pixels' width, uint8 (1000, 28, 28)."""
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 12:15] = image[12:15, 6:22] = 255
    return np.repeat(image[None], 1000, 0)


def centres(images):
    """Centre of mass of every image, y and x, in pixels from the middle: (n, 2)."""
    mass = images.sum((1, 2))
    axis = np.arange(28) - 13.5
    return np.stack([images.sum(2) @ axis / mass, images.sum(1) @ axis / mass], 1)


def test_no_change_leaves_images_as_they_are(crosses):
    found = changed(crosses[:3])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, crosses[:3], atol=1e-3)


def test_the_seed_alone_decides(crosses):
    first = changed(crosses[:50], **ALL)
    np.testing.assert_array_equal(changed(crosses[:50], **ALL), first)
    for other in ((1, 3), (2, 2)):
        assert not np.allclose(changed(crosses[:50], other, **ALL), first)
    assert len(np.unique(first, axis=0)) == 50  # every image in its own way


@pytest.mark.parametrize("name", ALL)
def test_every_change_is_made_and_stays_in_range(crosses, name):
    found = changed(crosses[:50], **{name: ALL[name]})
    assert np.abs(found - crosses[:50]).max() > 20
    assert found.min() >= 0
    assert found.max() <= 255 + 1e-3


def test_shifts_are_up_to_what_is_asked_both_ways(crosses):
    moved = centres(changed(crosses, shift=3)) - centres(crosses)
    np.testing.assert_allclose(np.abs(moved).max(0), 3, atol=0.1)
    np.testing.assert_allclose(moved.mean(0), 0, atol=0.3)


@pytest.mark.parametrize("how", [{"rotation": 30}, {"shear": 30}, {"scale": 0.4}])
def test_other_affine_changes_leave_the_middle_where_it_is(how):
    dot = np.zeros((100, 28, 28), np.uint8)
    dot[:, 13:15, 13:15] = 255
    np.testing.assert_allclose(centres(changed(dot, **how)), 0, atol=0.05)


def test_a_rotation_is_in_degrees():
    bar = np.zeros((1000, 28, 28), np.uint8)
    bar[:, 13:15, 4:24] = 255
    found = changed(bar, rotation=30)
    axis = np.arange(28) - 13.5
    xy = np.einsum("nyx,y,x->n", found, axis, axis)
    xx, yy = (found.sum(other) @ axis**2 for other in (1, 2))
    angles = np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))
    np.testing.assert_allclose([angles.min(), angles.max()], [-30, 30], atol=1.5)


def test_a_scale_is_a_factor_both_ways(crosses):
    def widths(images):
        return np.sqrt((images.sum(1) @ (np.arange(28) - 13.5) ** 2) / images.sum((1, 2)))

    factors = widths(changed(crosses, scale=0.25)) / widths(crosses)
    np.testing.assert_allclose([factors.min(), factors.max()], [0.8, 1.25], atol=0.06)


def test_strokes_get_wider_and_thinner_by_a_pixel_at_most(crosses):
    ink = changed(crosses, stroke=1.0).sum((1, 2)) / 255
    assert ink.min() < 0.45 * crosses[0].sum() / 255  # three pixels wide, then about one
    assert ink.max() > 1.5 * crosses[0].sum() / 255  # then about five
    wide = changed(crosses, stroke=1.0).max(0)
    assert wide[:4].max() == 0  # two pixels from the ink


def test_elastic_changes_are_smooth_and_of_the_size_asked(crosses):
    moved = centres(changed(crosses, elastic=1.0)) - centres(crosses)
    assert 0.1 < moved.std() < 0.7  # an average over the image of displacements of about a pixel


def test_every_epoch_is_trained_on_other_images_and_no_features_are_kept(
    trainer, start, image_set, count_features
):
    """Layers below the trained one are frozen, and would be computed once without."""
    how = Augmentation(shift=2)
    with_it = train(trainer, image_set.train, ["dense"], augmentation=how)
    assert count_features == [0]
    models.set_weights(trainer.model, start)
    assert train(trainer, image_set.train, ["dense"], augmentation=how) == with_it
    models.set_weights(trainer.model, start)
    assert train(trainer, image_set.train, ["dense"]) != with_it


def test_shards_are_of_the_same_changed_images(build_tiny, start, image_set):
    losses = []
    for n_shards in (1, 2):
        model = build_tiny()
        models.set_weights(model, start)
        how = {"augmentation": Augmentation(**ALL), "optimizer": "momentum"}
        losses.append(train(Trainer(model, n_shards=n_shards), image_set.train, EVERYTHING, **how))
    np.testing.assert_allclose(*losses, rtol=1e-3)
