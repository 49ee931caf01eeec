"""One source against another: the run that a comparison's stages are put under."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mlflow.entities import Experiment

from glyph_transfer import tracking
from glyph_transfer.tracking.client import find_experiment, open_client
from glyph_transfer.tracking.records import Conditions, Record
from glyph_transfer.tracking.runs import Logger, as_metrics
from glyph_transfer.tracking.store import TrackedRun, tracked


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
        client = open_client()
        fingerprint = f"{record.fingerprint} in {self.run_id}"
        logger = Logger(client, self.experiment, conditions, restored=False)
        light = replace(record, model=None)
        run_id = logger.log(light, fingerprint, self.run_id, conditions.timings)
        return tracked(client.get_run(run_id), record)

    def add(self, metrics: dict[str, float], folder: Path) -> None:
        """Log metrics, and every file in a folder."""
        client = open_client()
        client.log_batch(self.run_id, as_metrics(metrics, {}, int(time.time() * 1000)))
        client.log_artifacts(self.run_id, str(folder))


@contextmanager
def open_comparison(name: str, tags: dict[str, str]) -> Iterator[Comparison]:
    """Open one run for a comparison: the one of `mlflow run`, or a new one."""
    client = open_client()
    if tracking.ENCLOSING_RUN:
        run = client.get_run(tracking.ENCLOSING_RUN)
        client.update_run(tracking.ENCLOSING_RUN, name=name)
    else:
        run = client.create_run(find_experiment(client, "comparisons").experiment_id, run_name=name)
    for key, value in tags.items():
        client.set_tag(run.info.run_id, key, value)
    try:
        yield Comparison(run.info.run_id, client.get_experiment(run.info.experiment_id))
    except BaseException:
        client.set_terminated(run.info.run_id, "FAILED")
        raise
    client.set_terminated(run.info.run_id)
