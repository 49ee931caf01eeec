"""Batch-norm statistics that are estimated anew."""

import numpy as np
import pytest

from glyph_transfer.learning import features, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.training import Trainer


@pytest.mark.usefixtures("start")
def test_reestimated_statistics_are_those_of_the_inputs(trainer, image_set, monkeypatch):
    """Of all images at once, and the second layer's of what the first one now gives."""
    monkeypatch.setattr(features, "SCORING_BATCH", 7)
    trainer.reestimate_batch_norm(image_set.train.images)
    x = image_set.train.images
    for layer in trainer.model.layers[:-1]:
        if isinstance(layer, keras.layers.BatchNormalization):
            values = np.asarray(x, np.float64)
            np.testing.assert_allclose(
                layer.moving_mean.numpy(), values.mean((0, 1, 2)), rtol=1e-4, atol=1e-6
            )
            np.testing.assert_allclose(
                layer.moving_variance.numpy(), values.var((0, 1, 2)), rtol=1e-4, atol=1e-6
            )
            x = layer(x, training=False)
        else:
            x = layer(x)
        x = tf.convert_to_tensor(x).numpy()


def test_statistics_within_residual_blocks_are_reestimated(image_set, scramble):
    """Keras's own averages after one pass with momentum 0 are the statistics of that batch."""
    model, twin = models.build("resnet_small", 3), models.build("resnet_small", 3, 0.0)
    scramble(model, 3)
    models.set_weights(twin, models.get_weights(model))
    Trainer(model).reestimate_batch_norm(image_set.train.images)
    twin(image_set.train.images, training=True)
    found = models.get_weights(model)
    for name, arrays in models.get_weights(twin).items():
        for array, wanted in zip(found[name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-3, atol=1e-4, err_msg=name)


def test_reestimating_leaves_what_is_learned(trainer, start, image_set):
    trainer.reestimate_batch_norm(image_set.train.images)
    for name, arrays in models.get_weights(trainer.model).items():
        learned = arrays[:2]  # kernel and bias, gamma and beta
        for array, before in zip(learned, start[name], strict=False):
            np.testing.assert_array_equal(array, before, err_msg=name)
