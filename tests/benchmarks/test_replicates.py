"""Replicates side by side are what they would be alone: else their time says nothing."""

import numpy as np
import pytest

from benchmarks import replicates
from glyph_transfer.learning.backend import tf

COUNT = 3
IMAGES = np.random.default_rng(0).random((COUNT, 4, 28, 28), np.float32)


def together(form, images, weights):
    if form == "grouped":
        return replicates.grouped(tf.transpose(images, (1, 2, 3, 0)), weights)
    return replicates.patches(replicates.patches_of(tf.constant(images)), weights)


@pytest.mark.parametrize("form", ["grouped", "patches"])
def test_several_replicates_give_what_each_gives_alone(form):
    weights = replicates.initial(COUNT)
    found = together(form, IMAGES, weights).numpy()
    for each in range(COUNT):
        own = [array[each : each + 1] for array in weights]
        alone = together("grouped", IMAGES[each : each + 1], own).numpy()[0]
        np.testing.assert_allclose(found[each], alone, rtol=1e-4, atol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 0.01, "they are not one replicate, thrice"
