"""Tracked runs in, evidence out: what a report rests on is read from them and from nothing else."""

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.analysis.rows import TABLES, CellRow, read_csv
from glyph_transfer.files import read_json
from glyph_transfer.protocol import NO_SOURCE, Cell
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import times
from glyph_transfer.report.answers import answers_of
from glyph_transfer.report.evidence import (
    Evidence,
    Images,
    SearchResults,
    SimilarityRow,
    Source,
    StudyResults,
    Visualisation,
)

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun

    Runs = Mapping[str, TrackedRun | None]

CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
"""What a pretraining logs at every epoch."""

_OF_TRIALS = ("trial", "generation", "validation_loss", "best_validation_loss")
"""Columns of the table of trials that are no hyper-parameters."""


def expected_stages(settings: Params) -> list[str]:
    """Names of the stages whose records a report rests on, in the order that they run in."""
    roles = _all_roles(settings)
    sources = {
        f"pretrain_{model}-{source}": None
        for study in settings.studies.values()
        for model, source in study.pretrained
    }
    is_searched = any(
        variant.searched
        for study in settings.studies.values()
        for variant in study.variants.values()
    )
    searches = ["search"] if settings.search and is_searched else []
    return [
        *(f"{stage}_{role}" for stage in ("download", "convert") for role in roles),
        *sources,
        *searches,
        *(f"{prefix}{study}" for study in settings.studies for prefix in ("", "evaluate_")),
    ]


def possible_stages(settings: Params) -> list[str]:
    """Names of the stages that a report shows where they have run: no study has to have them."""
    return [f"visualise_{study}" for study in settings.studies]


def gather(corpus: str, settings: Params, runs: "Runs") -> Evidence:
    """Read everything that a report shows.

    Args:
        corpus: whose report it is.
        settings: for what is to be expected.
        runs: by stage, as `expected_stages` and `possible_stages` name them; None for those
            without a run.
    """
    roles = _all_roles(settings)
    visualised = [name for name in possible_stages(settings) if name in runs]
    stages = [*expected_stages(settings), *visualised]
    names = [name for name in stages if name.startswith("pretrain_")]
    with tempfile.TemporaryDirectory() as folder:
        return Evidence(
            corpus=corpus,
            studies={
                name: _study(name, settings, runs, Path(folder, name)) for name in settings.studies
            },
            answers=answers_of(settings),
            visualisation=_visualisation(
                settings, [runs[name] for name in visualised], Path(folder, "visualisation")
            ),
            search=_search(settings, runs.get("search"), Path(folder)),
            sources={
                name.removeprefix("pretrain_"): _source(settings, runs.get(name)) for name in names
            },
            images={
                role: _images(role, runs.get(f"convert_{role}"), Path(folder, role))
                for role in roles
            },
            stages={name: runs.get(name) for name in stages},
        )


def _all_roles(settings: Params) -> list[str]:
    studies = settings.studies.values()
    return list(dict.fromkeys(role for study in studies for role in settings.roles_of(study)))


def _study(name: str, settings: Params, runs: "Runs", folder: Path) -> StudyResults | None:
    evaluated, trained = runs.get(f"evaluate_{name}"), runs.get(name)
    if evaluated is None:
        return None
    folder.mkdir()
    tables = {
        table: read_csv(evaluated.artifact(f"{table}.csv", folder), row_type)
        for table, row_type in TABLES.items()
    }
    asked = settings.studies[name]
    study = StudyResults(
        name=name,
        question=evaluated.tags["question"],
        roles=settings.roles_of(asked),
        params=evaluated.params,
        pictures=_pictures(evaluated, ["mistakes"] if tables["mistakes"] else [], folder),
        seconds=_timings(trained, "seconds", tables["cells"]),
        training_seconds=_timings(trained, "training_seconds", tables["cells"]),
        author=asked.author or "",
        note=evaluated.tags.get("note", ""),
        words=asked.words,
        label_worth=tables.pop("labels"),
        **tables,
    )
    return times.judged(study)


def _timings(run: "TrackedRun | None", what: str, cells: list[CellRow]) -> dict[Cell, list[float]]:
    return {row.cell: run.curve(f"{what}/{row.cell}") if run else [] for row in cells}


def _visualisation(
    settings: Params, runs: "list[TrackedRun | None]", folder: Path
) -> Visualisation | None:
    """Give the pictures of the first study of which there are any."""
    run = next((run for run in runs if run), None)
    if run is None:
        return None
    folder.mkdir()
    study = run.tags["study"]
    sources = [name for name in run.params["sources"].split(", ") if name != NO_SOURCE]
    names = [f"classes-{source}" for source in sources]
    return Visualisation(
        study=study,
        roles=settings.roles_of(settings.studies[study]),
        draw=run.tags["draw"],
        images=run.params["images"],
        sources=sources,
        similarity=read_csv(run.artifact("similarity.csv", folder), SimilarityRow),
        pictures=_pictures(run, ["kernels", "maxima", *names], folder),
    )


def _search(settings: Params, run: "TrackedRun | None", folder: Path) -> SearchResults | None:
    if run is None:
        return None
    trials = _trials(run.artifact("trials.csv", folder))
    scored = [row for row in trials if row["validation_loss"] is not None]
    best = min(scored, key=lambda row: row["validation_loss"], default={})
    return SearchResults(
        role=settings.role_of(run.params["target"]),
        model=run.tags["model"],
        study=run.tags["study"],
        params=run.params,
        metrics=run.metrics,
        best={name: value for name, value in best.items() if name not in _OF_TRIALS},
        trials=trials,
    )


def _trials(path: Path) -> list[dict[str, float | None]]:
    """Read the table of trials, all of numbers, which has a column for each hyper-parameter."""
    with open(path, newline="", encoding="utf-8") as file:
        return [
            {name: float(text) if text else None for name, text in row.items()}
            for row in csv.DictReader(file)
        ]


def _pictures(run: "TrackedRun", names: list[str], folder: Path) -> dict[str, bytes]:
    return {name: run.artifact(f"{name}.png", folder).read_bytes() for name in names}


def _source(settings: Params, run: "TrackedRun | None") -> Source | None:
    if run is None:
        return None
    is_ready_made = settings.is_ready_made(run.tags["model"], run.tags["source"])
    return Source(
        name=f"{run.tags['model']}-{run.tags['source']}",
        roles=[] if is_ready_made else settings.parts_of(run.tags["source"]),
        metrics=run.metrics,
        curves={} if is_ready_made else {name: run.curve(name) for name in CURVES},
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
