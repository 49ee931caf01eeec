"""One source against another: the run that a comparison's stages are put under."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment, RunTag

from glyph_transfer import tracking
from glyph_transfer.tracking import writers
from glyph_transfer.tracking.client import find_experiment, open_client
from glyph_transfer.tracking.enclosing import point_enclosing_run
from glyph_transfer.tracking.patience import FAILURES, patiently
from glyph_transfer.tracking.records import Conditions, Record
from glyph_transfer.tracking.runs import Logger, as_metrics
from glyph_transfer.tracking.store import TrackedRun, tracked
from glyph_transfer.tracking.sweeping import PARENT, sweep

_NOTE = "mlflow.note.content"


@dataclass(frozen=True)
class Comparison:
    """The open run that a comparison's stages are put under, in its study's experiment."""

    run_id: str
    experiment: Experiment

    def log(self, record: Record, conditions: Conditions) -> TrackedRun:
        """Log a stage under the comparison, without its network, and read it back.

        What stages have logged of themselves stays where it is and stays the current one, so
        that comparisons do not take runs from each other.

        Raises:
            StoreError: where the store fails in spite of all patience.
        """
        light = replace(record, model=None, about="")
        fingerprint = f"{record.fingerprint} in {self.run_id}"
        return patiently(lambda: self._log(record, light, fingerprint, conditions))

    def _log(
        self, record: Record, light: Record, fingerprint: str, conditions: Conditions
    ) -> TrackedRun:
        client = open_client()
        logger = Logger(client, self.experiment, conditions, {})
        run_id = logger.log(light, fingerprint, {PARENT: self.run_id})
        return tracked(client, client.get_run(run_id), record)

    def add(self, metrics: dict[str, float], description: str, folder: Path) -> None:
        """Log metrics, what they say in words, and every file in a folder."""
        patiently(lambda: self._add(metrics, description, folder))

    def _add(self, metrics: dict[str, float], description: str, folder: Path) -> None:
        client = open_client()
        at = client.get_run(self.run_id).info.start_time
        client.log_batch(self.run_id, as_metrics(metrics, {}, at), tags=[_note(description)])
        client.log_artifacts(self.run_id, str(folder))


@contextmanager
def open_comparison(name: str, study: str, tags: dict[str, str]) -> Iterator[Comparison]:
    """Open one run for a comparison, in its study's experiment.

    It is the run of `mlflow run` where that is in the experiment, as with `--experiment-name
    glyph-transfer/STUDY`. No run can be moved, so that otherwise it is a new one, which the
    run of `mlflow run` names.
    """
    client = open_client()
    experiment = patiently(lambda: find_experiment(client, study))
    tags = {"stage": "comparison", **tags}
    patiently(lambda: sweep(client, experiment, tags))
    run_id = patiently(lambda: _open(client, experiment, name, tags | writers.tags()))
    try:
        yield Comparison(run_id, experiment)
    except BaseException:
        _end(client, run_id, "FAILED")
        raise
    patiently(lambda: client.set_terminated(run_id))


def _open(client: MlflowClient, experiment: Experiment, name: str, tags: dict[str, str]) -> str:
    enclosing = tracking.ENCLOSING_RUN
    if enclosing:
        its = client.get_run(enclosing).info.experiment_id
        if its == experiment.experiment_id:
            client.log_batch(enclosing, tags=[RunTag(key, value) for key, value in tags.items()])
            return enclosing
    run = client.create_run(experiment.experiment_id, run_name=name, tags=tags)
    point_enclosing_run(client, run, "comparison")
    return run.info.run_id


def _note(text: str) -> RunTag:
    return RunTag(_NOTE, text)


def _end(client: MlflowClient, run_id: str, status: str) -> None:
    """End a run, whose own failure counts more than one of the store now."""
    try:
        client.set_terminated(run_id, status)
    except FAILURES:
        return
