"""What should not be in a store: unfinished runs that nobody logs any more, and second ones."""

from contextlib import suppress

from mlflow import MlflowClient
from mlflow.entities import Experiment
from mlflow.entities import Run as MlflowRun
from mlflow.exceptions import MlflowException

from glyph_transfer.tracking import writers

PARENT = "mlflow.parentRunId"


def children(client: MlflowClient, run: MlflowRun) -> list[MlflowRun]:
    """Find all runs under a run."""
    return search(client, run.info.experiment_id, f"tags.{PARENT} = '{run.info.run_id}'")


def search(client: MlflowClient, experiment_id: str, words: str) -> list[MlflowRun]:
    """Find all runs of an experiment, however many pages they fill."""
    found, token = [], None
    while True:
        page = client.search_runs([experiment_id], words, max_results=1000, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def finished_run(
    client: MlflowClient, experiment: Experiment, fingerprint: str
) -> MlflowRun | None:
    """Find the finished run of a fingerprint.

    Two processes may have logged the same work at once. Whoever sees both runs finished keeps
    the one whose id comes first, so that it is the same one for all, and deletes the others.
    """
    found = search(client, experiment.experiment_id, f"tags.fingerprint = '{fingerprint}'")
    finished = sorted(
        (run for run in found if run.info.status == "FINISHED"), key=lambda run: run.info.run_id
    )
    for run in finished[1:]:
        delete(client, run)
    return finished[0] if finished else None


def sweep(client: MlflowClient, experiment: Experiment, tags: dict[str, str]) -> None:
    """Delete what earlier attempts at a stage left unfinished, whatever its parameters were.

    Runs that a process still logs, here or on another machine, are left to it.

    Args:
        client: of the store.
        experiment: that the stage logs into.
        tags: of the stage's record; those that name stage and corpus say which runs are its own.
    """
    named = [f"tags.{name} = '{tags[name]}'" for name in ("stage", "corpus") if name in tags]
    words = " and ".join([*named, "attributes.status != 'FINISHED'"])
    for run in search(client, experiment.experiment_id, words):
        is_ours = {"fingerprint", "writer"} & run.data.tags.keys()
        if not is_ours or PARENT in run.data.tags:  # or it goes with the run that it is under
            continue
        if writers.is_left_behind(run.data.tags, run.info.start_time):
            delete(client, run)


def delete(client: MlflowClient, run: MlflowRun) -> None:
    """Delete a run with its children and registered versions, which MLflow would leave behind.

    Another process may be deleting them, too.
    """
    for child in children(client, run):
        _delete_one(client, child.info.run_id)
    for version in client.search_model_versions(f"run_id = '{run.info.run_id}'"):
        with suppress(MlflowException):
            client.delete_model_version(version.name, version.version)
    _delete_one(client, run.info.run_id)


def _delete_one(client: MlflowClient, run_id: str) -> None:
    try:
        client.delete_run(run_id)
    except MlflowException:
        if client.get_run(run_id).info.lifecycle_stage != "deleted":
            raise
