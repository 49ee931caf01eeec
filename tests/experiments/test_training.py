"""One network through its phases: what it starts from, and that replicates differ in no more."""

import numpy as np
import pytest

from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from toy_training import (
    FEATURES,
    HEAD_THEN_ALL,
    assert_same,
    phase,
    trained,
    variant,
    watch,
)


def test_loaded_layers_are_the_sources_and_the_head_is_fresh(model, source, image_set):
    watched, _ = watch(model, HEAD_THEN_ALL, source, image_set.train)
    start = watched.phases[0]["weights"]
    fresh = models.initial_weights(model, np.random.default_rng(3))
    for name in FEATURES:
        assert_same(start[name], source[name])
    assert_same(start["dense"], fresh["dense"])


def test_layers_that_are_not_loaded_are_fresh(model, source, image_set):
    """Batch-norm statistics too: those of the replicate before must not stay."""
    watched, _ = watch(model, variant(["conv_1"]), source, image_set.train)
    start = watched.phases[0]["weights"]
    fresh = models.initial_weights(model, np.random.default_rng(3))
    assert_same(start["conv_1"], source["conv_1"])
    for name in ("bn_1", "conv_2", "bn_2", "dense"):
        assert_same(start[name], fresh[name])


def test_a_phase_goes_on_where_the_one_before_ended(model, source, image_set):
    watched, _ = watch(model, HEAD_THEN_ALL, source, image_set.train)
    first, second = (done["weights"] for done in watched.phases)
    for name, arrays in first.items():
        assert_same(second[name], [array + 1 for array in arrays])


def test_phases_are_run_as_they_are_written(model, source, image_set):
    watched, history = watch(model, HEAD_THEN_ALL, source, image_set.train)
    head, everything = watched.phases
    for (schedule, n_images), done in zip(watched.prepared, watched.phases, strict=True):
        assert schedule == {name: done[name] for name in schedule}
        assert n_images == 40
    assert head["trainable"] == ["dense"]
    assert everything["trainable"] == [*FEATURES, "dense"]
    assert (head["learning_rate"], everything["learning_rate"]) == (0.01, 0.001)
    assert (len(head["orders"]), len(everything["orders"])) == (2, 1)
    assert head["batch_size"] == everything["batch_size"] == 10
    assert head["optimizer"] == everything["optimizer"] == "momentum"
    np.testing.assert_array_equal(head["images"], image_set.train.images)
    np.testing.assert_array_equal(head["labels"], image_set.train.labels)
    assert history.loss.dtype == history.accuracy.dtype == np.float32
    assert history.loss.tolist() == [1, 1, 2]
    np.testing.assert_allclose(history.accuracy, [0, 0.1, 0], rtol=1e-6)
    assert history.seconds > 0


def test_every_epoch_has_its_own_order_of_all_images(model, source, image_set):
    watched, _ = watch(model, HEAD_THEN_ALL, source, image_set.train)
    orders = [order for done in watched.phases for order in done["orders"]]
    for order in orders:
        assert sorted(order) == list(range(40))
    assert len({tuple(order) for order in orders}) == 3


def test_sources_see_the_same_initial_weights_and_orders(model, source, image_set):
    """What makes comparisons paired."""
    other = {name: [array * 2 for array in arrays] for name, arrays in source.items()}
    runs = [
        watch(model, chosen, weights, image_set.train)[0].phases
        for chosen, weights in [
            (HEAD_THEN_ALL, source),
            (HEAD_THEN_ALL, other),
            (variant([], HEAD_THEN_ALL.phases), None),
        ]
    ]
    for run in runs[1:]:
        assert_same(run[0]["weights"]["dense"], runs[0][0]["weights"]["dense"])
        for done, expected in zip(run, runs[0], strict=True):
            assert_same(done["orders"], expected["orders"])


def test_another_generator_gives_other_weights_and_orders(model, source, image_set):
    one, other = (
        watch(model, HEAD_THEN_ALL, source, image_set.train, seed)[0].phases[0] for seed in (3, 4)
    )
    assert not np.array_equal(one["weights"]["dense"][0], other["weights"]["dense"][0])
    assert not np.array_equal(one["orders"][0], other["orders"][0])


@pytest.mark.parametrize("wanted", [True, False])
def test_statistics_are_reestimated_last_and_only_where_asked_for(model, source, image_set, wanted):
    chosen = variant(FEATURES, HEAD_THEN_ALL.phases, reestimate_batch_norm=wanted)
    watched, _ = watch(model, chosen, source, image_set.train)
    assert [after for _, after in watched.reestimated] == ([2] if wanted else [])
    for images, _ in watched.reestimated:
        np.testing.assert_array_equal(images, image_set.train.images)


def test_a_frozen_source_stays_the_source(build_tiny, source, image_set):
    """With the real trainer, from loading to the end of a linear probe."""
    trainer = Trainer(build_tiny())
    chosen = variant(FEATURES, [phase(["dense"], 2)])
    trained(trainer, chosen, source, image_set.train, np.random.default_rng(3))
    after = models.get_weights(trainer.model)
    for name in FEATURES:
        assert_same(after[name], source[name])


def test_training_leaves_the_sources_weights(model, source, image_set):
    """A worker keeps them for every replicate that loads them."""
    before = {name: [array.copy() for array in arrays] for name, arrays in source.items()}
    trainer = Trainer(model)
    rng = np.random.default_rng(3)
    trained(trainer, HEAD_THEN_ALL, source, image_set.train, rng)
    for name, arrays in before.items():
        assert_same(source[name], arrays)


def test_every_phase_is_bounded_by_its_own_steps(model, source, image_set):
    """40 images are 4 steps an epoch."""
    phases = [phase(["dense"], 5, most_steps=11), phase("all", 5, most_steps=4)]
    watched, history = watch(model, variant(FEATURES, phases), source, image_set.train)
    assert [len(done["orders"]) for done in watched.phases] == [2, 1]
    assert len(history.loss) == 3


def test_one_cycle_is_as_long_as_its_phase(model, source, image_set):
    """Also where steps bound it; a phase that is not in one has none."""
    phases = [
        phase(["dense"], 5, most_steps=11, one_cycle=True),
        phase("all", 3, one_cycle=True),
        phase("all", 2),
    ]
    watched, _ = watch(model, variant(FEATURES, phases), source, image_set.train)
    assert [done["one_cycle_steps"] for done in watched.phases] == [8, 12, 0]


def test_phases_and_draws_have_dropout_of_their_own(model, source, image_set):
    """The stream of batches is not touched by it: see the pairing of sources above."""
    seeds = []
    for number in (1, 1, 2):
        watched, _ = watch(model, HEAD_THEN_ALL, source, image_set.train, seed=number)
        seeds.append([phase["seed"] for phase in watched.phases])
    assert seeds[0] == seeds[1]
    assert len({*seeds[0], *seeds[2]}) == 4
