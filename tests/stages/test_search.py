"""The search as a stage, on losses that are known, and the study that takes what it found."""

import math
import shutil
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.description import describe_protocol
from glyph_transfer.experiments.inputs import found_for
from glyph_transfer.experiments.plan import plan_study
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.images.sets import Selection
from glyph_transfer.layout import (
    conditions_file,
    found_file,
    parts_folder,
    record_file,
    results_folder,
    set_facts_file,
    set_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.search import results, trials
from glyph_transfer.search.evolution import Found
from glyph_transfer.stages import search
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record

PARAMS = """\
corpora: [embedded]
seed: 1
workers: 1
sets:
  embedded:
    letters: {validation: 12}
  official:
    letters: {validation: 12}
pretrain: {}
search:
  embedded: {target: letters, validation: 0.25, n_train: 20, epochs: 2, batch_size: 5,
             population: 5, generations: 2, dropout: [0.0, 0.8],
             learning_rate: [0.001, 0.1], width: [0.1, 0.2], log: [learning_rate]}
studies:
  architectures:
    question: Which?
    targets: [letters]
    model: cnn_s5c
    n_train: [all]
    draws: 1
    sampling: random
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.9}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
      searched:
        sources: [none]
        baseline: scratch
        searched: true
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
"""
RESULTS = results_folder("embedded", "search")
HYPERPARAMETERS = ["dropout", "learning_rate", "width"]


def loss_of(candidate, *_):
    """Lowest where little is dropped; those with high learning rates diverge."""
    if candidate["learning_rate"] > 0.03:
        return math.inf
    return 1 + candidate["dropout"] + candidate["width"]


@pytest.fixture(scope="module")
def project(empty_store, image_set, tmp_path_factory):
    """Work in a folder with a set of letters; gives the folder."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.copy(empty_store, "mlflow.db")
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setattr(trials, "train_and_score", loss_of)
        Path("params.yaml").write_text(PARAMS)
        sets.save(image_set, set_file("embedded", "letters"))
        write_json(set_facts_file("embedded", "letters"), {"provenance": "generated"})
        yield folder


@pytest.fixture(scope="module")
def table(project):
    """The trials as the stage wrote them."""
    search.main("embedded")
    assert Path.cwd() == project
    return pd.read_csv(RESULTS / "trials.csv")


@pytest.fixture
def record(table):
    assert len(table) == 15
    return read_record(record_file("embedded", "search"))


def test_the_trials_are_a_table_in_their_order(table):
    assert [*table.columns] == [
        "trial", "generation", *HYPERPARAMETERS, "validation_loss", "best_validation_loss"
    ]  # fmt: skip
    assert [*table.trial] == [*range(1, 16)]
    assert [*table.generation] == [0] * 5 + [1] * 5 + [2] * 5
    for row in table.itertuples():
        loss = loss_of({name: getattr(row, name) for name in HYPERPARAMETERS})
        assert row.validation_loss == pytest.approx(loss, rel=1e-5) or (
            math.isnan(row.validation_loss) and loss == math.inf
        )
    assert table.validation_loss.isna().any()


def test_the_best_so_far_never_rises(table):
    expected = table.validation_loss.fillna(math.inf).cummin()
    assert [*table.best_validation_loss.fillna(math.inf)] == [*expected]


def test_what_is_found_is_the_best_trial(table):
    best = table.loc[table.validation_loss.idxmin()]
    assert read_json(found_file("embedded")) == best[HYPERPARAMETERS].to_dict()
    assert read_record(record_file("embedded", "search")).metrics == {
        "trials": 15,
        "distinct": len(table[HYPERPARAMETERS].drop_duplicates()),
        "best_validation_loss": best.validation_loss,
        **best[HYPERPARAMETERS].to_dict(),
    }


def test_a_candidate_that_comes_up_again_is_trained_and_logged_once():
    first, second = Candidate({"dropout": 0.1}), Candidate({"dropout": 0.2})
    found = Found(second, [(0, first, math.inf), (0, second, 2.0), (1, first, math.inf)])
    rows = results.tabulate(found)
    assert [row["validation_loss"] for row in rows] == [None, 2.0, None]
    assert [row["best_validation_loss"] for row in rows] == [None, 2.0, 2.0]
    assert results.first_trials(found, rows) == rows[:2]
    assert results.metrics(found, rows)["distinct"] == 2


def test_no_parts_are_left_and_no_picture_but_conditions(table):
    assert len(table) == 15
    assert not parts_folder("embedded", "search").exists()
    assert not [*Path().rglob("*.png")], "the report makes it, and a change to it trains nothing"
    assert read_json(conditions_file("embedded", "search"))["seconds"] > 0


def test_mlflow_has_a_child_with_its_hyperparameters_for_each_candidate(record, table):
    """So that the parallel coordinates of `mlflow ui` show the whole search."""
    run = store.read(record)
    client = MlflowClient()
    experiment = client.get_experiment_by_name("glyph-transfer/architectures")
    children = client.search_runs(
        [experiment.experiment_id], f"tags.mlflow.parentRunId = '{run.run_id}'"
    )
    logged = {
        tuple(float(child.data.params[name]) for name in HYPERPARAMETERS): child.data.metrics
        for child in children
    }
    distinct = table.drop_duplicates(HYPERPARAMETERS)
    assert len(children) == len(logged) == len(distinct)
    for row in distinct.itertuples():
        loss = row.validation_loss
        expected = {} if math.isnan(loss) else {"validation_loss": loss}
        assert logged[row.dropout, row.learning_rate, row.width] == expected
    assert {child.data.tags["stage"] for child in children} == {"trial"}


def test_the_run_says_what_was_searched_and_on_which_images(record, image_set):
    divided = sets.select("letters", image_set, Selection(validation=0.25), 1)
    assert [(d.context, d.images) for d in record.datasets] == [("train", 20), ("validation", 13)]
    assert record.datasets[1].digest == divided.validation.digest
    assert record.tags | {"stage": "search", "provenance": "generated"} == record.tags
    assert record.params["learning_rate"] == [0.001, 0.1]
    assert record.params["population"] == 5
    assert [Path(path).name for path in record.artifacts] == ["trials.csv"]


@pytest.mark.usefixtures("table")
def test_run_again_it_finds_the_same_and_logs_nothing_twice():
    files = [found_file("embedded"), RESULTS / "trials.csv"]
    before = [path.read_bytes() for path in files]
    search.main("embedded")
    assert [path.read_bytes() for path in files] == before
    client = MlflowClient()
    experiment = client.get_experiment_by_name("glyph-transfer/architectures")
    runs = client.search_runs([experiment.experiment_id], "tags.stage = 'search'")
    assert len(runs) == 1


@pytest.mark.usefixtures("project")
def test_a_corpus_without_a_search_is_told():
    with pytest.raises(InputError, match=r"nothing under 'search\.official'"):
        search.main("official")


@pytest.mark.usefixtures("project")
def test_the_study_that_takes_what_is_found_is_known_from_the_parameters():
    """Not by its name, nor its variant's or its model's."""
    settings = params.load()
    study = settings.studies["architectures"]
    variants = {"best": study.variants["searched"]}
    renamed = study.model_copy(update={"variants": variants, "model": "cnn_s5b"})
    other = settings.model_copy(update={"studies": {"plain": study, "which": renamed}})
    with pytest.raises(InputError, match=r"of one model on 'letters', .* train cnn_s5b, cnn_s5c"):
        trials.plan(other, settings.search_params())
    other = settings.model_copy(update={"studies": {"which": renamed}})
    assert trials.plan(other, settings.search_params()).model == "cnn_s5b"
    assert other.searched("letters").study == "which"
    with pytest.raises(InputError, match=r"of one model on 'digits', .* train none"):
        other.searched("digits")


# --- the study that takes what was found


@pytest.fixture
def study(table):
    assert len(table) == 15
    return params.load().study("architectures")


def test_a_study_takes_what_was_found(study):
    scratch, searched = plan_study(params.load(), "architectures", study)
    found = read_json(found_file("embedded"))
    assert (scratch.hyperparameters, scratch.variant.phases[0].learning_rate) == ({}, 0.001)
    assert searched.hyperparameters == {name: found[name] for name in ("dropout", "width")}
    assert searched.variant.phases[0].learning_rate == found["learning_rate"]


def test_its_run_says_what_was_found(study):
    found = Candidate({"dropout": 0.3, "learning_rate": 0.0123, "width": 1.5})
    said = describe_protocol(study, found)
    assert said["variants.searched.searched"] == "dropout 0.3, learning_rate 0.0123, width 1.5"
    assert said["variants.searched.phases"] == "2 epochs of all layers at 0.0123"
    assert said["variants.scratch.phases"] == "2 epochs of all layers at 0.001"
    assert "variants.scratch.searched" not in said


def test_a_study_that_takes_nothing_needs_no_search(study, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"found\.json: not found\. `dvc repro` makes it"):
        found_for(study, "embedded")
    own = study.model_copy(update={"variants": {"scratch": study.variants["scratch"]}})
    assert found_for(own, "embedded") is None
