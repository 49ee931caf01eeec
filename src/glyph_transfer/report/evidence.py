"""What a report rests on, read from tracked runs and from nothing else."""

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer import params
from glyph_transfer.files import read_json
from glyph_transfer.params import Params
from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report.findings import Row

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking import TrackedRun

    Runs = Mapping[str, TrackedRun | None]

_TEXT = {
    "cell", "target", "model", "source", "variant", "comparison", "baseline", "claim", "than",
    "expects", "verdict", "actual", "predicted", "before", "after", "index_sha256",
}  # fmt: skip
_TABLES = ("cells", "differences", "replicates", "claims", "confusion", "mistakes")
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
"""What a pretraining logs at every epoch."""


@dataclass(frozen=True)
class Study:
    """Results of a study.

    Attributes:
        name: as in params.yaml.
        roles: whose images it rests on.
        params: what was chosen, as tracked.
        cells, differences, replicates, claims, confusion, mistakes: the tables of the stage
            `evaluate`.
        figures: its figures as PNG, by name; none of what there was nothing to draw.
        seconds: cell -> how long each replicate took; empty where that was not tracked.
    """

    name: str
    roles: list[str]
    params: dict[str, str]
    cells: list[Row]
    differences: list[Row]
    replicates: list[Row]
    claims: list[Row]
    confusion: list[Row]
    mistakes: list[Row]
    figures: dict[str, bytes]
    seconds: dict[str, list[float]]

    @property
    def question(self) -> str:
        """What the study answers."""
        return self.params["question"]

    @property
    def momentum(self) -> float:
        """Momentum of batch normalisation."""
        return float(self.params["batch_norm_momentum"])


@dataclass(frozen=True)
class Inspection:
    """Pictures of single networks.

    Attributes:
        study: whose networks they are.
        roles: whose images they rest on.
        draw: whose networks they are, in that study.
        images: validation images that features were computed of, at most, of each set.
        sources: of the networks, but for the one trained from scratch.
        similarity: `source`, `before`, `after`, `cka` for every pair of layers.
        figures: PNG by name.
    """

    study: str
    roles: list[str]
    draw: str
    images: str
    sources: list[str]
    similarity: list[Row]
    figures: dict[str, bytes]


@dataclass(frozen=True)
class Source:
    """A pretrained network: its metrics, and its curves by name with a number an epoch."""

    name: str
    role: str
    metrics: dict[str, float]
    curves: dict[str, list[float]]


@dataclass(frozen=True)
class Images:
    """A set: what the stage `convert` says of it, and its sheet as PNG."""

    role: str
    facts: dict
    sheet: bytes


@dataclass(frozen=True)
class Stage:
    """How a stage was run, and how its run is found."""

    name: str
    started: datetime
    seconds: float
    params: dict[str, str]
    tags: dict[str, str]
    fingerprint: str


@dataclass(frozen=True)
class Evidence:
    """All of it, by name; None stands for what has not run yet."""

    corpus: str
    studies: dict[str, Study | None]
    inspection: Inspection | None
    sources: dict[str, Source | None]
    images: dict[str, Images | None]
    stages: dict[str, Stage | None]

    @property
    def finished(self) -> list[Study]:
        """Studies with results."""
        return [study for study in self.studies.values() if study]

    @property
    def command(self) -> str:
        """What makes the report, and whatever is missing from it."""
        if self.corpus == "embedded":
            return "dvc repro report@embedded"
        allowed = "".join(
            f" -S sets.{self.corpus}.{role}.allow_unofficial=true"
            for role in self.images
            if self.provenance(role) == "unofficial"
        )
        return f"dvc exp run -S 'corpora=[embedded,{self.corpus}]'{allowed}"

    def provenance(self, role: str) -> str:
        """Where the images of `role` came from: official, unofficial, generated or unknown."""
        images = self.images.get(role)
        return images.facts["provenance"] if images else "unknown"


INSPECTED = "few_labels"
"""The study whose networks are shown."""


def expected_stages(settings: Params) -> list[str]:
    """Names of the stages whose records a report rests on, in the order that they run in."""
    roles = _all_roles(settings)
    sources = {
        f"pretrain_{study.model}-{source}": None
        for study in settings.studies.values()
        for source in study.sources
        if source != NO_SOURCE
    }
    return [
        *(f"{stage}_{role}" for stage in ("download", "convert") for role in roles),
        *sources,
        *(f"{prefix}{study}" for study in settings.studies for prefix in ("", "evaluate_")),
        *(f"inspect_{study}" for study in settings.studies if study == INSPECTED),
    ]


def gather(corpus: str, settings: Params, runs: "Runs") -> Evidence:
    """Read everything that a report shows.

    Args:
        corpus: whose report it is.
        settings: for what is to be expected.
        runs: by stage, as `expected_stages` names them; None for those without a run.
    """
    roles = _all_roles(settings)
    names = [name for name in expected_stages(settings) if name.startswith("pretrain_")]
    with tempfile.TemporaryDirectory() as scratch:
        return Evidence(
            corpus=corpus,
            studies={
                name: _study(name, _roles(study), runs, Path(scratch, name))
                for name, study in settings.studies.items()
            },
            inspection=_inspection(settings, runs, Path(scratch, "inspection")),
            sources={name.removeprefix("pretrain_"): _source(runs.get(name)) for name in names},
            images={
                role: _images(role, runs.get(f"convert_{role}"), Path(scratch, role))
                for role in roles
            },
            stages={name: _stage(name, runs.get(name)) for name in expected_stages(settings)},
        )


def read_rows(path: Path) -> list[Row]:
    """Read a table of the stage `evaluate`: numbers as numbers, None where a value is missing."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [{key: _value(key, text) for key, text in row.items()} for row in rows]


def _value(column: str, text: str) -> object:
    if column in _TEXT:
        return text
    if text in ("True", "False"):
        return text == "True"
    if not text:
        return None
    return int(text) if text.isdigit() else float(text)


def _all_roles(settings: Params) -> list[str]:
    return list(
        dict.fromkeys(role for study in settings.studies.values() for role in _roles(study))
    )


def _roles(study: params.Study) -> list[str]:
    return [study.target, *(source for source in study.sources if source != NO_SOURCE)]


def _study(name: str, roles: list[str], runs: "Runs", folder: Path) -> Study | None:
    evaluated, trained = runs.get(f"evaluate_{name}"), runs.get(name)
    if evaluated is None:
        return None
    folder.mkdir()
    tables = {table: read_rows(evaluated.artifact(f"{table}.csv", folder)) for table in _TABLES}
    seconds = {
        row["cell"]: trained.curve(f"seconds/{row['cell']}") if trained else []
        for row in tables["cells"]
    }
    drawn = ["accuracy", "curves", "confusion"]
    drawn += [table for table in ("differences", "mistakes") if tables[table]]
    figures = _pictures(evaluated, drawn, folder)
    params = evaluated.params
    return Study(name=name, roles=roles, params=params, figures=figures, seconds=seconds, **tables)


def _inspection(settings: Params, runs: "Runs", folder: Path) -> Inspection | None:
    run = runs.get(f"inspect_{INSPECTED}")
    if run is None:
        return None
    folder.mkdir()
    sources = [name for name in run.params["sources"].split(", ") if name != NO_SOURCE]
    names = [f"{what}-{source}" for what in ("similarity", "classes") for source in sources]
    return Inspection(
        study=run.tags["study"],
        roles=_roles(settings.studies[INSPECTED]),
        draw=run.tags["draw"],
        images=run.params["images"],
        sources=sources,
        similarity=read_rows(run.artifact("similarity.csv", folder)),
        figures=_pictures(run, ["kernels", "maxima", *names], folder),
    )


def _pictures(run: "TrackedRun", names: list[str], folder: Path) -> dict[str, bytes]:
    return {name: run.artifact(f"{name}.png", folder).read_bytes() for name in names}


def _source(run: "TrackedRun | None") -> Source | None:
    if run is None:
        return None
    return Source(
        name=f"{run.tags['model']}-{run.tags['source']}",
        role=run.tags["source"],
        metrics=run.metrics,
        curves={name: run.curve(name) for name in CURVES},
    )


def _images(role: str, run: "TrackedRun | None", folder: Path) -> Images | None:
    if run is None:
        return None
    folder.mkdir()
    return Images(
        role=role,
        facts=read_json(run.artifact(f"{role}.json", folder)),
        sheet=run.artifact(f"{role}.png", folder).read_bytes(),
    )


def _stage(name: str, run: "TrackedRun | None") -> Stage | None:
    if run is None:
        return None
    return Stage(name, run.started, run.seconds, run.params, run.tags, run.fingerprint)
