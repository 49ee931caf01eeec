"""A record to be logged, and a client that looks at what was."""

import shutil

import numpy as np
import pytest
from mlflow import MlflowClient

from glyph_transfer.tracking import patience
from glyph_transfer.tracking.records import Dataset, Record
from tracked_conditions import active_runs
from tracking_server import serve


@pytest.fixture
def record(store):
    """A record of all but a model, with two children."""
    (store / "table.csv").write_bytes(b"a\n1\n")
    return Record(
        name="few (embedded)",
        experiment="few",
        tags={"corpus": "embedded", "stage": "transfer"},
        params={"draws": 3, "rate": 0.001},
        metrics={"accuracy": 0.1 + 0.2, "a/b - c/d/low": -1e-300},
        datasets=[
            Dataset("embedded-digits", "train", "a" * 64, 20),
            Dataset("embedded-digits", "test", "b" * 64, 10),
        ],
        artifacts=["table.csv"],
        children=[
            Record(
                name=f"draw {draw}",
                experiment="few",
                tags={"draw": str(draw)},
                params={"source": "letters"},
                metrics={"accuracy": 0.5 + draw},
                curves={"loss": [2.0, 1.0 + draw, 0.5]},
                datasets=[Dataset("embedded-digits-draw", "train", str(draw) * 64, 5)],
            )
            for draw in range(2)
        ],
    )


@pytest.fixture
def network(store):
    """Path of a network with three classes, whose output is not uniform."""
    from glyph_transfer.learning import models

    model = models.build("tominet", 3, 0.9)
    models.set_weights(model, models.initial_weights(model, np.random.default_rng(0)))
    models.save(model, store / "best.keras")
    return "best.keras"


@pytest.fixture
def client(store):
    return MlflowClient(f"sqlite:///{store}/mlflow.db")


@pytest.fixture(scope="module")
def running(empty_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        server, behaviour = serve(folder, patch)
        yield f"http://127.0.0.1:{server.server_port}", behaviour
        server.shutdown()


@pytest.fixture
def server(running, record, monkeypatch):
    """A server that behaves well; gives its address, what it does, and how it is asked."""
    address, behaviour = running
    behaviour.reset()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(patience, "PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    yield behaviour
    behaviour.reset()
    client = MlflowClient(address)
    for run in active_runs(client):
        client.delete_run(run.info.run_id)


@pytest.fixture
def its_client(running, server):
    return MlflowClient(running[0])
