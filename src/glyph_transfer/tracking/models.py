"""Networks in a store: with class names, an example, a card, and a name and an alias."""

import tempfile
from importlib.metadata import version
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.entities import Run as MlflowRun
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from glyph_transfer.files import write_json
from glyph_transfer.images.sets import SIZE
from glyph_transfer.tracking.client import PREFIX
from glyph_transfer.tracking.descriptions import description_of
from glyph_transfer.tracking.records import Record

_SERVED = Path(__file__).with_name("served.py")
_PACKAGES = ("tensorflow", "keras", "numpy", "pandas")


def log(client: MlflowClient, run_id: str, record: Record, at: int) -> None:
    """Log the record's network as `served.py` serves it; TensorFlow is not needed for that.

    MLflow ties the metrics of the run to it; its own are tied here. It ends the run, too, with
    the end of the block below, after all that can fail.
    """
    model, name = record.model, record.name.replace("/", "-").replace(" ", "-")
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_id=run_id):
        classes = Path(folder, "classes.json")
        write_json(classes, model.classes)
        info = mlflow.pyfunc.log_model(
            name=name,
            python_model=str(_SERVED),
            artifacts={"network": str(Path(model.path).absolute()), "classes": str(classes)},
            signature=_signature(model.classes),
            input_example=_example(model.example),
            pip_requirements=[f"{package}=={version(package)}" for package in _PACKAGES],
            metadata={"card": card(record)},
        )
        own = [Metric(key, value, at, 0, info.model_id) for key, value in model.metrics.items()]
        if own:
            client.log_batch(run_id, own)
        if model.registered_name:
            _register(client, info.model_uri, run_id, record)


def _signature(classes: list[str]) -> ModelSignature | None:
    """Signature of what comes out; `served.py` says why none of what goes in."""
    if not classes:
        return None
    numbers = [ColSpec(DataType.double, f"probability of {name}") for name in classes]
    return ModelSignature(outputs=Schema([ColSpec(DataType.string, "class"), *numbers]))


def _example(example: str) -> np.ndarray | None:
    if not example:
        return None
    return np.frombuffer(bytes.fromhex(example), np.uint8).reshape(1, SIZE, SIZE)


def _full_name(record: Record) -> str:
    return f"{PREFIX}-{record.model.registered_name}"


def _register(client: MlflowClient, uri: str, run_id: str, record: Record) -> None:
    name = _full_name(record)
    try:
        client.create_registered_model(name, description=card(record))
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        client.update_registered_model(name, description=card(record))
    # a server takes a logged model for a version only where it is named beside its address
    model_id = uri.removeprefix("models:/")
    made = client.create_model_version(
        name, uri, run_id, description=card(record), model_id=model_id
    )
    client.set_registered_model_alias(name, record.model.alias, made.version)


def point_alias(client: MlflowClient, run: MlflowRun, record: Record) -> None:
    """Have the alias of a record's network at the version that the run registered.

    After an experiment and back, it would stay at the experiment's network.
    """
    if record.model is None or not record.model.registered_name:
        return
    name, alias = _full_name(record), record.model.alias
    versions = client.search_model_versions(f"name = '{name}'")
    own = [each for each in versions if each.run_id == run.info.run_id]
    if own and not any(alias in each.aliases for each in own):
        client.set_registered_model_alias(name, alias, own[0].version)


def card(record: Record) -> str:
    """What a network is, for people: what it tells apart, from what, how well, and its limits."""
    model, tags = record.model, record.tags
    scores = model.metrics or record.metrics
    what = description_of(record)
    if "shown_replicate" in tags:  # the record is of all of them
        what = "It is the one of `{shown_replicate}`, which the study {study} shows."
        what = what.format_map(tags)
    shown = [f"- {name.replace('_', ' ')}: {value:.4g}" for name, value in scores.items()]
    classes = f"{len(model.classes)} classes: {', '.join(model.classes)}" if model.classes else ""
    named = [
        f"- {name}: {tags[name]}"
        for name in ("study", "model", "source", "corpus", "provenance")
        if name in tags
    ]
    return "\n".join(
        [
            f"**{record.name}**, a network of glyph-transfer. {what}".strip(),
            "",
            f"In: whole numbers (n, {SIZE}, {SIZE}) from 0 to 255, upright, white on black; "
            "others are refused.",
            f"Out: the class of every picture and the probabilities of {classes or 'all classes'}.",
            "",
            *named,
            "",
            *(["Scores:", *shown] if shown else []),
            "",
            "It always answers with one of its classes, whatever a picture shows. Where the "
            "provenance is not `official`, the scores are not those of the published images.",
        ]
    )
