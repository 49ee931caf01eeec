"""The MLflow store: records in, runs out.

What is logged is a pure function of a stage's outputs (its `Record`), and runs are found
by fingerprint: logging the same record twice leaves one run, and so do two processes.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run as MlflowRun

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.tracking import models, runs, tables
from glyph_transfer.tracking.client import find_experiment, open_client
from glyph_transfer.tracking.patience import StoreError, patiently
from glyph_transfer.tracking.records import Conditions, Record
from glyph_transfer.tracking.sweeping import delete, finished_run, sweep

__all__ = ["StoreError", "TrackedRun", "log", "read", "tracked"]

FROM_RECORDS = "from records"
"""Tag `restored` of runs that were logged without networks and charts; see `kept`."""


def _with_patience(function: Callable) -> Callable:
    @wraps(function)
    def patient(*args: object, **options: object) -> object:
        return patiently(lambda: function(*args, **options))

    return patient


@dataclass(frozen=True)
class TrackedRun:
    """A run as the store has it; all that it reads raises StoreError where the store fails."""

    name: str
    fingerprint: str
    tags: dict[str, str]
    params: dict[str, str]
    metrics: dict[str, float]
    run_id: str
    started: datetime
    seconds: float
    timings: dict[str, list[float]]

    @_with_patience
    def curve(self, name: str) -> list[float]:
        """Latest value of the metric `name` at every step, in their order; empty if none.

        `seconds/<cell>` and `training_seconds/<cell>` are those of the table of seconds, one
        number a draw.
        """
        if name in self.timings:
            return self.timings[name]
        if name not in self.metrics:
            return []
        history = open_client().get_metric_history(self.run_id, name)
        latest = {p.step: p.value for p in sorted(history, key=lambda p: (p.step, p.timestamp))}
        return list(latest.values())

    @_with_patience
    def artifact(self, name: str, folder: Path) -> Path:
        """Download the artifact `name` into `folder`."""
        client = open_client()
        return Path(client.download_artifacts(self.run_id, name, str(folder)))


def log(record: Record, conditions: Conditions, *, restored: bool = False) -> str:
    """Log a record unless the store has it; give the id of its run, which is current then.

    Runs that were left unfinished are deleted. A run that is there from equal work done before
    takes on the conditions given, those that the outputs have now.

    Args:
        record: what to log.
        conditions: under which it came about.
        restored: whether the stage itself ran elsewhere or earlier; the run is marked so.

    Raises:
        StoreError: where the store fails in spite of all patience.
    """
    fingerprint = record.fingerprint
    return patiently(lambda: _log(record, fingerprint, conditions, restored))


def _log(record: Record, fingerprint: str, conditions: Conditions, restored: bool) -> str:
    client = open_client()
    experiment = find_experiment(client, record.experiment, record.about)
    sweep(client, experiment, record.tags)
    run = finished_run(client, experiment, fingerprint)
    if run and run.data.tags.get("restored") == FROM_RECORDS and not record.kept_as:
        delete(client, run)  # which has no network
        run = None
    if run is None:
        logger = runs.Logger(client, experiment, conditions, {runs.CURRENT: "true"})
        how = FROM_RECORDS if record.kept_as else "true"
        logger.log(record, fingerprint, {"restored": how} if restored else {})
        run = finished_run(client, experiment, fingerprint)  # maybe that of another process
    else:
        if not restored and "restored" in run.data.tags:
            client.delete_tag(run.info.run_id, "restored")
        runs.renew(client, run, record, conditions)
        models.point_alias(client, run, record)
    runs.make_current(client, run, record)
    return run.info.run_id


@_with_patience
def read(record: Record) -> TrackedRun:
    """Read the run of a record from the store, and check it against the record.

    Raises:
        InputError: where the store lacks the run or holds other metrics than the record.
        StoreError: where the store fails in spite of all patience.
    """
    client = open_client()
    run = finished_run(client, find_experiment(client, record.experiment), record.fingerprint)
    if run is None:
        raise InputError(f"the tracking store has no run '{record.name}' for the stage's outputs")
    return tracked(client, run, record)


def tracked(client: MlflowClient, run: MlflowRun, record: Record) -> TrackedRun:
    """Give a run as the store has it; InputError where it holds other metrics than the record."""
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
        timings=_timings(client, run),
    )


def _timings(client: MlflowClient, run: MlflowRun) -> dict[str, list[float]]:
    if not tables.is_timed(run.data.tags):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = client.download_artifacts(run.info.run_id, tables.SECONDS, folder)
        return tables.seconds_by_name(read_json(Path(path)))
