"""search@<corpus>: dropout, learning rate and width of S5's network (c), by evolution."""

import shutil
import time
from dataclasses import asdict, fields
from itertools import accumulate
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.charts import figures, trial_chart
from glyph_transfer.experiments import replicates
from glyph_transfer.experiments.plan import Target, digest
from glyph_transfer.files import read_json, write_json, write_text
from glyph_transfer.images.sets import ImageSet, Selection
from glyph_transfer.layout import (
    found_file,
    parts_folder,
    results_folder,
    search_folder,
    set_facts_file,
    set_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params, Search
from glyph_transfer.search import trials
from glyph_transfer.search.evolution import MODEL, Found
from glyph_transfer.search.trials import Task
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Record, rounded

NAME = "search"
EXPERIMENT = "architectures"
"""The study that trains what the search finds."""

HYPERPARAMETERS = [field.name for field in fields(Candidate)]

Row = dict[str, float | int | None]


def main(corpus: str) -> None:
    """Search the hyper-parameters on CORPUS."""
    started = time.time()
    settings = params.load(corpus=corpus)
    how = settings.search_params()
    task = plan(settings, how, corpus)
    found = trials.run(
        task,
        how.bounds,
        how.population,
        how.generations,
        settings.workers,
        f"{NAME} ({corpus})",
        settings.scheduler,
    )
    rows = tabulate(found)
    files = write(found, rows, corpus)
    images = replicates.images_of(task.name, task.target, task.seed)
    record = describe(settings, how, corpus, rows, metrics(found, rows), images, files)
    program.finish(record, corpus, NAME, started)
    shutil.rmtree(task.parts)


def plan(settings: Params, how: Search, corpus: str) -> Task:
    """Say what candidates are tried on."""
    path = set_file(corpus, settings.role_of(how.target))
    selection = Selection(settings.classes_of(how.target), how.validation)
    return Task(
        name=how.target,
        target=Target(path, digest(path), selection),
        n_train=how.n_train,
        epochs=how.epochs,
        batch_size=how.batch_size,
        seed=settings.seed,
        parts=parts_folder(corpus, NAME),
    )


def tabulate(found: Found) -> list[Row]:
    """List the trials, from 1, with their losses and the best so far; None if not finite."""
    losses = [loss for *_, loss in found.trials]
    return [
        {"trial": number, "generation": generation}
        | asdict(candidate)
        | {"validation_loss": _finite(loss), "best_validation_loss": _finite(best)}
        for number, ((generation, candidate, loss), best) in enumerate(
            zip(found.trials, accumulate(losses, min), strict=True), start=1
        )
    ]


def _finite(loss: float) -> float | None:
    return rounded([loss])[0] if isfinite(loss) else None


def metrics(found: Found, rows: list[Row]) -> dict[str, float | int]:
    """Give what `dvc metrics` shows and compares."""
    return {
        "trials": len(rows),
        "distinct": len(first_trials(rows)),
        "best_validation_loss": rows[-1]["best_validation_loss"],
        **asdict(found.best),
    }


def first_trials(rows: list[Row]) -> list[Row]:
    """Leave out trials of candidates that came up before, which nothing was trained for."""
    distinct = {}
    for row in rows:
        distinct.setdefault(tuple(row[name] for name in HYPERPARAMETERS), row)
    return [*distinct.values()]


def write(found: Found, rows: list[Row], corpus: str) -> list[Path]:
    """Write what was found, its metrics, the trials and their figure; give the files to show."""
    results, picture = results_folder(corpus, NAME), search_folder(corpus) / "trials.png"
    write_json(found_file(corpus), asdict(found.best))
    write_json(results / "metrics.json", metrics(found, rows))
    table = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    write_text(results / "trials.csv", table)
    figures.save(trial_chart.trials(rows), picture)
    return [results / "metrics.json", results / "trials.csv", picture]


def describe(
    settings: Params,
    how: Search,
    corpus: str,
    rows: list[Row],
    scores: dict[str, float | int],
    images: ImageSet,
    files: list[Path],
) -> Record:
    """What is logged of a search: a run with one child for each candidate that was trained."""
    facts = read_json(set_facts_file(corpus, settings.role_of(how.target)))
    tags = {
        "corpus": corpus,
        "study": EXPERIMENT,
        "model": MODEL,
        "provenance": facts["provenance"],
    }
    splits = {"train": images.train[np.arange(how.n_train)], "validation": images.validation}
    return Record(
        name=f"{NAME} ({corpus})",
        experiment=EXPERIMENT,
        tags={"stage": NAME, **tags},
        params=how.model_dump(mode="json") | {"seed": settings.seed},
        metrics=scores,
        datasets=[
            Dataset(f"{corpus}-{how.target}", name, split.digest, len(split))
            for name, split in splits.items()
        ],
        artifacts=[str(path) for path in files],
        children=[describe_trial(row, tags) for row in first_trials(rows)],
    )


def describe_trial(row: Row, tags: dict[str, str]) -> Record:
    """What is logged of one trial, so that MLflow's parallel coordinates can show them all."""
    loss = row["validation_loss"]
    return Record(
        name=f"trial {row['trial']}",
        experiment=EXPERIMENT,
        tags=tags | {"stage": "trial"},
        params={key: row[key] for key in ("trial", "generation", *HYPERPARAMETERS)},
        metrics={} if loss is None else {"validation_loss": loss},
    )


if __name__ == "__main__":
    program.run(main)
