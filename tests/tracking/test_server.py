"""The same runs in a real `mlflow server`, which keeps the artifacts too."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import numpy as np
import pytest
import requests

from glyph_transfer.errors import InputError
from glyph_transfer.learning import models
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import Conditions, Dataset, Model, Record

CONDITIONS = Conditions("2026-01-01T00:00:00+00:00", 2.5, "abc", "a cpu", {"numpy": "2.4"})
STARTUP_S = 60


@pytest.fixture(scope="module")
def server(empty_store, tmp_path_factory):
    """Address of a server of our own."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store, folder / "mlflow.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(folder / "log.txt", "w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
                *("--artifacts-destination", str(folder / "artifacts")),
            ],
            cwd=folder,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NO_PROXY", "127.0.0.1")
            _wait_until_healthy(address, process, folder / "log.txt")
            yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_until_healthy(address, process, log):
    deadline = time.monotonic() + STARTUP_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/health", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError(f"no server at {address}:\n{log.read_text()}")


@pytest.fixture
def record(server, tmp_path, monkeypatch):
    """A record with artifact, model and child, in a folder that is not the server's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    (tmp_path / "table.csv").write_bytes(b"a\n1\n")
    network = models.build("tominet", 3, 0.9)
    models.set_weights(network, models.initial_weights(network, np.random.default_rng(0)))
    models.save(network, tmp_path / "best.keras")
    return Record(
        name="few (embedded)",
        experiment="few",
        metrics={"accuracy": 0.1 + 0.2, "loss": 1e-300},
        artifacts=["table.csv"],
        model=Model("best.keras", "few-embedded", "best"),
        children=[
            Record(
                "draw 0",
                "few",
                curves={"loss": [1 / epoch for epoch in range(1, 1101)]},
                datasets=[Dataset("embedded-digits", "train", "a" * 64, 20)],
            )
        ],
    )


def test_a_server_gives_back_what_was_logged_to_it(record, server, tmp_path):
    """Metrics pass through JSON, and still have to be the same numbers."""
    run_id = store.log(record, CONDITIONS)
    assert store.log(record, CONDITIONS) == run_id
    run = store.read(record)
    assert (run.run_id, run.metrics) == (run_id, record.metrics)
    (tmp_path / "copy").mkdir()
    assert run.artifact("table.csv", tmp_path / "copy").read_bytes() == b"a\n1\n"
    assert not (tmp_path / "mlartifacts").exists()
    assert not (tmp_path / "mlflow.db").exists()

    client = mlflow.MlflowClient(server)
    experiment = client.get_experiment_by_name("glyph-transfer/few")
    children = client.search_runs(
        [experiment.experiment_id], f"tags.mlflow.parentRunId = '{run_id}'"
    )
    (child,) = children
    history = client.get_metric_history(child.info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(e, 1 / e) for e in range(1, 1101)]
    assert child.data.tags["dataset.train"] == f"embedded-digits {'a' * 36}"

    images = np.random.default_rng(1).integers(0, 256, (4, 28, 28), np.uint8)
    served = mlflow.pyfunc.load_model("models:/glyph-transfer-few-embedded@best")
    expected = models.load(Path("best.keras"))(images).numpy()
    given = served.predict(images).drop(columns="class").to_numpy()
    np.testing.assert_allclose(given, expected, atol=1e-6)


def test_a_server_too_has_no_runs_but_those_that_were_logged(record):
    with pytest.raises(InputError, match="has no run 'other'"):
        store.read(Record("other", record.experiment))
