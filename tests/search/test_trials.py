"""Trials of the search on losses that are known: in their places, once each, and resumed."""

import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import inputs
from glyph_transfer.experiments.inputs import Target, digest, images_of
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet, Selection
from glyph_transfer.protocol import Phase, Training, Variant
from glyph_transfer.protocol.candidates import Candidate, Search
from glyph_transfer.search import trials
from glyph_transfer.search.evolution import search
from glyph_transfer.search.trials import Task

HOW = Search.model_validate(
    {"target": "letters", "validation": 0.25, "n_train": 20, "epochs": 1, "batch_size": 5,
     "population": 5, "generations": 2, "dropout": [0.0, 0.8], "learning_rate": [1e-4, 1e-1],
     "width": [0.25, 2.0], "log": ["learning_rate"]}
)  # fmt: skip
VALUES = {"dropout": 0.5, "learning_rate": 0.001, "width": 1.0}
CANDIDATE = Candidate(VALUES)
PHASE = Phase(train="all", epochs=1, learning_rate=0.5)
SCRATCH = Variant(sources=["none"], load=[], phases=[PHASE])


def loss_of(candidate):
    """Lowest at narrow networks; those with high learning rates diverge."""
    return (
        math.inf if candidate["learning_rate"] > 0.03 else candidate["width"] + candidate["dropout"]
    )


@pytest.fixture
def task(image_set, tmp_path):
    path = tmp_path / "letters.npz"
    sets.save(image_set, path)
    return Task(
        name="letters",
        target=Target(path, digest(path), Selection(validation=0.25)),
        n_train=20,
        model="cnn_s5c",
        variant=SCRATCH,
        training=Training(optimizer="adam", batch_size=5, batch_norm_momentum=0.9),
        seed=1,
        parts=tmp_path / "parts",
    )


@pytest.fixture
def calls(monkeypatch):
    """The candidates that were trained, in their order; training itself is left out."""
    made = []

    def train_and_score(candidate, *_):
        made.append(candidate)
        return loss_of(candidate)

    monkeypatch.setattr(trials, "train_and_score", train_and_score)
    return made


def run(task, generations=2):
    return trials.run(task, HOW.model_copy(update={"generations": generations}), 1, "search")


def test_losses_come_to_their_candidates(task, calls):
    expected = search(lambda cs: [loss_of(c) for c in cs], HOW.bounds, 5, 2, seed=1)
    assert run(task) == expected
    assert len(calls) == len({*calls}) == len({c for _, c, _ in expected.trials})
    assert math.inf in [loss for *_, loss in expected.trials]


def test_a_search_that_was_stopped_goes_on(task, calls, monkeypatch):
    expected = run(task)
    shutil.rmtree(task.parts)
    calls.clear()
    with monkeypatch.context() as patch:

        def stop(candidate, *_):
            if len(calls) == 7:
                raise KeyboardInterrupt
            calls.append(candidate)
            return loss_of(candidate)

        patch.setattr(trials, "train_and_score", stop)
        with pytest.raises(KeyboardInterrupt):
            run(task)
    finished = {*calls}
    assert len([*task.parts.iterdir()]) == len(finished) == 7
    calls.clear()
    assert run(task) == expected
    assert not finished & {*calls}
    assert finished | {*calls} == {candidate for _, candidate, _ in expected.trials}


def test_more_generations_begin_with_the_same_trials(task, calls):
    shorter = run(task, generations=1)
    calls.clear()
    assert run(task, generations=2).trials[: len(shorter.trials)] == shorter.trials
    assert 0 < len(calls) <= 5


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"validation_loss": '])
def test_a_damaged_part_is_trained_again(task, calls, content):
    expected = run(task)
    calls.clear()
    damaged = next(task.parts.iterdir())
    damaged.write_text(content)
    assert run(task) == expected
    assert len(calls) == 1


CHANGES = {
    "target": lambda t: replace(t, name="digits"),
    "images": lambda t: replace(t, target=replace(t.target, digest="other")),
    "selection": lambda t: replace(t, target=replace(t.target, selection=Selection())),
    "n_train": lambda t: replace(t, n_train=21),
    "model": lambda t: replace(t, model="cnn_s5b"),
    "epochs": lambda t: replace(t, variant=t.variant.with_phases({"epochs": 2})),
    "batch_size": lambda t: replace(t, training=t.training.model_copy(update={"batch_size": 6})),
    "seed": lambda t: replace(t, seed=2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_parts_of_another_task_are_not_used(task, change):
    other = CHANGES[change](task)
    assert trials._result_file(task, CANDIDATE) != trials._result_file(other, CANDIDATE)


def test_every_hyperparameter_makes_another_part(task):
    others = [Candidate(VALUES | {name: 0.25}) for name in VALUES]
    assert len({trials._result_file(task, c) for c in (CANDIDATE, *others)}) == 4


def test_the_same_task_elsewhere_has_the_same_parts(task):
    target = replace(task.target, path=Path("elsewhere.npz"))
    assert trials._result_file(replace(task, target=target), CANDIDATE) == trials._result_file(
        task, CANDIDATE
    )


def test_parts_of_other_code_are_not_used(task, monkeypatch):
    before = trials._result_file(task, CANDIDATE)
    monkeypatch.setattr(inputs, "made_from", lambda program: f"other code of {program}")
    assert trials._result_file(task, CANDIDATE) != before


def test_bounds_that_a_network_cannot_have_are_told_before_anything_trains(task, calls):
    """Its function says so: nothing else knows its hyper-parameters."""
    for other, message in (
        ({"dropout": (0.0, 1.0)}, "dropout 1.0: .* up to 0.99"),
        ({"width": (0.0, 1.0)}, "width 0.0 .* above 0"),
        ({"depth": (1.0, 2.0)}, "no hyper-parameter 'depth'; .* width, dropout"),
    ):
        how = Search.model_validate(HOW.model_dump() | other)
        with pytest.raises(InputError, match=message):
            trials.run(task, how, 1, "search")
    assert calls == []


def test_a_candidate_is_trained_on_the_target_as_it_is_divided(task, image_set, monkeypatch):
    seen = []
    monkeypatch.setattr(trials, "train_and_score", lambda *words: seen.append(words) or 0.5)
    assert trials.train(task, CANDIDATE) == (CANDIDATE, 0.5)
    ((candidate, images, sent),) = seen
    assert (candidate, sent) == (CANDIDATE, task)
    assert (len(images.train), len(images.validation)) == (39, 13), "a quarter of 52"
    divided = sets.select("letters", image_set, Selection(validation=0.25), 1)
    np.testing.assert_array_equal(images.train.index, divided.train.index)


def test_a_set_that_has_changed_is_not_used(task):
    images_of.cache_clear()
    task.target.path.write_bytes(b"other")
    with pytest.raises(InputError, match=r"letters\.npz: is not the file that .* planned with"):
        trials.train(task, CANDIDATE)


# --- training


SMALL = {"dropout": 0.2, "learning_rate": 0.003, "width": 0.2}


def loss_on(images, n_train=30, **other):
    """Loss of a small network after eight epochs of 30 images, in batches of six."""
    task = Task(
        "letters", None, n_train, "cnn_s5c", SCRATCH.with_phases({"epochs": 8}),
        Training(optimizer="adam", batch_size=6, batch_norm_momentum=0.9), 1, None,
    )  # fmt: skip
    return trials.train_and_score(Candidate(SMALL | other), images, task)


@pytest.fixture(scope="module")
def loss(image_set):
    return loss_on(image_set)


def test_training_learns(loss):
    assert 0 < loss < 0.5 * math.log(3)


def test_the_test_split_is_not_looked_at(image_set, loss):
    """Nor are training images beyond the first n_train."""
    train = image_set.train
    images, labels = train.images.copy(), train.labels.copy()
    images[30:], labels[30:] = 0, 255
    poisoned = ImageSet(
        image_set.classes, replace(train, images=images, labels=labels), image_set.validation, None
    )
    assert loss_on(poisoned) == loss


def test_the_validation_split_and_every_hyper_parameter_count(image_set, loss):
    others = [
        loss_on(image_set, **other)
        for other in ({"dropout": 0.5}, {"learning_rate": 0.002}, {"width": 0.3})
    ]
    others.append(loss_on(replace(image_set, validation=image_set.test)))
    assert len({loss, *others}) == 5


def test_a_training_that_diverges_has_no_finite_loss(image_set):
    assert not math.isfinite(loss_on(image_set, learning_rate=1e30))


def test_too_few_training_images_are_refused(image_set):
    with pytest.raises(InputError, match="to train on 41 images, but the train split has 40"):
        loss_on(image_set, n_train=41)


def test_tensorflow_is_imported_only_to_train():
    program = (
        "import sys; from glyph_transfer.search import trials; assert 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
