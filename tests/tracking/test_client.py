"""Stores and their experiments: made once, found where the checkout is now."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock, Timeout
from mlflow import MlflowClient

from glyph_transfer import tracking
from glyph_transfer.tracking import client as tracking_client
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import Model, write_record
from tracked_conditions import CONDITIONS, active_runs, names


def move(record, old, new, monkeypatch):
    """Rename a checkout, as its user may, and go on in it."""
    monkeypatch.chdir(old.parent)
    old.rename(new)
    monkeypatch.chdir(new)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{new}/mlflow.db")
    assert store.log(record, CONDITIONS, restored=True)
    return store.read(record)


def test_a_moved_checkout_keeps_its_store(record, network, tmp_path, monkeypatch):
    """MLflow keeps absolute paths: without care, artifacts would be sought in the old place."""
    old, new = tmp_path.parent / "old place", tmp_path.parent / "new #1"
    tmp_path.rename(old)
    monkeypatch.chdir(old)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{old}/mlflow.db")
    named = replace(record, model=Model(network, "few", "shown"))
    first = store.log(named, CONDITIONS)
    client = MlflowClient(f"sqlite:///{old}/mlflow.db")
    client.set_tag(first, "mine", "a note")
    mine = client.create_experiment("mine", str(old / "mlruns" / "7"))

    moved = move(named, old, new, monkeypatch)
    assert not old.exists()
    assert moved.run_id == first
    assert moved.tags["mine"] == "a note"
    (new / "copy").mkdir()
    assert moved.artifact("table.csv", new / "copy").read_bytes() == b"a\n1\n"
    client = MlflowClient(f"sqlite:///{new}/mlflow.db")
    (experiment,) = client.search_experiments(filter_string="name LIKE 'glyph-transfer/%'")
    assert experiment.artifact_location == str(new / "mlartifacts" / "few")
    assert client.get_experiment(mine).artifact_location == str(new / "mlruns" / "7")
    uri = client.get_model_version_download_uri("glyph-transfer-few", "1")
    assert uri.startswith(str(new)) and Path(uri, "MLmodel").exists()

    # and to and fro, as between a container and its host
    back = move(named, new, old, monkeypatch)
    assert back.run_id == first
    (old / "copy 2").mkdir()
    assert back.artifact("table.csv", old / "copy 2").read_bytes() == b"a\n1\n"


def test_a_copy_of_a_checkout_takes_no_artifacts_from_the_first(record, tmp_path, monkeypatch):
    """Both may use one store: each has experiments of its own, under the same name in turn."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "table.csv").write_bytes(b"a\n1\n")
    runs = []
    for folder in (first, second, first):
        monkeypatch.chdir(folder)
        runs.append(store.log(record, CONDITIONS))
        assert (folder / "mlartifacts" / "few" / runs[-1]).is_dir()
    assert runs[0] == runs[2] != runs[1]


def test_an_experiment_that_was_deleted_comes_back(client, record):
    run = store.log(record, CONDITIONS)
    client.delete_experiment(client.get_run(run).info.experiment_id)
    store.log(record, CONDITIONS)
    assert store.read(record).metrics == record.metrics
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]


@pytest.mark.usefixtures("store")
def test_no_two_processes_make_the_store_at_once(tmp_path, monkeypatch):
    lock = tmp_path / "mlflow.db-lock"

    def open_store():
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)

    monkeypatch.setattr(tracking_client, "MlflowClient", open_store)
    tracking_client.open_client()
    FileLock(lock).acquire(timeout=0)


def test_an_experiment_that_another_stage_creates_meanwhile_is_taken(client, record, monkeypatch):
    create = MlflowClient.create_experiment

    def create_late(self, name, **options):
        create(self, name, **options)  # the other stage
        return create(self, name, **options)

    monkeypatch.setattr(MlflowClient, "create_experiment", create_late)
    run = client.get_run(store.log(record, CONDITIONS))
    assert client.get_experiment(run.info.experiment_id).name == "glyph-transfer/few"


def test_the_run_of_mlflow_run_is_not_resumed(client, record, tmp_path):
    """`mlflow run` exports its run's id, which MLflow resumes wherever a run is started."""
    enclosing = client.create_run("0").info.run_id
    write_record(record, tmp_path / "few.json")
    program = """if True:
        import os
        from pathlib import Path
        import mlflow
        from glyph_transfer import tracking
        from glyph_transfer.tracking import store
        from glyph_transfer.tracking.records import Conditions, read_record

        print(tracking.ENCLOSING_RUN)
        assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"} & {*os.environ}
        CONDITIONS = Conditions("2026-01-01T00:00:00+00:00", 1.0, "abc", "a cpu", {})
        print(store.log(read_record(Path("few.json")), CONDITIONS))
        with mlflow.start_run() as run:
            print(run.info.run_id)
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tracking.__file__).parents[2]),
        "MLFLOW_RUN_ID": enclosing,
        "MLFLOW_EXPERIMENT_ID": "0",
    }
    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert printed.returncode == 0, printed.stderr
    told, logged, started = printed.stdout.split()
    assert told == enclosing
    assert enclosing not in (logged, started)
    assert client.get_run(enclosing).data.params == {}


def test_an_experiment_has_a_view_with_accuracy_where_its_address_leads(client, record):
    """By itself `mlflow ui` opens the view for agents, and shows no metric of any run."""
    run = client.get_run(store.log(record, CONDITIONS))
    address = tracking_client.address_of("few")
    path, _, words = address.partition("?")
    assert path == f"http://127.0.0.1:5000/#/experiments/{run.info.experiment_id}/runs"
    chosen = dict(each.split("=") for each in words.split("&"))
    assert chosen.pop("workflowType") == "machine_learning"
    tags = client.get_experiment(run.info.experiment_id).tags
    view = json.loads(tags[f"mlflow.sharedViewState.{chosen.pop('viewStateShareKey')}"])
    assert {"metrics.`accuracy`", "metrics.`gain`"} <= {*view["selectedColumns"]}


def test_an_address_to_open_has_no_secret(monkeypatch):
    monkeypatch.setattr(tracking_client.mlflow, "get_tracking_uri", lambda: "http://a:s3cret@host/")
    monkeypatch.setattr(tracking_client, "open_client", lambda: None)
    found = SimpleNamespace(experiment_id="7")
    monkeypatch.setattr(tracking_client, "find_experiment", lambda *_: found)
    assert tracking_client.address_of("few").startswith("http://host/#/experiments/7/runs?")
