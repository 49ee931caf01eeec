"""A study's replicates: in which order, from which draws, and once each."""

from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import replicates, results
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


def count_trainings(monkeypatch, stop_after=None):
    """Note every replicate that is trained; break off when so many are done."""
    trained, train = [], replicates.train

    def counting(job, *args):
        if len(trained) == stop_after:
            raise KeyboardInterrupt
        train(job, *args)
        trained.append(str(job))

    monkeypatch.setattr(replicates, "train", counting)
    return trained


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


@pytest.mark.usefixtures("study")
def test_a_study_is_as_official_as_the_least_official_of_its_sets(toy_set, write_set):
    settings = params.load()
    study = settings.study("few")
    assert transfer.provenance(settings, study, "embedded") == "generated"
    write_set("letters", toy_set(seed=2), "unofficial")
    assert transfer.provenance(settings, study, "embedded") == "unofficial"
    scratch = study.restricted_to(["none"])
    assert transfer.provenance(settings, scratch, "embedded") == "generated"
    write_set("letters", toy_set(seed=2))


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


# --- a study that trains its own sources on subsets, and holds nothing back

OWN_FOLDER = study_folder("embedded", "own")
HEAD, ENSEMBLE = "high/tominet/low/head/all", "high/ensemble/none/alone/all"


@pytest.fixture(scope="module")
def own(study, own_study):
    """The record of that study after its stage ran."""
    assert study.targets == ["digits"]
    transfer.main("embedded", own_study)
    return read_record(record_file("embedded", "own"))


@pytest.fixture(scope="module")
def own_cells(own):
    assert own.tags["study"] == "own"
    cells = params.load().study("own").cells
    return {str(cell): results.load(results.cell_file(OWN_FOLDER, cell)) for cell in cells}


def subset(classes):
    """A subset of the digits as the study takes it, by hand: 20 images, none held back."""
    chosen = sets.Selection(tuple(classes), 0.0, 20)
    whole = sets.load(set_file("embedded", "digits"))
    return sets.select({"A": "low", "J": "high"}[classes[0]], whole, chosen, 1)


def test_targets_are_divided_and_restricted_as_the_study_says(own, own_cells):
    """On the embedded corpus 20 images; of 5 classes, in the order of params.yaml."""
    high = subset("JIHGF")
    tested = results.load_tested(results.tested_file(OWN_FOLDER, "high"))
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
    network = models.load(OWN_FOLDER / "shown.keras")
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
        "variants.scratch.load": "nothing",
        "variants.scratch.phases": "2 epochs of all layers at 0.001",
        "variants.head.load": "conv_1, bn_1, conv_2, bn_2",
        "variants.head.phases": "2 epochs of dense at 0.01",
        "ensembles.alone.members": "tominet",
    }


def test_what_a_variant_has_of_its_own_is_in_the_params_where_it_has_it():
    """A momentum of 0 is one."""
    study = params.load().study("few")
    own = {"batch_size": 7, "batch_norm_momentum": 0.0, "reestimate_batch_norm": True}
    head = study.variants["head"].model_copy(update=own)
    chosen = transfer.describe_protocol(
        study.model_copy(update={"variants": study.variants | {"head": head}})
    )
    found = {name: value for name, value in chosen.items() if name.startswith("variants.")}
    assert {name for name in found if "scratch" in name} == {
        "variants.scratch.load", "variants.scratch.phases"
    }  # fmt: skip
    assert {name: found[f"variants.head.{name}"] for name in own} == own


def test_networks_that_only_others_needed_are_not_kept(own):
    assert own.params["sources_from"] == "scratch"
    assert [path.name for path in OWN_FOLDER.rglob("*.keras")] == ["shown.keras"]
    assert not parts_folder("embedded", "own").exists()


@pytest.mark.usefixtures("own")
def test_an_interrupted_study_with_its_own_sources_goes_on(monkeypatch):
    """Eight replicates: stopped among the sources, and among those that start from them."""
    before = {path: path.read_bytes() for path in OWN_FOLDER.rglob("*") if path.is_file()}
    for stop_after in (1, 4):
        with monkeypatch.context() as patch:
            count_trainings(patch, stop_after=stop_after)
            with pytest.raises(KeyboardInterrupt):
                transfer.main("embedded", "own")
    rest = count_trainings(monkeypatch)
    transfer.main("embedded", "own")
    assert len(rest) == 3, "none is trained again to be shown"
    after = {path: path.read_bytes() for path in OWN_FOLDER.rglob("*") if path.is_file()}
    assert after == before
