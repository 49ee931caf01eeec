"""A study's trainings as MLflow has them: every choice that is not the default, every replicate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from glyph_transfer.experiments.inputs import found_for
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.results import CellResults
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.layout import set_facts_file
from glyph_transfer.protocol import ENSEMBLE, Cell, Phase, Question, Study, Variant
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params
from glyph_transfer.scores import log_loss, rounded
from glyph_transfer.tracking.records import Dataset, Model, Record, example_of

ASKED = {*Question.model_fields}
"""Fields of a study that its evaluation logs."""


def describe(
    settings: Params,
    name: str,
    study: Study,
    cells: dict[Cell, CellResults],
    targets: dict[str, ImageSet],
) -> Record:
    """What is logged of a study's trainings: a run with one child for each replicate.

    Args:
        settings: of the project, on the corpus that is learned.
        name: of the study.
        study: that was run.
        cells: what their replicates gave.
        targets: images of every target, as the study divides them.
    """
    corpus = settings.corpus
    tags = {
        "stage": "transfer",
        "corpus": corpus,
        "study": name,
        "provenance": provenance(settings, study),
    }
    return Record(
        name=f"{name} ({corpus})",
        experiment=name,
        tags=tags,
        params=describe_protocol(study, found_for(study, corpus)),
        metrics={"replicates": float(sum(map(study.draws_of, study.cells)))},
        datasets=[
            Dataset(f"{corpus}-{target}", split, getattr(images, split).digest, n)
            for target, images in targets.items()
            for split in sets.SPLITS
            if (n := len(getattr(images, split)))
        ],
        children=[
            _with_training(
                describe_replicate(cell, draw, cells[cell], targets[cell.target].test.labels, tags),
                study,
                cell,
            )
            for cell in study.cells
            for draw in range(study.draws_of(cell))
        ],
        description=f"All trainings of the study {name} on the corpus {corpus}: a run below this "
        "one for each cell on each draw of the labelled images. Seconds are in a table.",
    )


def _with_training(replicate: Record, study: Study, cell: Cell) -> Record:
    """Add what a replicate was trained with; an ensemble is not trained."""
    if cell.model == ENSEMBLE:
        return replicate
    training = study.training_of(cell)
    epochs = len(replicate.curves["train_loss"])
    how = {"optimizer": training.optimizer, "batch_size": training.batch_size, "epochs": epochs}
    return replace(replicate, params=replicate.params | how)


def with_network(record: Record, shown: Job, path: Path, target: ImageSet) -> Record:
    """Add the network of the replicate that is shown, with its scores, to be registered.

    Args:
        record: of the study's trainings.
        shown: whose network it is.
        path: of the network.
        target: its images, of which a test image is the network's example.
    """
    tags = record.tags
    (scores,) = [child.metrics for child in record.children if child.name == str(shown)]
    model = Model(
        path=str(path),
        registered_name=f"{tags['study']}-{tags['corpus']}",
        alias="shown",
        metrics=scores,
        classes=list(target.classes),
        example=example_of(target.test.images[0]),
    )
    return replace(record, model=model, tags=tags | {"shown_replicate": str(shown)})


def describe_protocol(study: Study, found: Candidate | None = None) -> dict[str, object]:
    """Everything that was chosen: every field of a study and its parts that is not the default.

    Args:
        study: whose protocol it is.
        found: what its variants that are `searched` take from the search.

    Returns:
        Parameters by name: a field of the study or of its training, `variants.<name>.<field>`,
        `ensembles.<name>.<field>`.
    """
    targets = dict.fromkeys(cell.target for cell in study.cells)
    draws = {cell.n_train: study.draws_of(cell) for cell in study.cells}
    own = chosen(study, ASKED | {"training", "variants", "ensembles"}) | {
        "targets": _listed(targets),
        "draws": _listed(f"{count} at {n_train}" for n_train, count in draws.items()),
    }
    for name, variant in study.variants.items():
        described = describe_variant(variant, found)
        own |= {f"variants.{name}.{field}": value for field, value in described.items()}
    for name, ensemble in study.ensembles.items():
        own |= {f"ensembles.{name}.{field}": value for field, value in chosen(ensemble).items()}
    return chosen(study.training) | own


def describe_variant(variant: Variant, found: Candidate | None) -> dict[str, object]:
    """Every field of a variant that is not the default, with what the search found."""
    own = {}
    if variant.searched:
        variant = variant.with_phases(found.of_phases)
        own = {"searched": _listed(f"{name} {value:g}" for name, value in found.items())}
    learned = {}
    if variant.phases:
        load = variant.load if isinstance(variant.load, str) else _listed(variant.load)
        phases = "; ".join(map(describe_phase, variant.phases))
        learned = {"load": load or "nothing", "phases": phases}
    return chosen(variant) | own | learned


_LAYERS = {"all": "all layers", "head": "the last layer"}

SENTENCE = {
    "epochs": "{} epochs".format,
    "train": lambda train: f" of {_LAYERS[train] if isinstance(train, str) else _listed(train)}",
    "learning_rate": " at {:g}".format,
    "most_steps": ", at most {:,} steps".format,
    "one_cycle": lambda _: ", in one cycle of the rate",
}  # fmt: skip
"""How a sentence on a phase puts its fields, in their order; others follow by name."""


def describe_phase(phase: Phase) -> str:
    """Every field of a phase that is not the default, as a sentence."""
    own = chosen(phase)
    parts = [put(getattr(phase, name)) for name, put in SENTENCE.items() if name in own]
    return "".join([*parts, *(f", {n} {v}" for n, v in own.items() if n not in SENTENCE)])


def chosen(section: BaseModel, without: set[str] = frozenset()) -> dict[str, object]:
    """Fields of a section that are not the default, in their order, lists as text.

    A field that has no default is always among them.
    """
    own = {}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name not in without and value != field.get_default(call_default_factory=True):
            own[name] = _as_parameter(value)
    return own


def _as_parameter(value: object) -> object:
    if isinstance(value, BaseModel):
        return _listed(f"{name} {each}" for name, each in chosen(value).items())
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_as_parameter(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return _listed(_as_parameter(each) for each in value)
    return value


def _listed(values: object) -> str:
    return ", ".join(map(str, values))


def describe_replicate(
    cell: Cell, draw: int, done: CellResults, labels: np.ndarray, tags: dict[str, str]
) -> Record:
    """What is logged of one replicate."""
    named = cell._asdict() | {"draw": draw}
    measured = {
        "test_accuracy": np.mean(done.predicted[draw] == labels),
        "test_loss": log_loss(done.probability[draw]),
        "validation_accuracy": done.validation_accuracy[draw],
        "validation_loss": done.validation_loss[draw],
    }
    known = {name: value for name, value in measured.items() if np.isfinite(value)}
    return Record(
        name=f"{cell} draw {draw}",
        experiment=tags["study"],
        tags=tags
        | {"stage": "replicate", "cell": str(cell)}
        | {key: str(value) for key, value in named.items()},
        params=named,
        metrics=dict(zip(known, rounded(known.values()), strict=True)),
        curves=describe_curves(done, draw),
        datasets=[
            Dataset(
                f"{tags['corpus']}-{cell.target}-draw-{draw}",
                "train",
                sets.index_digest(done.index[draw]),
                len(done.index[draw]),
            )
        ],
    )


def describe_curves(done: CellResults, draw: int) -> dict[str, list[float]]:
    """Curves of a replicate, those on test images where they were scored after every epoch."""
    names = {"train_loss": done.loss, "train_accuracy": done.accuracy}
    if done.scored.shape == done.loss.shape:
        names |= {
            "test_loss_by_epoch": done.test_loss,
            "test_accuracy_by_epoch": done.test_accuracy,
        }
    return {name: rounded(values[draw]) for name, values in names.items()}


def provenance(settings: Params, study: Study) -> str:
    """Where the images of a study came from: the least official of all its sets and sources."""
    facts = [read_json(set_facts_file(settings.corpus, role)) for role in settings.roles_of(study)]
    named = [each["provenance"] for each in facts]
    named += [card.provenance for card in settings.cards_of(study)]
    return min(named, key=sets.PROVENANCES.index)
