"""The MLflow store: records in, runs out.

What is logged is a pure function of a stage's outputs (its `Record`), and runs are found
by fingerprint: logging the same record twice leaves one run.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlflow.entities import Run as MlflowRun

from glyph_transfer.errors import InputError
from glyph_transfer.tracking.client import find_experiment, open_client
from glyph_transfer.tracking.records import Conditions, Record
from glyph_transfer.tracking.runs import Logger, finished_run, renew


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
        history = open_client().get_metric_history(self.run_id, name)
        latest = {p.step: p.value for p in sorted(history, key=lambda p: (p.step, p.timestamp))}
        return list(latest.values())

    def artifact(self, name: str, folder: Path) -> Path:
        """Download the artifact `name` into `folder`."""
        client = open_client()
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
    client = open_client()
    experiment = find_experiment(client, record.experiment)
    run = finished_run(client, experiment, record.fingerprint)
    if run is None:
        logger = Logger(client, experiment, conditions, restored)
        return logger.log(record, record.fingerprint, None, conditions.timings)
    renew(client, run, conditions, restored)
    return run.info.run_id


def read(record: Record) -> TrackedRun:
    """Read the run of a record from the store, and check it against the record.

    Raises:
        InputError: where the store lacks the run or holds other metrics than the record.
    """
    client = open_client()
    run = finished_run(client, find_experiment(client, record.experiment), record.fingerprint)
    if run is None:
        raise InputError(f"the tracking store has no run '{record.name}' for the stage's outputs")
    return tracked(run, record)


def tracked(run: MlflowRun, record: Record) -> TrackedRun:
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
