"""The same training gives the same bits, whatever its trainer did before."""

import numpy as np
import pytest

from glyph_transfer.learning import forward, loop, models
from glyph_transfer.learning.training import Schedule, Trainer
from tiny_training import BATCH, EVERYTHING, assert_equal_weights, orders, train


def test_a_prepared_training_traces_nothing_and_gives_the_same_bits(
    build_tiny, image_set, monkeypatch
):
    """Else the first replicate of a worker would take longer than the others."""
    traced = []

    def counting(function):
        return lambda *args: traced.append(function.__name__) or function(*args)

    monkeypatch.setattr(loop.TrainingLoop, "_epoch", counting(loop.TrainingLoop._epoch))
    monkeypatch.setattr(forward, "run", counting(forward.run))
    found = []
    for is_prepared in (True, False):
        trainer = Trainer(build_tiny())
        models.set_weights(
            trainer.model, models.initial_weights(trainer.model, np.random.default_rng(0))
        )
        if is_prepared:
            trainer.prepare(Schedule(["dense"], BATCH, 0.01), len(image_set.train))
            assert "_epoch" in traced
            traced.clear()
        train(trainer, image_set.train, ["dense"], epochs=1, optimizer="adam")
        assert bool(traced) != is_prepared
        found.append(models.get_weights(trainer.model))
    assert_equal_weights(*found)


def test_the_same_training_gives_the_same_bits(trainer, start, image_set):
    first = train(trainer, image_set.train, EVERYTHING)
    weights = models.get_weights(trainer.model)
    models.set_weights(trainer.model, start)
    assert train(trainer, image_set.train, EVERYTHING) == first
    assert_equal_weights(models.get_weights(trainer.model), weights)


@pytest.mark.parametrize("trainable", [EVERYTHING, ["dense"]], ids=["all", "dense"])
def test_nothing_leaks_from_what_the_trainer_did_before(
    trainer, start, build_tiny, image_set, trainable
):
    """Adam's moments, moving averages and kept features of another training, of other
    images, layers and batches, and of one that was left in the middle.
    """
    models.set_weights(trainer.model, start)
    train(trainer, image_set.test, EVERYTHING, batch_size=5)
    train(trainer, image_set.test, ["dense"])
    next(
        trainer.train(
            image_set.test.images,
            image_set.test.labels,
            orders(25, 2),
            Schedule(trainable, BATCH, 0.1),
        )
    )
    trainer.predict(image_set.test.images)
    models.set_weights(trainer.model, start)
    used = train(trainer, image_set.train, trainable)

    fresh = Trainer(build_tiny())
    models.set_weights(fresh.model, start)
    assert train(fresh, image_set.train, trainable) == used
    assert_equal_weights(models.get_weights(trainer.model), models.get_weights(fresh.model))
