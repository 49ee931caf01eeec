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
    patiently(lambda: client.update_run(tracking.ENCLOSING_RUN, name=name))
    told = client.get_run(tracking.ENCLOSING_RUN).data.tags
    for key, value in told.items():
        if hidden(value) != value:
            client.set_tag(tracking.ENCLOSING_RUN, key, hidden(value))


def point_enclosing_run(client: "MlflowClient", run: "Run", kind: str) -> None:
    """Have the run of `mlflow run`, if there is one, say which run has what came out.

    Args:
        client: of the store.
        run: in another experiment.
        kind: of the parameter that has its id, such as `comparison`.
    """
    if not tracking.ENCLOSING_RUN:
        return
    from mlflow.entities import Param, RunTag

    experiment = client.get_experiment(run.info.experiment_id).name
    where = f"Logged as the run {run.info.run_id} of the experiment {experiment}."
    client.log_batch(
        tracking.ENCLOSING_RUN,
        params=[Param(kind, run.info.run_id)],
        tags=[RunTag("mlflow.note.content", where)],
    )
