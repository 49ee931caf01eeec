"""Source networks: which epoch's weights are kept, and what chooses it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.layout import record_file, source_file, source_scores_file
from glyph_transfer.learning import models, pretraining
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.params import Pretraining
from glyph_transfer.scores import proportion_interval
from glyph_transfer.stages import pretrain
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record
from tiny_training import assert_equal_weights
from toy_study import FROZEN, make_study

HOW = Pretraining(
    optimizer="adam",
    batch_size=20,
    batch_norm_momentum=0.5,
    learning_rate=0.01,
    epochs=6,
    patience=2,
)


@pytest.fixture(scope="module")
def trainer():
    return Trainer(models.build("tominet", 10, HOW.batch_norm_momentum))


@pytest.fixture
def train(trainer):
    """Train from the same start; gives the curves and the weights that are left."""

    def run(images, **change):
        how = HOW.model_copy(update=change)
        curves = pretraining.train(trainer, images, how, np.random.default_rng(0), "toy")
        return curves, models.get_weights(trainer.model)

    return run


def mislabelled(split):
    return replace(split, labels=(split.labels + 5) % 10)


def test_the_best_epochs_weights_are_kept_and_not_the_last(train, trainer, toy_set):
    """Every validation label is wrong: the better the network, the worse its loss."""
    images = toy_set()
    images = replace(images, validation=mislabelled(images.validation))
    curves, weights = train(images)
    best = int(np.argmin(curves.validation_loss)) + 1
    assert best + HOW.patience == len(curves.validation_loss) < HOW.epochs
    assert pretraining.score(trainer, images.validation)["loss"] == min(curves.validation_loss)
    _, expected = train(images, epochs=best)
    assert_equal_weights(weights, expected)


def test_training_goes_on_while_it_gets_better(train, toy_set):
    curves, weights = train(toy_set(n_train=200), learning_rate=0.001, patience=1, epochs=4)
    assert curves.validation_loss == sorted(curves.validation_loss, reverse=True)
    assert len(curves.train_loss) == 4
    _, shorter = train(toy_set(n_train=200), learning_rate=0.001, patience=1, epochs=3)
    assert not np.array_equal(weights["dense"][0], shorter["dense"][0])


def test_without_patience_all_epochs_are_run_and_the_last_weights_stay(train, trainer, toy_set):
    """Every validation label is wrong: with patience, training would have stopped long ago."""
    images = toy_set()
    images = replace(images, validation=mislabelled(images.validation))
    curves, _ = train(images, patience=None)
    assert len(curves.validation_loss) == HOW.epochs
    assert min(curves.validation_loss) < curves.validation_loss[-1]
    assert pretraining.score(trainer, images.validation)["loss"] == curves.validation_loss[-1]


def test_the_rate_decays_where_it_is_asked_to(train, toy_set):
    """Two steps an epoch; at such a decay only the first of them all moves the weights."""
    decayed = [train(toy_set(), epochs=n, patience=None, decay=1e12)[1] for n in (1, 3)]
    plain = [train(toy_set(), epochs=n, patience=None)[1] for n in (1, 3)]
    for weights, moves in ((decayed, False), (plain, True)):
        first, later = (each["dense"][0] for each in weights)
        assert (np.abs(later - first).max() > 1e-6) == moves


def test_what_is_asked_of_a_source_reaches_its_training(train, trainer, toy_set, monkeypatch):
    seen, original = [], Trainer.train

    def watching(self, images, labels, orders, schedule):
        seen.append(schedule)
        return original(self, images, labels, orders, schedule)

    monkeypatch.setattr(Trainer, "train", watching)
    images, turned = toy_set(n_train=50), Augmentation(rotation=10)
    train(images, patience=None, epochs=2)
    train(images, patience=None, epochs=2, one_cycle=True, balanced=True, augmentation=turned)
    plain, asked = seen
    assert (plain.one_cycle_steps, plain.log_shares, plain.augmentation) == (0, (), None)
    assert asked.one_cycle_steps == 2 * 3  # batches of 20, 20 and 10
    assert asked.augmentation == turned
    shares = np.bincount(images.train.labels) / 50
    np.testing.assert_allclose(np.exp(asked.log_shares), shares)


def test_a_cycle_that_patience_would_cut_short_is_refused():
    with pytest.raises(ValidationError, match="one_cycle"):
        Pretraining(**HOW.model_dump() | {"one_cycle": True})


def test_patience_starts_anew_with_every_best_epoch(train, toy_set, monkeypatch):
    losses = iter([3.0, 4.0, 2.0, 2.0, 1.0, 5.0])
    monkeypatch.setattr(pretraining, "score", lambda *_: {"loss": next(losses), "accuracy": 0.5})
    curves, _ = train(toy_set(), patience=2)
    assert curves.validation_loss == [3.0, 4.0, 2.0, 2.0, 1.0, 5.0]


def test_score_counts_right_images_with_wilsons_interval(trainer, toy_set):
    split = toy_set().test
    right = trainer.predict(split.images).argmax(1) == split.labels
    score = pretraining.score(trainer, split)
    assert score["accuracy"] == right.mean()
    assert (score["accuracy_low"], score["accuracy_high"]) == proportion_interval(right)
    assert score["images"] == 30


@pytest.fixture(scope="module")
def pretrained(project):
    pretrain.main("embedded", "tominet", "letters")
    return project


NAMES = ("embedded", "tominet", "letters")


@pytest.mark.usefixtures("pretrained")
def test_scores_are_those_of_the_saved_network():
    network = models.load(source_file(*NAMES))
    test = sets.load(Path("data/embedded/sets/letters.npz")).test
    right = network(test.images).numpy().argmax(1) == test.labels
    scores = read_json(source_scores_file(*NAMES))
    assert scores["test_accuracy"] == right.mean() > 0.3
    assert scores["test_accuracy_low"] < scores["test_accuracy"] <= scores["test_accuracy_high"]
    assert scores["test_images"] == 30
    assert 1 <= scores["epochs"] <= 6


@pytest.mark.usefixtures("pretrained")
def test_the_record_tells_how_it_was_trained_and_on_what():
    record = read_record(record_file("embedded", "pretrain_tominet-letters"))
    scores = read_json(source_scores_file(*NAMES))
    images = sets.load(Path("data/embedded/sets/letters.npz"))
    assert record.metrics == scores
    assert record.params["learning_rate"] == 0.01
    assert record.tags["provenance"] == "generated"
    assert {*record.curves} == {
        "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"
    }  # fmt: skip
    assert {len(curve) for curve in record.curves.values()} == {scores["epochs"]}
    assert [(d.context, d.digest) for d in record.datasets] == [
        (name, getattr(images, name).digest) for name in sets.SPLITS
    ]
    assert store.read(record).metrics.items() >= scores.items()


@pytest.fixture
def ask_for():
    """Have params.yaml ask for so many training images, for one test."""
    path = Path("params.yaml")
    text = path.read_text()
    yield lambda n: path.write_text(
        text.replace("letters: {optimizer", f"letters: {{n_train: {n}, optimizer")
    )
    path.write_text(text)


@pytest.mark.usefixtures("pretrained")
def test_so_many_training_images_are_the_first_ones(ask_for):
    """And the record says so."""
    ask_for(20)
    pretrain.main(*NAMES)
    record = read_record(record_file("embedded", "pretrain_tominet-letters"))
    whole = sets.load(Path("data/embedded/sets/letters.npz"))
    assert record.params["n_train"] == 20
    assert [(d.context, d.images, d.digest) for d in record.datasets] == [
        ("train", 20, whole.train[np.arange(20)].digest),
        ("validation", 20, whole.validation.digest),
        ("test", 30, whole.test.digest),
    ]
    few = read_json(source_scores_file(*NAMES))
    ask_for(40)
    pretrain.main(*NAMES)
    assert read_json(source_scores_file(*NAMES))["test_loss"] != few["test_loss"]


@pytest.mark.usefixtures("pretrained")
def test_more_training_images_than_there_are_are_refused(ask_for):
    ask_for(41)
    with pytest.raises(InputError, match=r"letters\.n_train is 41, but the set has 40 training"):
        pretrain.main(*NAMES)


@pytest.mark.usefixtures("pretrained")
def test_test_images_choose_nothing(write_set, toy_set):
    """With other test labels everything is the same but the scores."""
    network = source_file(*NAMES).read_bytes()
    scores = read_json(source_scores_file(*NAMES))
    images = toy_set(seed=2)
    write_set("letters", replace(images, test=mislabelled(images.test)))
    pretrain.main("embedded", "tominet", "letters")
    assert source_file(*NAMES).read_bytes() == network
    changed = read_json(source_scores_file(*NAMES))
    assert changed["test_accuracy"] != scores["test_accuracy"]
    assert changed["epochs"] == scores["epochs"]


@pytest.mark.parametrize(
    ("old", "new", "layer"),
    [
        ("load: [conv_1, bn_1, conv_2", "load: [conv_1, bn_1, conv_3", "conv_3"),
        ("train: [dense], epochs", "train: [dense_1], epochs", "dense_1"),
    ],
)
def test_a_wrong_layer_ends_it_before_anything_is_trained(project, monkeypatch, old, new, layer):
    monkeypatch.setattr(pretraining, "train", lambda *_: pytest.fail("trained"))
    path = Path("params.yaml")
    text = path.read_text()
    path.write_text(text.replace(old, new))
    with pytest.raises(
        InputError,
        match=rf"studies\.few\.variants\.head .*'{layer}'.* tominet .*: conv_1, bn_1, .*, dense$",
    ):
        pretrain.main(*NAMES)
    path.write_text(text)


def test_layers_to_load_have_to_be_in_the_source_network_too():
    """S4's target network has three hidden layers, its source one."""
    study = make_study(
        targets=["digits"],
        variants={
            "head": FROZEN.model_copy(
                update={
                    "source_model": "cnn_s4",
                    "models": {"cnn_s4_transfer": ["digits"]},
                    "load": ["conv_1", "dense_2"],
                }
            )
        },
    )
    with pytest.raises(InputError, match=r"few\..+ layers of cnn_s4 .*dense_1, dense_bn_1, dense$"):
        pretrain.check_layers("few", study, "cnn_s4", "letters", 4)
    for other in (("tominet", "letters"), ("cnn_s4", "digits")):
        pretrain.check_layers("few", study, *other, 4)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("embedded", "tominet", "fashion"), "unknown source 'fashion'; .*: letters"),
        (("embedded", "lenet", "letters"), "unknown model 'lenet'; .*: tominet"),
        (("emnist", "tominet", "letters"), "unknown corpus 'emnist'; .*: embedded"),
    ],
)
def test_unknown_names_leave_nothing(project, names, message):
    before = sorted(project.rglob("*"))
    with pytest.raises(InputError, match=message):
        pretrain.main(*names)
    assert sorted(project.rglob("*")) == before


def test_operations_run_side_by_side_where_cores_are_asked_for_in_time():
    """The stage asks before anything has imported TensorFlow."""
    program = """
import os, sys
import glyph_transfer.stages.pretrain
assert "tensorflow" not in sys.modules
os.environ["GLYPH_TRANSFER_CORES"] = "2"
from glyph_transfer.learning.backend import tf
print(tf.config.threading.get_inter_op_parallelism_threads())
print(tf.config.threading.get_intra_op_parallelism_threads())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["2", "1"]
