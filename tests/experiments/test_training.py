"""One network through its phases: what it starts from, and that replicates differ in no more."""

import numpy as np
import pytest

from glyph_transfer.experiments import training
from glyph_transfer.experiments.training import Scoring
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import Phase, Training, Variant

FEATURES = ["conv_1", "bn_1", "conv_2", "bn_2"]
TRAINING = Training(optimizer="momentum", batch_size=10, batch_norm_momentum=0.8)


def phase(train="all", epochs=1, learning_rate=0.01, **other):
    return Phase(train=train, epochs=epochs, learning_rate=learning_rate, **other)


def variant(load=(), phases=None, **other):
    return Variant(sources=["letters"], load=list(load), phases=phases or [phase()], **other)


HEAD_THEN_ALL = variant(FEATURES, [phase(["dense"], 2, 0.01), phase("all", 1, 0.001)])


class Watched:
    """Stands in for a trainer: keeps what it is told, and moves every weight by one."""

    def __init__(self, model):
        self.model = model
        self.phases = []
        self.prepared = []
        self.reestimated = []
        self.scored = []

    def prepare(self, trainable, optimizer, n_images, batch_size):
        assert not self.phases, "the clock runs"
        self.prepared.append((trainable, optimizer, n_images, batch_size))

    def train(self, images, labels, orders, schedule):
        now = models.get_weights(self.model)
        given = {"images": images, "labels": labels, "orders": orders, "weights": now}
        self.phases.append(given | vars(schedule))
        models.set_weights(self.model, {k: [a + 1 for a in v] for k, v in now.items()})
        return iter([(len(self.phases), epoch / 10) for epoch in range(len(orders))])

    def predict(self, images, changed):
        """Give what is known of no image; note after which epochs it was asked."""
        self.scored.append((images, changed))
        return np.full((len(images), 3), 1 / 3, np.float32)

    def reestimate_batch_norm(self, images):
        self.reestimated.append((images, len(self.phases)))


@pytest.fixture
def model(build_tiny, scramble):
    """The target's network, with weights left over from the replicate before."""
    network = build_tiny()
    scramble(network, 1)
    return network


@pytest.fixture(scope="module")
def source(build_tiny, scramble):
    """A source of five classes: its head does not fit."""
    network = build_tiny(5)
    scramble(network, 2)
    return models.get_weights(network)


def trained(trainer, chosen, source, split, rng, scoring=None):
    """Start and train a network; give its history."""
    training.start(trainer, chosen, source, rng)
    return training.train(trainer, chosen, TRAINING, split, rng, scoring)


def scored_every(test, every):
    """What is scored between the epochs; nothing where `every` is None."""
    return Scoring(test, every) if every else None


def watch(model, chosen, source, split, seed=3):
    watched = Watched(model)
    rng = np.random.default_rng(seed)
    return watched, trained(watched, chosen, source, split, rng)


def assert_same(found, expected):
    for array, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, wanted)


# --- train


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
    prepared = [(trainable, "momentum", 40, 10) for trainable in (["dense"], [*FEATURES, "dense"])]
    assert watched.prepared == prepared
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


def test_phases_and_draws_have_dropout_of_their_own(model, source, image_set):
    """The stream of batches is not touched by it: see the pairing of sources above."""
    seeds = []
    for number in (1, 1, 2):
        watched, _ = watch(model, HEAD_THEN_ALL, source, image_set.train, seed=number)
        seeds.append([phase["seed"] for phase in watched.phases])
    assert seeds[0] == seeds[1]
    assert len({*seeds[0], *seeds[2]}) == 4


# --- scores on test images


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
    empty = training.NO_HISTORY
    assert {len(array) for array in (empty.loss, empty.accuracy, empty.scored)} == {0}
    assert (empty.scored.dtype, empty.seconds) == (np.int32, 0)
