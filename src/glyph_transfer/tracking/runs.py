"""Runs of a store: found, logged whole, brought up to date."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset as MlflowDataset
from mlflow.entities import DatasetInput, Experiment, InputTag, Metric, Param
from mlflow.entities import Run as MlflowRun

from glyph_transfer.tracking.client import PREFIX
from glyph_transfer.tracking.records import Conditions, Record

_BATCH = 1000  # metrics that one call may carry


def finished_run(
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


def renew(client: MlflowClient, run: MlflowRun, conditions: Conditions, restored: bool) -> None:
    """Bring a run's conditions up to date, so that they do not depend on the store's past."""
    if not restored and "restored" in run.data.tags:
        client.delete_tag(run.info.run_id, "restored")
    tags = _condition_tags(conditions)
    if tags == {name: run.data.tags.get(name) for name in tags}:
        return
    timings = as_metrics({}, conditions.timings, int(time.time() * 1000))
    for start in range(0, len(timings), _BATCH):
        client.log_batch(run.info.run_id, timings[start : start + _BATCH])
    for name, value in tags.items():
        client.set_tag(run.info.run_id, name, value)


class Logger:
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
        metrics = as_metrics(record.metrics, record.curves | dict(timings), self._end)
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


def as_metrics(metrics: dict[str, float], curves: dict[str, list[float]], at: int) -> list[Metric]:
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
