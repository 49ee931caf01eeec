"""The client of the MLflow store, and its experiments."""

from pathlib import Path
from urllib.parse import urlparse

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Experiment, LifecycleStage
from mlflow.exceptions import MlflowException
from sqlalchemy import make_url

from glyph_transfer.tracking import moving

PREFIX = "glyph-transfer"
"""What the names of experiments and registered models begin with."""

_KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Tag by which `mlflow ui` opens an experiment with its runs, and not with the traces of agents."""


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
            moving.move(mlflow.get_tracking_uri(), old.parent, new.parent)
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
    wanted = _KIND | ({"mlflow.note.content": description} if description else {})
    for key, value in wanted.items():
        if experiment.tags.get(key) != value:
            client.set_experiment_tag(experiment.experiment_id, key, value)
    return experiment


def _create_experiment(client: MlflowClient, name: str, location: str | None) -> None:
    """Create an experiment, unless a stage that runs at the same time has just done so."""
    try:
        client.create_experiment(name, artifact_location=location)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
