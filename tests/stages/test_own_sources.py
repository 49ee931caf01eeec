"""A study that trains its own sources on subsets, and holds nothing back."""

import numpy as np
import pytest

from glyph_transfer.experiments import results
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    parts_folder,
    record_file,
    set_file,
    study_folder,
)
from glyph_transfer.learning import models
from glyph_transfer.protocol import params
from glyph_transfer.stages import transfer
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record
from toy_results import count_trainings

FOLDER = study_folder("embedded", "own")
HEAD, ENSEMBLE = "high/tominet/low/head/all", "high/ensemble/none/alone/all"


@pytest.fixture(scope="module")
def own(own_study):
    """The record of that study after its stage ran."""
    transfer.main("embedded", own_study)
    return read_record(record_file("embedded", "own"))


@pytest.fixture(scope="module")
def own_cells(own):
    assert own.tags["study"] == "own"
    cells = params.load().study("own").cells
    return {str(cell): results.load(results.cell_file(FOLDER, cell)) for cell in cells}


def subset(classes):
    """A subset of the digits as the study takes it, by hand: 20 images, none held back."""
    chosen = sets.Selection(tuple(classes), 0.0, 20)
    whole = sets.load(set_file("embedded", "digits"))
    return sets.select({"A": "low", "J": "high"}[classes[0]], whole, chosen, 1)


def test_targets_are_divided_and_restricted_as_the_study_says(own, own_cells):
    """On the embedded corpus 20 images; of 5 classes, in the order of params.yaml."""
    high = subset("JIHGF")
    tested = results.load_tested(results.tested_file(FOLDER, "high"))
    assert tested.classes == tuple("JIHGF")
    np.testing.assert_array_equal(tested.images, high.test.images)
    np.testing.assert_array_equal(tested.labels, high.test.labels)
    for name, done in own_cells.items():
        assert done.index.shape == (2, 20), name
        assert sorted(done.index[0]) == list(range(20))
        assert done.predicted.max() < 5
    digests = {(d.name, d.context): d.digest for d in own.datasets}
    assert digests == {
        (f"embedded-{name}", context): getattr(subset(classes), context).digest
        for name, classes in (("low", "ABCDE"), ("high", "JIHGF"))
        for context in ("train", "test")
    }, "no validation images"


def test_what_is_shown_is_the_named_cells_first_draw(own, own_cells):
    network = models.load(FOLDER / "shown.keras")
    test = subset("JIHGF").test
    given = network(test.images).numpy()[np.arange(len(test)), test.labels]
    first, second = own_cells[HEAD].probability
    np.testing.assert_allclose(given, first, rtol=1e-4)
    assert not np.allclose(given, second, rtol=1e-4)
    assert own.tags["shown_replicate"] == f"{HEAD} draw 0"
    (child,) = [child for child in own.children if child.name == f"{HEAD} draw 0"]
    assert own.model.metrics == child.metrics


def test_scores_that_are_not_known_are_not_logged(own):
    for child in own.children:
        assert {*child.metrics} == {"test_accuracy", "test_loss"}
        assert np.isfinite([*child.metrics.values()]).all()
    assert store.read(own).metrics.items() >= own.metrics.items()


def test_test_scores_are_curves_and_an_ensemble_has_none(own, own_cells):
    children = {child.name: child for child in own.children}
    curves = children[f"{HEAD} draw 1"].curves
    assert {name: len(curve) for name, curve in curves.items()} == dict.fromkeys(
        ("train_loss", "train_accuracy", "test_loss_by_epoch", "test_accuracy_by_epoch"), 2
    )
    done = own_cells[HEAD]
    np.testing.assert_allclose(curves["test_loss_by_epoch"], done.test_loss[1], rtol=1e-5)
    assert curves["test_accuracy_by_epoch"][-1] == pytest.approx(
        children[f"{HEAD} draw 1"].metrics["test_accuracy"], rel=1e-5
    )
    assert {len(c) for c in children[f"{ENSEMBLE} draw 0"].curves.values()} == {0}


def test_an_ensemble_of_one_is_that_one(own_cells):
    np.testing.assert_array_equal(
        own_cells[ENSEMBLE].probability, own_cells["high/tominet/none/scratch/all"].probability
    )


def test_what_was_chosen_is_all_in_the_params(own):
    assert own.params == {
        "optimizer": "adam",
        "batch_size": 5,
        "batch_norm_momentum": 0.5,
        "model": "tominet",
        "targets": "low, high",
        "n_train": "all",
        "draws": "2 at all",
        "sampling": "random",
        "validation": 0.0,
        "images": 20,
        "score_every": 1,
        "sources_from": "scratch",
        "shown": HEAD,
        "variants.scratch.sources": "none",
        "variants.scratch.load": "nothing",
        "variants.scratch.phases": "2 epochs of all layers at 0.001",
        "variants.head.sources": "low",
        "variants.head.baseline": "scratch",
        "variants.head.load": "conv_1, bn_1, conv_2, bn_2",
        "variants.head.phases": "2 epochs of dense at 0.01",
        "ensembles.alone.target": "high",
        "ensembles.alone.variant": "scratch",
        "ensembles.alone.members": "tominet",
        "ensembles.alone.baseline": "tominet",
    }


def test_networks_that_only_others_needed_are_not_kept(own):
    assert own.params["sources_from"] == "scratch"
    assert [path.name for path in FOLDER.rglob("*.keras")] == ["shown.keras"]
    assert not parts_folder("embedded", "own").exists()


@pytest.mark.usefixtures("own")
def test_an_interrupted_study_with_its_own_sources_goes_on(monkeypatch):
    """Eight replicates: stopped among the sources, and among those that start from them."""
    before = {path: path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    for stop_after in (1, 4):
        with monkeypatch.context() as patch:
            count_trainings(patch, stop_after=stop_after)
            with pytest.raises(KeyboardInterrupt):
                transfer.main("embedded", "own")
    rest = count_trainings(monkeypatch)
    transfer.main("embedded", "own")
    assert len(rest) == 3, "none is trained again to be shown"
    after = {path: path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert after == before
