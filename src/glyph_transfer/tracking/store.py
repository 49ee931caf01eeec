"""MLflow: the only module that imports it.

What is logged is a pure function of a stage's outputs (its `Record`), and runs are found
by fingerprint: logging the same record twice leaves one run. Set MLFLOW_TRACKING_URI for
another store than `mlflow.db` in the project's folder.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlparse

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
# `mlflow run` exports the id of its run, which every later start_run() would resume.
ENCLOSING_RUN = os.environ.pop("MLFLOW_RUN_ID", None)
_ = os.environ.pop("MLFLOW_EXPERIMENT_ID", None)

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset as MlflowDataset,
)
from mlflow.entities import (
    DatasetInput,
    Experiment,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
)
from mlflow.entities import (
    Run as MlflowRun,
)
from mlflow.exceptions import MlflowException
from sqlalchemy import make_url

from glyph_transfer.errors import InputError
from glyph_transfer.tracking.records import Conditions, Record

PREFIX = "glyph-transfer"
"""What the names of experiments and registered models begin with."""

_BATCH = 1000  # metrics that one call may carry


@dataclass(frozen=True)
class TrackedRun:
    """A run as the store has it."""

    name: str
    fingerprint: str
    tags: dict[str, str]
    params: dict[str, str]
    metrics: dict[str, float]
    run_id: str
    started: datetime
    seconds: float

    def curve(self, name: str) -> list[float]:
        """Latest value of the metric `name` at every step, in their order; empty if none."""
        history = _client().get_metric_history(self.run_id, name)
        latest = {p.step: p.value for p in sorted(history, key=lambda p: (p.step, p.timestamp))}
        return list(latest.values())

    def artifact(self, name: str, folder: Path) -> Path:
        """Download the artifact `name` into `folder`."""
        client = _client()
        return Path(client.download_artifacts(self.run_id, name, str(folder)))


def log(record: Record, conditions: Conditions, *, restored: bool = False) -> str:
    """Log a record unless the store has it; give the id of its run.

    A run that was left unfinished is deleted and logged again. A run that is there from
    equal work done before takes on the conditions given, those that the outputs have now.

    Args:
        record: what to log.
        conditions: under which it came about.
        restored: whether the stage itself ran elsewhere or earlier; the run is marked so.
    """
    client = _client()
    experiment = _experiment(client, record.experiment)
    run = _finished_run(client, experiment, record.fingerprint)
    if run is None:
        logger = _Logger(client, experiment, conditions, restored)
        return logger.log(record, record.fingerprint, None, conditions.timings)
    _renew(client, run, conditions, restored)
    return run.info.run_id


def read(record: Record) -> TrackedRun:
    """Read the run of a record from the store, and check it against the record.

    Raises:
        InputError: where the store lacks the run or holds other metrics than the record.
    """
    client = _client()
    run = _finished_run(client, _experiment(client, record.experiment), record.fingerprint)
    if run is None:
        raise InputError(f"the tracking store has no run '{record.name}' for the stage's outputs")
    return _tracked(run, record)


def _tracked(run: MlflowRun, record: Record) -> TrackedRun:
    stored = {name: run.data.metrics.get(name) for name in record.metrics}
    if stored != record.metrics:
        raise InputError(
            f"the run '{record.name}' ({run.info.run_id}) holds the metrics {stored}, but its "
            f"stage's outputs say {record.metrics}. Delete the run and force the report: "
            "it logs again what the store lacks."
        )
    return TrackedRun(
        name=run.info.run_name,
        fingerprint=record.fingerprint,
        tags=dict(run.data.tags),
        params=dict(run.data.params),
        metrics=dict(run.data.metrics),
        run_id=run.info.run_id,
        started=datetime.fromisoformat(run.data.tags["started"]),
        seconds=float(run.data.tags["seconds"]),
    )


@dataclass(frozen=True)
class Comparison:
    """The open run that a comparison's stages are put under, in one experiment."""

    run_id: str
    experiment: Experiment

    def log(self, record: Record, conditions: Conditions) -> TrackedRun:
        """Log a stage under the comparison, without its network, and read it back.

        What stages have logged of themselves stays where it is, so that comparisons do not
        take runs from each other.
        """
        client = _client()
        fingerprint = f"{record.fingerprint} in {self.run_id}"
        logger = _Logger(client, self.experiment, conditions, restored=False)
        light = replace(record, model=None)
        run_id = logger.log(light, fingerprint, self.run_id, conditions.timings)
        return _tracked(client.get_run(run_id), record)

    def add(self, metrics: dict[str, float], folder: Path) -> None:
        """Log metrics, and every file in a folder."""
        client = _client()
        client.log_batch(self.run_id, _metrics(metrics, {}, int(time.time() * 1000)))
        client.log_artifacts(self.run_id, str(folder))


@contextmanager
def comparison(name: str, tags: dict[str, str]) -> Iterator[Comparison]:
    """Open one run for a comparison: the one of `mlflow run`, or a new one."""
    client = _client()
    if ENCLOSING_RUN:
        run = client.get_run(ENCLOSING_RUN)
        client.update_run(ENCLOSING_RUN, name=name)
    else:
        run = client.create_run(_experiment(client, "comparisons").experiment_id, run_name=name)
    for key, value in tags.items():
        client.set_tag(run.info.run_id, key, value)
    try:
        yield Comparison(run.info.run_id, client.get_experiment(run.info.experiment_id))
    except BaseException:
        client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_terminated(run.info.run_id)


def _client() -> MlflowClient:
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


def _experiment(client: MlflowClient, name: str) -> Experiment:
    """Find or create an experiment whose artifacts lie where this checkout is now."""
    full_name = f"{PREFIX}/{name}"
    local = _is_sqlite(mlflow.get_tracking_uri())
    location = str(Path("mlartifacts", name).absolute()) if local else None
    experiment = client.get_experiment_by_name(full_name)
    if experiment is not None and experiment.lifecycle_stage == LifecycleStage.DELETED:
        client.restore_experiment(experiment.experiment_id)
    if experiment is not None and local and experiment.artifact_location != location:
        # MLflow fixes absolute paths when an experiment is created: the checkout has moved
        client.rename_experiment(
            experiment.experiment_id, f"{full_name} at {experiment.artifact_location}"
        )
        experiment = client.get_experiment_by_name(f"{full_name} at {location}")
        if experiment is not None:
            client.rename_experiment(experiment.experiment_id, full_name)
    if experiment is None:
        _create_experiment(client, full_name, location)
    return client.get_experiment_by_name(full_name)


def _create_experiment(client: MlflowClient, name: str, location: str | None) -> None:
    """Create an experiment, unless a stage that runs at the same time has just done so."""
    try:
        client.create_experiment(name, artifact_location=location)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _finished_run(
    client: MlflowClient, experiment: Experiment, fingerprint: str
) -> MlflowRun | None:
    """Find the finished run of a fingerprint; delete unfinished ones on the way."""
    finished = None
    for run in client.search_runs(
        [experiment.experiment_id], f"tags.fingerprint = '{fingerprint}'"
    ):
        if run.info.status == "FINISHED":
            finished = run
        else:
            _delete(client, run)
    return finished


def _delete(client: MlflowClient, run: MlflowRun) -> None:
    """Delete a run and its children, which MLflow would leave behind."""
    of_run = f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    while children := client.search_runs([run.info.experiment_id], of_run):
        for child in children:
            _delete(client, child)
    client.delete_run(run.info.run_id)


def _condition_tags(conditions: Conditions) -> dict[str, str]:
    return {
        "mlflow.source.git.commit": conditions.commit,
        "machine": conditions.machine,
        "started": conditions.started,
        "seconds": str(conditions.seconds),
        **{f"version.{name}": version for name, version in conditions.versions.items()},
    }


def _renew(client: MlflowClient, run: MlflowRun, conditions: Conditions, restored: bool) -> None:
    """Bring a run's conditions up to date, so that they do not depend on the store's past."""
    if not restored and "restored" in run.data.tags:
        client.delete_tag(run.info.run_id, "restored")
    tags = _condition_tags(conditions)
    if tags == {name: run.data.tags.get(name) for name in tags}:
        return
    timings = _metrics({}, conditions.timings, int(time.time() * 1000))
    for start in range(0, len(timings), _BATCH):
        client.log_batch(run.info.run_id, timings[start : start + _BATCH])
    for name, value in tags.items():
        client.set_tag(run.info.run_id, name, value)


class _Logger:
    """Logs a record and its children into one experiment.

    Children have none of the conditions' tags: they would not be renewed with their parent's.
    """

    def __init__(
        self, client: MlflowClient, experiment: Experiment, conditions: Conditions, restored: bool
    ):
        self._client = client
        self._experiment_id = experiment.experiment_id
        self._start = int(datetime.fromisoformat(conditions.started).timestamp() * 1000)
        self._end = self._start + int(conditions.seconds * 1000)
        restored_tag = {"restored": "true"} if restored else {}
        self._tags = _condition_tags(conditions) | restored_tag

    def log(
        self,
        record: Record,
        fingerprint: str,
        parent: str | None,
        timings: Mapping[str, list[float]],
    ) -> str:
        """Log a record with its children.

        Timings, which no fingerprint covers, become metrics such as `seconds/<cell>` with a
        step for each draw.
        """
        return self._log(record, fingerprint, parent, self._tags, timings)

    def _log(
        self,
        record: Record,
        fingerprint: str,
        parent: str | None,
        tags: Mapping[str, str],
        timings: Mapping[str, list[float]],
    ) -> str:
        """Log a run, and those under it; it is FINISHED only when all of it is there."""
        tags = {
            "mlflow.source.name": PREFIX,
            "fingerprint": fingerprint,
            **({"mlflow.parentRunId": parent} if parent else {}),
            **record.tags,
            **tags,
        }
        run = self._client.create_run(
            self._experiment_id, start_time=self._start, run_name=record.name, tags=tags
        )
        run_id = run.info.run_id
        self._log_batches(run_id, record, timings)
        self._log_datasets(run_id, record)
        for path in record.artifacts:
            self._client.log_artifact(run_id, path)
        for number, child in enumerate(record.children):
            self._log(child, f"{fingerprint}/{number}", run_id, {}, {})
        if record.model:
            _log_model(self._client, run_id, record, self._end)  # last, for it ends the run
        self._client.set_terminated(run_id, end_time=self._end)
        return run_id

    def _log_batches(self, run_id: str, record: Record, timings: Mapping[str, list[float]]) -> None:
        metrics = _metrics(record.metrics, record.curves | dict(timings), self._end)
        params = [Param(key, str(value)) for key, value in record.params.items()]
        self._client.log_batch(run_id, metrics[:_BATCH], params)
        for start in range(_BATCH, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics[start : start + _BATCH])

    def _log_datasets(self, run_id: str, record: Record) -> None:
        inputs = [
            DatasetInput(
                MlflowDataset(
                    name=dataset.name,
                    digest=dataset.digest[:36],
                    source_type="code",
                    source="{}",
                    profile=f'{{"images": {dataset.images}}}',
                ),
                [InputTag("mlflow.data.context", dataset.context)],
            )
            for dataset in record.datasets
        ]
        if inputs:
            self._client.log_inputs(run_id, inputs)


def _metrics(metrics: dict[str, float], curves: dict[str, list[float]], at: int) -> list[Metric]:
    points = [Metric(name, value, at, 0) for name, value in metrics.items()]
    for name, values in curves.items():
        points += [Metric(name, value, at, epoch) for epoch, value in enumerate(values, start=1)]
    return points


def _log_model(client: MlflowClient, run_id: str, record: Record, at: int) -> None:
    """Log the record's network with signature and example: raw images in, probabilities out.

    MLflow ties the metrics of the run to it; its own are tied here.
    """
    import numpy as np
    from mlflow.models import infer_signature

    from glyph_transfer.images.sets import SIZE
    from glyph_transfer.learning import models
    from glyph_transfer.learning.backend import keras, silence, tf

    network = models.load(Path(record.model.path))
    example = np.zeros((1, SIZE, SIZE), np.uint8)
    keras.utils.disable_interactive_logging()
    # not mlflow.keras, which cannot store an input example (3.17: its folder does not exist)
    with silence(), mlflow.start_run(run_id=run_id):
        info = mlflow.tensorflow.log_model(
            network,
            name=record.name.replace("/", "-").replace(" ", "-"),
            signature=infer_signature(example, network(example).numpy()),
            input_example=example,
            pip_requirements=[f"tensorflow=={tf.__version__}", f"keras=={keras.__version__}"],
        )
        for name, value in record.model.metrics.items():
            client.log_metric(run_id, name, value, at, 0, model_id=info.model_id)
        if record.model.registered_name:
            name = f"{PREFIX}-{record.model.registered_name}"
            version = mlflow.register_model(info.model_uri, name)
            client.set_registered_model_alias(name, record.model.alias, version.version)
