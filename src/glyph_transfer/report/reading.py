"""Tracked runs in, evidence out: what a report rests on is read from them and from nothing else."""

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.files import read_json
from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import times
from glyph_transfer.report.evidence import (
    SEARCHED,
    VISUALISED,
    Evidence,
    Images,
    Search,
    Source,
    Stage,
    Study,
    Visualisation,
)
from glyph_transfer.report.findings import Row

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun

    Runs = Mapping[str, TrackedRun | None]

CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
"""What a pretraining logs at every epoch."""

_TABLES = (
    "cells", "differences", "replicates", "claims", "published", "labels", "confusion", "mistakes",
)  # fmt: skip
_TEXT = {
    "cell", "target", "model", "source", "variant", "n_train", "comparison", "baseline", "name",
    "claim", "score", "than", "expects", "agreement", "verdict", "actual", "predicted", "before",
    "after", "index_sha256",
}  # fmt: skip


def expected_stages(settings: Params) -> list[str]:
    """Names of the stages whose records a report rests on, in the order that they run in."""
    roles = _all_roles(settings)
    sources = {
        f"pretrain_{model}-{source}": None
        for study in settings.studies.values()
        for model, source in study.pretrained
    }
    searches = ["search"] if settings.search and SEARCHED in settings.studies else []
    return [
        *(f"{stage}_{role}" for stage in ("download", "convert") for role in roles),
        *sources,
        *searches,
        *(f"{prefix}{study}" for study in settings.studies for prefix in ("", "evaluate_")),
        *(f"visualise_{study}" for study in settings.studies if study == VISUALISED),
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
                name: _study(name, settings.roles_of(study), runs, Path(scratch, name))
                for name, study in settings.studies.items()
            },
            visualisation=_visualisation(settings, runs, Path(scratch, "visualisation")),
            search=_search(settings, runs.get("search"), Path(scratch)),
            sources={
                name.removeprefix("pretrain_"): _source(settings, runs.get(name)) for name in names
            },
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
    studies = settings.studies.values()
    return list(dict.fromkeys(role for study in studies for role in settings.roles_of(study)))


def _study(name: str, roles: list[str], runs: "Runs", folder: Path) -> Study | None:
    evaluated, trained = runs.get(f"evaluate_{name}"), runs.get(name)
    if evaluated is None:
        return None
    folder.mkdir()
    tables = {table: read_rows(evaluated.artifact(f"{table}.csv", folder)) for table in _TABLES}
    drawn = ["accuracy", "curves", "confusion"]
    drawn += [table for table in ("differences", "labels", "mistakes") if tables[table]]
    if _is_scored_by_epoch(read_rows(evaluated.artifact("curves.csv", folder))):
        drawn.append("test_curves")
    cells = [row["cell"] for row in tables["cells"]]
    study = Study(
        name=name,
        roles=roles,
        params=evaluated.params,
        figures=_pictures(evaluated, drawn, folder),
        seconds=_timings(trained, "seconds", cells),
        training_seconds=_timings(trained, "training_seconds", cells),
        **tables,
    )
    return times.judged(study)


def _is_scored_by_epoch(curves: list[Row]) -> bool:
    return any(row["test_loss"] is not None for row in curves)


def _timings(run: "TrackedRun | None", what: str, cells: list[str]) -> dict[str, list[float]]:
    return {cell: run.curve(f"{what}/{cell}") if run else [] for cell in cells}


def _visualisation(settings: Params, runs: "Runs", folder: Path) -> Visualisation | None:
    run = runs.get(f"visualise_{VISUALISED}")
    if run is None:
        return None
    folder.mkdir()
    sources = [name for name in run.params["sources"].split(", ") if name != NO_SOURCE]
    names = [f"{what}-{source}" for what in ("similarity", "classes") for source in sources]
    return Visualisation(
        study=run.tags["study"],
        roles=settings.roles_of(settings.studies[VISUALISED]),
        draw=run.tags["draw"],
        images=run.params["images"],
        sources=sources,
        similarity=read_rows(run.artifact("similarity.csv", folder)),
        figures=_pictures(run, ["kernels", "maxima", *names], folder),
    )


def _search(settings: Params, run: "TrackedRun | None", folder: Path) -> Search | None:
    if run is None:
        return None
    return Search(
        role=settings.role_of(run.params["target"]),
        params=run.params,
        metrics=run.metrics,
        figure=run.artifact("trials.png", folder).read_bytes(),
    )


def _pictures(run: "TrackedRun", names: list[str], folder: Path) -> dict[str, bytes]:
    return {name: run.artifact(f"{name}.png", folder).read_bytes() for name in names}


def _source(settings: Params, run: "TrackedRun | None") -> Source | None:
    if run is None:
        return None
    return Source(
        name=f"{run.tags['model']}-{run.tags['source']}",
        role=settings.role_of(run.tags["source"]),
        metrics=run.metrics,
        curves={name: run.curve(name) for name in CURVES},
        keeps_best=run.params["patience"] != "None",
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
