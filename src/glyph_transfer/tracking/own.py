"""Advice on one's own images as a run, and its network in the registry."""

import json
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

from glyph_transfer.own.card import Card
from glyph_transfer.tracking import store
from glyph_transfer.tracking.client import PREFIX, open_client
from glyph_transfer.tracking.enclosing import point_enclosing_run
from glyph_transfer.tracking.patience import patiently
from glyph_transfer.tracking.records import Dataset, Record, measured_conditions

ALIAS = "best"
EXPERIMENT = "own"
_VERSION = "registered_version"
_SERVED = Path(__file__).with_name("served_own.py")
_NEEDED = ("tensorflow", "keras", "numpy", "scipy", "pandas", "pydantic", "pillow", "tqdm")


def log(
    card: Card, summary: Mapping[str, object], model: Path, files: Sequence[Path], started: float
) -> str:
    """Log advice and its network, unless the store has it, and make it the best of its task.

    Args:
        card: of the network.
        summary: metrics by name; `candidates` has those of every candidate.
        model: folder of the network.
        files: to keep with the run.
        started: when it began, in seconds since the epoch.

    Returns:
        The version of the registered network.

    Raises:
        StoreError: where the store fails in spite of all patience.
    """
    record = describe(card, summary, files)
    run_id = store.log(record, measured_conditions(started))
    return patiently(lambda: _registered(run_id, card, model))


def _registered(run_id: str, card: Card, model: Path) -> str:
    client = open_client()
    name = f"{PREFIX}-{card.task}"
    run = client.get_run(run_id)
    point_enclosing_run(client, run, "advice")
    known = run.data.tags.get(_VERSION)
    if known is None:
        known = _register(run_id, name, card, model)
        client.set_tag(run_id, _VERSION, known)
    client.set_registered_model_alias(name, ALIAS, known)
    return known


def describe(card: Card, summary: Mapping[str, object], files: Sequence[Path]) -> Record:
    """Describe advice as a record, with a child for every candidate."""
    children = [
        Record(
            name,
            EXPERIMENT,
            {"task": card.task, "stage": "candidate"},
            metrics=dict(metrics),
            description=f"A source and a recipe that were tried for {card.task}.",
        )
        for name, metrics in summary["candidates"].items()
    ]
    metrics = {name: value for name, value in summary.items() if name != "candidates"}
    return Record(
        card.task,
        EXPERIMENT,
        {"task": card.task, "stage": "advise", "source": card.source, "recipe": card.recipe},
        {"source": card.source, "recipe": card.recipe, "classes": len(card.classes)},
        metrics,
        datasets=[Dataset(card.task, "train", card.data, card.images)],
        artifacts=[str(path) for path in files],
        children=children,
        description=f"Which network to use for the images of {card.task}, and how good it is: a "
        "run below this one for each source and recipe that was tried.",
        about="Advice on one's own images, with the network of each task.",
    )


def _register(run_id: str, name: str, card: Card, model: Path) -> str:
    # MLflow asks for type hints, and sees to it that no filter hides that; none of its own says
    # what is taken here
    with warnings.catch_warnings(record=True), mlflow.start_run(run_id=run_id):
        info = mlflow.pyfunc.log_model(
            name="network",
            python_model=str(_SERVED),
            artifacts={"network": str(model)},
            code_paths=[str(_SERVED.parent.parent)],
            pip_requirements=[f"{each}=={version(each)}" for each in _NEEDED],
            metadata={"card": json.loads(card.model_dump_json())},
        )
    client = open_client()
    with suppress(MlflowException):  # where it is there already
        client.create_registered_model(name)
    described = _described(card)
    client.update_registered_model(name, description=described)
    made = client.create_model_version(
        name, info.model_uri, run_id, description=described, model_id=info.model_id
    )
    return str(made.version)


def _described(card: Card) -> str:
    percent = [f"{100 * v:.1f}" for v in (card.accuracy, card.accuracy_low, card.accuracy_high)]
    return (
        f"Classes: {', '.join(card.classes)}. Input: {card.input} Expected accuracy on images of "
        f"the same kind and writers: {percent[0]} % [{percent[1]}, {percent[2]}]. Source "
        f"{card.source}, recipe {card.recipe}; {card.images} images with the digest {card.data}. "
        f"Licence of the source's images: {card.licence}."
    )
