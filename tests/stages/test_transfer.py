"""A study's replicates: in which order, from which draws, and once each."""

from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    conditions_file,
    parts_folder,
    record_file,
    set_file,
    source_file,
    study_folder,
)
from glyph_transfer.learning import models
from glyph_transfer.protocol import params
from glyph_transfer.scores import log_loss
from glyph_transfer.seeds import generator
from glyph_transfer.stages import transfer
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record
from toy_results import count_trainings

FOLDER = study_folder("embedded", "few")


def pretrain(seed):
    """A source network: nothing here hangs on how good it is."""
    network = models.build("tominet", 10, 0.5)
    models.set_weights(network, models.initial_weights(network, generator(seed)))
    models.save(network, source_file("embedded", "tominet", "letters"))


@pytest.fixture(scope="module")
def study(project):
    """The study after its stage ran."""
    pretrain(seed=0)
    transfer.main("embedded", "few")
    assert Path.cwd() == project
    return params.load().study("few")


@pytest.fixture(scope="module")
def cells(study):
    return {cell: results.load(results.cell_file(FOLDER, cell)) for cell in study.cells}


@pytest.fixture(scope="module")
def target(study):
    return sets.load(set_file("embedded", "digits"))


@pytest.fixture(scope="module")
def record(study):
    assert study.draws == 3
    return read_record(record_file("embedded", "few"))


def outputs():
    return {path: path.read_bytes() for path in sorted(FOLDER.rglob("*")) if path.is_file()}


def test_there_is_a_file_for_each_cell_and_no_other(study):
    assert {*outputs()} == {FOLDER / f"{cell}.npz" for cell in study.cells} | {
        FOLDER / "shown.keras",
        FOLDER / "digits" / "test.npz",
    }


def test_predictions_are_in_the_order_of_the_test_images(cells, record, target):
    """The kept network has to say of every image what its replicate said."""
    name, draw = record.tags["shown_replicate"].split(" draw ")
    (done,) = [done for cell, done in cells.items() if str(cell) == name]
    network = models.load(FOLDER / "shown.keras")
    probabilities = network(target.test.images).numpy()
    np.testing.assert_array_equal(done.predicted[int(draw)], probabilities.argmax(1))
    given = probabilities[np.arange(len(target.test)), target.test.labels]
    np.testing.assert_allclose(done.probability[int(draw)], given, rtol=1e-4)
    assert len(np.unique(done.predicted[int(draw)])) > 2


def test_the_best_replicate_is_best_on_validation_images(cells, record):
    name, draw = record.tags["shown_replicate"].split(" draw ")
    standings = {
        (str(cell), n): (done.validation_accuracy[n], -done.validation_loss[n])
        for cell, done in cells.items()
        for n in range(3)
    }
    assert standings[name, int(draw)] == max(standings.values())


def test_cells_share_their_draws_which_differ_from_each_other(cells, target):
    scratch, head = cells.values()
    np.testing.assert_array_equal(scratch.index, head.index)
    assert len(np.unique(scratch.index, axis=0)) == 3
    for index in scratch.index:
        assert len(np.unique(index)) == 10
        assert index.max() < len(target.train)


def test_curves_have_an_epoch_for_each_of_the_phases(cells):
    scratch, head = cells.values()
    assert (scratch.loss.shape, head.loss.shape) == ((3, 2), (3, 3))


def test_the_tested_images_are_kept_with_the_classes(target):
    tested = results.load_tested(results.tested_file(FOLDER, "digits"))
    assert tested.classes == target.classes
    np.testing.assert_array_equal(tested.images, target.test.images)
    np.testing.assert_array_equal(tested.labels, target.test.labels)


def test_the_record_has_every_replicate_with_its_recomputed_metrics(study, cells, record, target):
    assert record.metrics == {"replicates": 6.0}
    children = {(c.params["variant"], c.params["draw"]): c for c in record.children}
    assert len(children) == len(record.children) == 6
    for cell in study.cells:
        for draw in range(study.draws):
            child, done = children[cell.variant, draw], cells[cell]
            right = (done.predicted[draw] == target.test.labels).mean()
            assert child.metrics["test_accuracy"] == pytest.approx(right, rel=1e-5)
            loss = log_loss(done.probability[draw])
            assert child.metrics["test_loss"] == pytest.approx(loss, rel=1e-5)
            assert child.metrics["validation_accuracy"] == done.validation_accuracy[draw]
            np.testing.assert_allclose(child.curves["train_loss"], done.loss[draw], rtol=1e-5)
            assert (child.tags["source"], child.tags["draw"]) == (cell.source, str(draw))


def test_the_same_draw_is_the_same_data_set_in_every_cell(record):
    digests = {}
    for child in record.children:
        (dataset,) = child.datasets
        digests.setdefault((child.params["draw"], dataset.name), set()).add(dataset.digest)
    assert [len(d) for d in digests.values()] == [1, 1, 1]
    assert len(set.union(*digests.values())) == 3


def test_seconds_are_conditions_and_not_results(study):
    conditions = read_json(conditions_file("embedded", "few"))
    for what in ("replicate_seconds", "training_seconds"):
        seconds = conditions[what]
        assert [*seconds] == [str(cell) for cell in study.cells]
        assert all(len(each) == 3 and min(each) > 0 for each in seconds.values())
    for cell, whole in conditions["replicate_seconds"].items():
        assert (np.array(conditions["training_seconds"][cell]) <= whole).all()


def test_the_shown_network_is_registered_and_the_runs_are_there(record):
    run = store.read(record)
    client = MlflowClient()
    version = client.get_model_version_by_alias("glyph-transfer-few-embedded", "shown")
    assert version.run_id == run.run_id
    experiment = client.get_experiment_by_name("glyph-transfer/few")
    children = client.search_runs(
        [experiment.experiment_id], f"tags.mlflow.parentRunId = '{run.run_id}'"
    )
    assert len(children) == 6


@pytest.mark.usefixtures("study")
def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(monkeypatch):
    before = outputs()
    assert not parts_folder("embedded", "few").exists()
    with monkeypatch.context() as patch:
        first = count_trainings(patch, stop_after=4)
        with pytest.raises(KeyboardInterrupt):
            transfer.main("embedded", "few")
    damaged = next(parts_folder("embedded", "few").rglob("*.npz"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    rest = count_trainings(monkeypatch)
    transfer.main("embedded", "few")
    best = rest.pop()  # trained once more to keep its network
    assert len(first) == 4
    assert len(rest) == len({*rest}) == 3
    assert {best, *first, *rest} == {*first, *rest}
    assert len({*first, *rest}) == 6
    assert outputs() == before
    assert not parts_folder("embedded", "few").exists()


def change(old, new):
    text = Path("params.yaml").read_text()
    assert old in text
    Path("params.yaml").write_text(text.replace(old, new))


@pytest.fixture
def _kept_params():
    text = Path("params.yaml").read_text()
    yield
    Path("params.yaml").write_text(text)


@pytest.mark.usefixtures("study", "_kept_params")
def test_parts_of_other_parameters_are_not_used(monkeypatch):
    with monkeypatch.context() as patch:
        count_trainings(patch, stop_after=3)
        with pytest.raises(KeyboardInterrupt):
            transfer.main("embedded", "few")
    change("phases: [{train: all, epochs: 2", "phases: [{train: all, epochs: 1")
    trained = count_trainings(monkeypatch)
    transfer.main("embedded", "few")
    assert len({*trained}) == 6


@pytest.mark.usefixtures("study")
def test_another_source_network_is_seen_in_parts_and_in_living_workers(cells, monkeypatch):
    """Parts stay from a run that was stopped, and workers of a cluster from the last study."""
    with monkeypatch.context() as patch:
        count_trainings(patch, stop_after=5)
        with pytest.raises(KeyboardInterrupt):
            transfer.main("embedded", "few")
    pretrain(seed=1)
    transfer.main("embedded", "few")
    same = []
    for cell, before in cells.items():
        after = results.load(results.cell_file(FOLDER, cell))
        same.append((before.probability == after.probability).all(axis=1).tolist())
    assert same == [[True] * 3, [False] * 3]


@pytest.mark.usefixtures("study", "_kept_params")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("load: [conv_1,", "load: [conv_9,", "names the layer 'conv_9', .*: conv_1, bn_1, conv_2"),
        ("train: [dense]", "train: [head]", "names the layer 'head', .*dense"),
        ("n_train: [10]", "n_train: [41]", "n_train is 41, .* at most .* 40"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is(monkeypatch, old, new, message):
    change(old, new)
    text = Path("params.yaml").read_text()
    change(text[text.index("    published:") :], "")
    before = outputs()
    trained = count_trainings(monkeypatch)
    with pytest.raises(InputError, match=message):
        transfer.main("embedded", "few")
    assert trained == []
    assert outputs() == before
    assert not parts_folder("embedded", "few").exists()
