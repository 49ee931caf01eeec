"""A network that is added as one function, of layers that the fast path does not know."""

import numpy as np
import pytest

from glyph_transfer.experiments import replicate, results
from glyph_transfer.learning import models, networks
from glyph_transfer.learning.backend import keras
from toy_study import FROZEN, SCRATCH

layers = keras.layers


def own(n_classes):
    return [
        layers.Conv2D(4, 5, strides=3, activation="gelu", name="conv"),
        layers.GroupNormalization(2, name="groups"),
        layers.SpatialDropout2D(0.2, name="drop"),
        layers.Flatten(name="flatten"),
        layers.Dense(n_classes, activation="softmax", name="head"),
    ]


@pytest.fixture
def jobs(plan, monkeypatch):
    """From scratch on each set, and from each other's networks with a head that learns."""
    monkeypatch.setattr(networks, "own", own, raising=False)
    phases = [FROZEN.phases[0].model_copy(update={"train": ["head"]})]
    frozen = {"sources": ["letters", "digits"], "load": ["conv", "groups"], "phases": phases}
    variants = {"scratch": SCRATCH, "frozen": FROZEN.model_copy(update=frozen)}
    return plan(
        model="own",
        targets=["digits", "letters"],
        sources_from="scratch",
        variants=variants,
        draws=1,
    )


def test_a_network_that_is_one_function_is_trained_transferred_and_kept(jobs, image_set):
    found = []
    for _ in range(2):
        for job in jobs:
            replicate.train(job)
        found.append([results.load_result(job.result) for job in jobs])
    assert [str(job.cell).split("/")[2] for job in jobs] == ["none", "none", "letters", "digits"]
    for first, again in zip(*found, strict=True):
        np.testing.assert_array_equal(first.probability, again.probability)
        assert len(first.loss) == 2 and np.isfinite(first.loss).all()
    source = models.load(jobs[0].network)
    assert [layer.name for layer in source.layers if layer.weights] == ["conv", "groups", "head"]
    images = image_set.test.images
    np.testing.assert_array_equal(
        source.predict(images, verbose=0).argmax(1), found[0][0].predicted
    )
