"""Runs of a store: logged whole, brought up to date.

Requests are what logging costs where the store is a server: a child takes three, and several
children are logged at once. What else a child could have, such as the data set that a draw is,
stands in its tags.
"""

import json
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset as MlflowDataset
from mlflow.entities import DatasetInput, Experiment, InputTag, Metric, Param, RunTag
from mlflow.entities import Run as MlflowRun

from glyph_transfer.files import write_json
from glyph_transfer.tracking import models, tables, writers
from glyph_transfer.tracking.client import PREFIX, is_server
from glyph_transfer.tracking.descriptions import description_of
from glyph_transfer.tracking.records import Conditions, Record
from glyph_transfer.tracking.sweeping import PARENT, children, search

CURRENT = "current"
"""Tag of the runs that rest on what the stages' outputs are now: 'true', or it is not there."""

AT_ONCE = 8
"""Requests that a server gets at a time; MLflow's own has four processes."""

_METRICS, _PARAMS = 900, 100  # that one call may carry, of 1,000 in all


def in_parallel(work: Callable[[object], None], items: Iterable[object]) -> None:
    """Do some work for every item, for several at once where a server has to answer."""
    if not is_server(mlflow.get_tracking_uri()):
        for item in items:
            work(item)
        return
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for _ in pool.map(work, items):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def condition_tags(conditions: Conditions) -> dict[str, str]:
    return {
        "mlflow.source.git.commit": conditions.commit,
        "machine": conditions.machine,
        "started": conditions.started,
        "seconds": str(conditions.seconds),
        **{f"version.{name}": version for name, version in conditions.versions.items()},
    }


def renew(client: MlflowClient, run: MlflowRun, record: Record, conditions: Conditions) -> None:
    """Bring a run's conditions up to date, so that they do not depend on the store's past."""
    tags = condition_tags(conditions)
    if tags == {name: run.data.tags.get(name) for name in tags}:
        return
    _log_tables(client, run.info.run_id, [], conditions)
    named = {run.data.tags["fingerprint"] + f"/{n}": each for n, each in enumerate(record.children)}

    def renew_child(child: MlflowRun) -> None:
        seconds = seconds_of(named[child.data.tags["fingerprint"]], conditions)
        _set(client, child.info.run_id, _child_conditions(conditions, seconds))
        end = child.info.start_time + int((seconds or 0) * 1000)
        client.set_terminated(child.info.run_id, end_time=end)

    in_parallel(renew_child, [c for c in children(client, run) if _is_of(c, named)])
    if conditions.replicate_seconds or conditions.training_seconds:
        tags |= tables.tags(tables.names(record.tables, conditions))
    _set(client, run.info.run_id, tags)  # last: what was interrupted is not taken for renewed


def _is_of(child: MlflowRun, named: dict[str, Record]) -> bool:
    return child.data.tags.get("fingerprint") in named


def _set(client: MlflowClient, run_id: str, tags: dict[str, str]) -> None:
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])


def seconds_of(child: Record, conditions: Conditions) -> float | None:
    """Seconds that a replicate took; None where that is not known, or it is none."""
    seconds = conditions.replicate_seconds.get(child.tags.get("cell", ""), [])
    draw = int(child.tags.get("draw", -1))
    return seconds[draw] if 0 <= draw < len(seconds) else None


def _child_conditions(conditions: Conditions, seconds: float | None) -> dict[str, str]:
    tags = {"mlflow.source.git.commit": conditions.commit}
    return tags if seconds is None else tags | {"seconds": str(seconds)}


def make_current(client: MlflowClient, run: MlflowRun, record: Record) -> None:
    """Mark the run of a record, and no other of the same stage, as one that counts now.

    An experiment with other parameters leaves runs of the same names: without the mark, all
    draws of a cell would be there twice, and no search could tell which are meant.
    """
    tags = run.data.tags
    own = [f"tags.{n} = '{tags[n]}'" for n in ("stage", "corpus") if n in tags]  # advice has none
    same = " and ".join([*own, f"tags.{CURRENT} = 'true'"])
    for other in search(client, run.info.experiment_id, same):
        is_other_work = (
            other.data.tags.get("fingerprint") != tags["fingerprint"]
        )  # no twin of its own
        if other.info.run_name == record.name and is_other_work:
            marked = [c for c in children(client, other) if CURRENT in c.data.tags]
            in_parallel(lambda each: client.delete_tag(each.info.run_id, CURRENT), [*marked, other])
    if CURRENT not in tags:
        unmarked = [c for c in children(client, run) if CURRENT not in c.data.tags]
        in_parallel(
            lambda each: client.set_tag(each.info.run_id, CURRENT, "true"), [*unmarked, run]
        )


class Logger:
    """Logs a record and its children into one experiment.

    Args:
        client: of the store.
        experiment: that the runs belong to.
        conditions: under which the record came about.
        more: tags of the run and of those under it.
    """

    def __init__(
        self,
        client: MlflowClient,
        experiment: Experiment,
        conditions: Conditions,
        more: dict[str, str],
    ):
        self._client = client
        self._experiment_id = experiment.experiment_id
        self._conditions = conditions
        self._start = int(datetime.fromisoformat(conditions.started).timestamp() * 1000)
        self._end = self._start + int(conditions.seconds * 1000)
        self._more = more

    def log(self, record: Record, fingerprint: str, tags: dict[str, str]) -> str:
        """Log a record with its children; it is FINISHED only when all of it is there.

        Args:
            record: what to log.
            fingerprint: to find the run by.
            tags: of the run alone.
        """
        logged = tables.names(record.tables, self._conditions)
        own = condition_tags(self._conditions) | writers.tags() | tables.tags(logged) | tags
        run_id = self._create(record, fingerprint, own)
        self._log_batches(run_id, record)
        self._log_datasets(run_id, record)
        in_parallel(lambda path: self._client.log_artifact(run_id, path), record.artifacts)
        _log_tables(self._client, run_id, record.tables, self._conditions)
        in_parallel(
            lambda numbered: self._log_child(numbered[1], f"{fingerprint}/{numbered[0]}", run_id),
            enumerate(record.children),
        )
        if record.model:
            # last, for it ends the run
            models.log(self._client, run_id, record, self._end)
        self._client.set_terminated(run_id, end_time=self._end)
        return run_id

    def _log_child(self, record: Record, fingerprint: str, parent: str) -> None:
        seconds = seconds_of(record, self._conditions)
        tags = {PARENT: parent} | _child_conditions(self._conditions, seconds)
        for dataset in record.datasets:
            tags[f"dataset.{dataset.context}"] = f"{dataset.name} {dataset.digest[:36]}"
        run_id = self._create(record, fingerprint, tags)
        self._log_batches(run_id, record)
        for path in record.artifacts:
            self._client.log_artifact(run_id, path)
        end = self._end if seconds is None else self._start + int(seconds * 1000)
        self._client.set_terminated(run_id, end_time=end)

    def _create(self, record: Record, fingerprint: str, tags: dict[str, str]) -> str:
        about = description_of(record)
        tags = {
            "mlflow.source.name": PREFIX,
            "fingerprint": fingerprint,
            **record.tags,
            **({"mlflow.note.content": about} if about else {}),
            **self._more,
            **tags,
        }
        run = self._client.create_run(
            self._experiment_id, start_time=self._start, run_name=record.name, tags=tags
        )
        return run.info.run_id

    def _log_batches(self, run_id: str, record: Record) -> None:
        metrics = as_metrics(record.metrics, record.curves, self._end)
        params = [Param(key, str(value)) for key, value in record.params.items()]
        calls = max(-(-len(metrics) // _METRICS), -(-len(params) // _PARAMS))
        for n in range(calls):
            own = metrics[n * _METRICS : (n + 1) * _METRICS]
            self._client.log_batch(run_id, own, params[n * _PARAMS : (n + 1) * _PARAMS])

    def _log_datasets(self, run_id: str, record: Record) -> None:
        inputs = [
            DatasetInput(
                MlflowDataset(
                    name=dataset.name,
                    digest=dataset.digest[:36],
                    source_type="code",
                    source="{}",
                    profile=json.dumps({"images": dataset.images}),
                ),
                [InputTag("mlflow.data.context", dataset.context)],
            )
            for dataset in record.datasets
        ]
        if inputs:
            self._client.log_inputs(run_id, inputs)


def _log_tables(
    client: MlflowClient, run_id: str, paths: list[str], conditions: Conditions
) -> None:
    made = tables.make(paths, conditions)
    with tempfile.TemporaryDirectory() as folder:
        for name, table in made.items():
            write_json(Path(folder, name), table)
        in_parallel(lambda name: client.log_artifact(run_id, str(Path(folder, name))), made)


def as_metrics(metrics: dict[str, float], curves: dict[str, list[float]], at: int) -> list[Metric]:
    points = [Metric(name, value, at, 0) for name, value in metrics.items()]
    for name, values in curves.items():
        points += [Metric(name, value, at, epoch) for epoch, value in enumerate(values, start=1)]
    return points
