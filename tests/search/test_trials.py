"""Trials of the search on losses that are known: in their places, once each, and resumed."""

import math
import shutil
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import plan, replicates
from glyph_transfer.experiments.plan import Target
from glyph_transfer.images import sets
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol.candidates import Bounds, Candidate
from glyph_transfer.search import trials
from glyph_transfer.search.evolution import search
from glyph_transfer.search.trials import Task

BOUNDS = Bounds(dropout=(0.0, 0.8), learning_rate=(1e-4, 1e-1), width=(0.25, 2.0))
CANDIDATE = Candidate(0.5, 0.001, 1.0)


def loss_of(candidate):
    """Lowest at narrow networks; those with high learning rates diverge."""
    return math.inf if candidate.learning_rate > 0.03 else candidate.width + candidate.dropout


@pytest.fixture
def task(image_set, tmp_path):
    path = tmp_path / "letters.npz"
    sets.save(image_set, path)
    target = Target(path, plan.digest(path), Selection(validation=0.25))
    return Task("letters", target, 20, 1, 5, 1, tmp_path / "parts")


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
    return trials.run(task, BOUNDS, 5, generations, 1, "search")


def test_losses_come_to_their_candidates(task, calls):
    expected = search(lambda cs: [loss_of(c) for c in cs], BOUNDS, 5, 2, seed=1)
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
    "epochs": lambda t: replace(t, epochs=2),
    "batch_size": lambda t: replace(t, batch_size=6),
    "seed": lambda t: replace(t, seed=2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_parts_of_another_task_are_not_used(task, change):
    other = CHANGES[change](task)
    assert trials._result_file(task, CANDIDATE) != trials._result_file(other, CANDIDATE)


def test_every_hyperparameter_makes_another_part(task):
    others = [replace(CANDIDATE, **{n: 0.25}) for n in ("dropout", "learning_rate", "width")]
    assert len({trials._result_file(task, c) for c in (CANDIDATE, *others)}) == 4


def test_the_same_task_elsewhere_has_the_same_parts(task):
    target = replace(task.target, path=Path("elsewhere.npz"))
    assert trials._result_file(replace(task, target=target), CANDIDATE) == trials._result_file(
        task, CANDIDATE
    )


@pytest.mark.parametrize(
    "module",
    ["learning/models", "images/sets", "seeds", "search/evolution", "experiments/variants"],
)
def test_parts_of_other_code_are_not_used(task, module, tmp_path, monkeypatch):
    folder = shutil.copytree(Path(plan.__file__).parent.parent, tmp_path / "code")
    monkeypatch.setattr(plan, "__file__", str(folder / "experiments" / "plan.py"))
    before = trials._result_file(task, CANDIDATE)
    (folder / "tracking.py").write_text("# nothing\n")
    assert trials._result_file(task, CANDIDATE) == before
    with (folder / f"{module}.py").open("a") as text:
        text.write("# another line\n")
    assert trials._result_file(task, CANDIDATE) != before


def test_a_candidate_is_trained_on_the_target_as_it_is_divided(task, image_set, monkeypatch):
    seen = []
    monkeypatch.setattr(trials, "train_and_score", lambda *words: seen.append(words) or 0.5)
    assert trials.train(task, CANDIDATE) == (CANDIDATE, 0.5)
    ((candidate, images, *rest),) = seen
    assert astuple(candidate) == (0.5, 0.001, 1.0)
    assert rest == [20, 1, 5, 1]
    assert (len(images.train), len(images.validation)) == (39, 13), "a quarter of 52"
    divided = sets.select("letters", image_set, Selection(validation=0.25), 1)
    np.testing.assert_array_equal(images.train.index, divided.train.index)


def test_a_set_that_has_changed_is_not_used(task):
    replicates.images_of.cache_clear()
    task.target.path.write_bytes(b"other")
    with pytest.raises(InputError, match=r"letters\.npz: is not the file that .* planned with"):
        trials.train(task, CANDIDATE)
