"""The client of the MLflow store, and its experiments."""

import json
from pathlib import Path
from urllib.parse import urlparse

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage
from mlflow.exceptions import MlflowException
from sqlalchemy import make_url

from glyph_transfer.tracking import moving
from glyph_transfer.tracking.secrets import hidden

PREFIX = "glyph-transfer"
"""What the names of experiments and registered models begin with."""

_OF_OTHERS = "mlruns"
"""Where MLflow itself keeps artifacts of experiments, such as that of `mlflow run`."""

_VIEW = "accuracy"
_COLUMNS = (
    "metrics.`accuracy`", "metrics.`gain`", "metrics.`test_accuracy`", "attributes.`Duration`",
    "tags.`current`",
)  # fmt: skip
_SHOWN = {
    "mlflow.experimentKind": "custom_model_development",
    f"mlflow.sharedViewState.{_VIEW}": json.dumps({"selectedColumns": _COLUMNS}),
}
"""Tags by which `mlflow ui` takes an experiment for one of trainings, not of agents, and knows a
view with columns of metrics: by itself it shows none."""


def open_client() -> MlflowClient:
    """Open the store, which makes it where there is none.

    Two processes that make an SQLite store at once, as stages side by side would, both fail
    (MLflow 3.17); here the second waits for the first.
    """
    uri = mlflow.get_tracking_uri()
    if not _is_sqlite(uri):
        return MlflowClient()
    with FileLock(f"{make_url(uri).database}-lock"):
        return MlflowClient()


def _is_sqlite(uri: str) -> bool:
    return urlparse(uri).scheme == "sqlite"


def is_server(uri: str) -> bool:
    """Whether a store answers requests, one at a time or several at once."""
    return urlparse(uri).scheme in ("http", "https")


def find_experiment(client: MlflowClient, name: str, description: str = "") -> Experiment:
    """Find or create an experiment whose artifacts lie where this checkout is now.

    Args:
        client: of the store.
        name: of the experiment, without the project's.
        description: that it is to have; none leaves it as it is.
    """
    full_name = f"{PREFIX}/{name}"
    local = _is_sqlite(mlflow.get_tracking_uri())
    location = str(Path("mlartifacts", name).absolute()) if local else None
    experiment = client.get_experiment_by_name(full_name)
    if experiment is not None and experiment.lifecycle_stage == LifecycleStage.DELETED:
        client.restore_experiment(experiment.experiment_id)
    if experiment is not None and local and experiment.artifact_location != location:
        old, new = Path(experiment.artifact_location), Path(location)
        if moving.has_moved(old, new):
            for each in (new.parent.name, _OF_OTHERS):
                here, there = (path.parents[1] / each for path in (new, old))
                moving.move(mlflow.get_tracking_uri(), there, here)
            experiment = client.get_experiment(experiment.experiment_id)
    if experiment is not None and local and experiment.artifact_location != location:
        # a copy of a checkout, or a store that several share
        client.rename_experiment(
            experiment.experiment_id, f"{full_name} at {experiment.artifact_location}"
        )
        experiment = client.get_experiment_by_name(f"{full_name} at {location}")
        if experiment is not None:
            client.rename_experiment(experiment.experiment_id, full_name)
    if experiment is None:
        _create_experiment(client, full_name, location)
        experiment = client.get_experiment_by_name(full_name)
    wanted = _SHOWN | ({"mlflow.note.content": description} if description else {})
    for key, value in wanted.items():
        if experiment.tags.get(key) != value:
            client.set_experiment_tag(experiment.experiment_id, key, value)
    return experiment


def address_of(name: str) -> str:
    """Give where `mlflow ui`, or the server, shows the runs of an experiment with their accuracy.

    Without `workflowType` it opens the view for agents, which is empty.
    """
    experiment = find_experiment(open_client(), name)
    uri = mlflow.get_tracking_uri()
    server = hidden(uri).rstrip("/") if is_server(uri) else "http://127.0.0.1:5000"
    view = f"workflowType=machine_learning&viewStateShareKey={_VIEW}"
    return f"{server}/#/experiments/{experiment.experiment_id}/runs?{view}"


def _create_experiment(client: MlflowClient, name: str, location: str | None) -> None:
    """Create an experiment, unless a stage that runs at the same time has just done so."""
    try:
        client.create_experiment(name, artifact_location=location)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
