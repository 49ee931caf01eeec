"""Test images scored between the epochs: when, of which weights, and that it moves nothing."""

import numpy as np
import pytest

from glyph_transfer.experiments import outcome
from glyph_transfer.experiments.training import Scoring
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from toy_training import (
    FEATURES,
    HEAD_THEN_ALL,
    Watched,
    assert_same,
    phase,
    trained,
    variant,
)


def scored_every(test, every):
    """What is scored between the epochs; nothing where `every` is None."""
    return Scoring(test, every) if every else None


def scored(model, chosen, source, image_set, every):
    """Train with scores after so many epochs; give the trainer and the history."""
    watched, rng = Watched(model), np.random.default_rng(3)
    history = trained(
        watched, chosen, source, image_set.train, rng, scored_every(image_set.test, every)
    )
    return watched, history


@pytest.mark.parametrize(("every", "epochs"), [(1, [1, 2, 3]), (2, [2]), (3, [3]), (4, [])])
def test_test_images_are_scored_after_every_so_many_epochs_of_all(
    model, source, image_set, every, epochs
):
    """Counted through the phases, of two epochs and one."""
    watched, history = scored(model, HEAD_THEN_ALL, source, image_set, every)
    assert history.scored.dtype == np.int32
    assert history.scored.tolist() == epochs
    assert history.test_loss.dtype == history.test_accuracy.dtype == np.float32
    np.testing.assert_allclose(history.test_loss, [np.log(3)] * len(epochs), rtol=1e-6)
    share = (image_set.test.labels == 0).mean()  # of equals, argmax takes the first
    np.testing.assert_allclose(history.test_accuracy, [share] * len(epochs), rtol=1e-6)
    for images, changed in watched.scored:
        assert images is image_set.test.images
        assert changed == [*FEATURES, "dense"]


def test_the_scores_are_of_the_weights_after_the_epoch(build_tiny, source, image_set):
    """Trained for so many epochs, the network gives what the longer training had by then."""
    probe = [variant(FEATURES, [phase(["dense"], epochs)]) for epochs in (1, 2, 3)]
    test = image_set.test
    trainer = Trainer(build_tiny())
    *_, history = (
        trained(
            trainer,
            chosen,
            source,
            image_set.train,
            np.random.default_rng(3),
            scored_every(test, 1),
        )
        for chosen in probe
    )
    for chosen, loss, accuracy in zip(probe, history.test_loss, history.test_accuracy, strict=True):
        rng = np.random.default_rng(3)
        trained(trainer, chosen, source, image_set.train, rng)
        given = trainer.predict(test.images)
        assert accuracy == pytest.approx((given.argmax(1) == test.labels).mean())
        truth = given[np.arange(len(test)), test.labels].astype(float)
        assert loss == pytest.approx(-np.log(truth).mean(), rel=1e-5)


def test_what_was_scored_last_stands_for_the_network_only_if_nothing_came_after(
    build_tiny, source, image_set
):
    """It spares a second scoring: epochs after it, or new statistics, would make it another's."""
    reestimated = HEAD_THEN_ALL.model_copy(update={"reestimate_batch_norm": True})
    for chosen, every, is_kept in (
        (HEAD_THEN_ALL, 1, True), (HEAD_THEN_ALL, 2, False), (HEAD_THEN_ALL, None, False),
        (reestimated, 1, False),
    ):  # fmt: skip
        trainer, rng = Trainer(build_tiny()), np.random.default_rng(3)
        history = trained(
            trainer, chosen, source, image_set.train, rng, scored_every(image_set.test, every)
        )
        assert (history.last_scored is not None) == is_kept
        if is_kept:
            given = trainer.predict(image_set.test.images)
            np.testing.assert_allclose(history.last_scored, given, rtol=1e-5)


@pytest.mark.parametrize(
    "chosen", [HEAD_THEN_ALL, variant(FEATURES, [phase(["dense"], 2)])], ids=["all", "probe"]
)
def test_scoring_moves_no_weight(build_tiny, source, image_set, chosen):
    """Nor dropout, nor the order of batches: the same bits as without."""
    found = []
    for every in (None, 1, 2):
        trainer, rng = Trainer(build_tiny()), np.random.default_rng(3)
        history = trained(
            trainer, chosen, source, image_set.train, rng, scored_every(image_set.test, every)
        )
        found.append((models.get_weights(trainer.model), history))
    for weights, history in found[1:]:
        np.testing.assert_array_equal(history.loss, found[0][1].loss)
        for name, arrays in found[0][0].items():
            assert_same(weights[name], arrays)


def test_what_was_not_trained_has_an_empty_history():
    empty = outcome.NO_HISTORY
    assert {len(array) for array in (empty.loss, empty.accuracy, empty.scored)} == {0}
    assert (empty.scored.dtype, empty.seconds) == (np.int32, 0)
