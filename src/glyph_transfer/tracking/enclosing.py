"""The run that `mlflow run` makes around a program, in the experiment Default or one it is told.

MLflow is imported only where there is such a run.
"""

from typing import TYPE_CHECKING

from glyph_transfer import tracking

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


def name_enclosing_run(name: str) -> None:
    """Give the run of `mlflow run`, if there is one, its name before anything can fail.

    MLflow tags it with the address of the code, which may have a password in it.
    """
    if not tracking.ENCLOSING_RUN:
        return
    from glyph_transfer.tracking.client import open_client
    from glyph_transfer.tracking.patience import patiently
    from glyph_transfer.tracking.secrets import hidden

    client = open_client()
    run = patiently(lambda: _find(client))
    if run is None:
        return
    patiently(lambda: client.update_run(run.info.run_id, name=name))
    for key, value in run.data.tags.items():
        if hidden(value) != value:
            client.set_tag(run.info.run_id, key, hidden(value))


def point_enclosing_run(client: "MlflowClient", run: "Run", kind: str) -> None:
    """Have the run of `mlflow run`, if there is one, say which run has what came out.

    Args:
        client: of the store.
        run: in another experiment.
        kind: of the parameter that has its id, such as `comparison`.
    """
    if not tracking.ENCLOSING_RUN or (enclosing := _find(client)) is None:
        return
    from mlflow.entities import Param, RunTag

    experiment = client.get_experiment(run.info.experiment_id).name
    where = f"Logged as the run {run.info.run_id} of the experiment {experiment}."
    client.log_batch(
        enclosing.info.run_id,
        params=[Param(kind, run.info.run_id)],
        tags=[RunTag("mlflow.note.content", where)],
    )


def _find(client: "MlflowClient") -> "Run | None":
    """Give the run; None where the store has none of its id, as of a shell that was used before."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_run(tracking.ENCLOSING_RUN)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
