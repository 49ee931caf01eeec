"""evaluate@<corpus>-<study>: intervals, paired differences and charts from the predictions."""

import time
from math import isfinite
from pathlib import Path

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.rows import TABLES, DifferenceRow, ForecastRow, write_csv
from glyph_transfer.analysis.words import Words
from glyph_transfer.charts import (
    accuracy_chart,
    choice_chart,
    confusion_chart,
    curve_chart,
    figures,
    label_chart,
    sheets,
)
from glyph_transfer.experiments import results
from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.files import write_json
from glyph_transfer.images.sets import OTHER
from glyph_transfer.layout import figures_folder, record_file, results_folder, study_folder
from glyph_transfer.protocol import Cell, Study, params
from glyph_transfer.scores import rounded
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Record, read_record

METRICS = {
    "cells": (
        "accuracy", "accuracy_low", "accuracy_high", "images_low", "images_high", "loss",
        "loss_low", "loss_high", "draws",
    ),
    "differences": (
        "accuracy", "accuracy_low", "accuracy_high", "corrected_low", "corrected_high",
        "images_low", "images_high", "p_holm", "improvement", "draws",
    ),
    "labels": ("size", "low", "high", "never", "smallest", "draws"),
    "forecasts": (
        "tau", "tau_low", "tau_high", "regret", "regret_low", "regret_high", "pairs", "draws",
    ),
}  # fmt: skip
"""Tables whose rows are metrics, and their fields that are."""

SHOWN_AS_TABLES = ("cells.csv", "differences.csv", "labels.csv")
"""Files that MLflow shows as tables."""

Tables = dict[str, list]
"""Rows by the names in `rows.TABLES`."""


def main(corpus: str, study: str) -> None:
    """Evaluate STUDY on CORPUS."""
    started = time.time()
    settings = params.load(corpus=corpus)
    asked = settings.study(study)
    trained = read_record(record_file(corpus, study))
    chosen = comparable(asked, trained.tags["provenance"])
    cells, tested = load(chosen, study_folder(corpus, study))
    made = tables.make(chosen, cells, tested, settings.seed)
    files = [
        *write(made, results_folder(corpus, study)),
        *plot(made, tested, figures_folder(corpus, study), chosen.words),
    ]
    record = describe(trained, chosen, settings.seed, made, files)
    program.finish(record, corpus, f"evaluate_{study}", started)


def comparable(study: Study, provenance: str) -> Study:
    """Give a study without what is published of it where its images are of other sets.

    Digits of one's own neither confirm a claim about MNIST nor agree with a value on it.
    """
    if provenance != OTHER:
        return study
    return study.model_copy(update={"claims": {}, "published": []})


def load(study: Study, folder: Path) -> tuple[dict[Cell, CellResults], dict[str, Tested]]:
    """Load the predictions of every cell of a study, and the test images of its targets."""
    cells = {cell: results.load(results.cell_file(folder, cell)) for cell in study.cells}
    targets = {cell.target for cell in cells}
    tested = {name: results.load_tested(results.tested_file(folder, name)) for name in targets}
    return cells, tested


def metrics(made: Tables) -> dict[str, dict]:
    """Give what `dvc metrics` shows and compares: numbers that repeat exactly.

    None for what is missing or has no bound, which JSON cannot say.
    """
    return {
        name: {
            _key(row): {field: _finite(getattr(row, field)) for field in fields}
            for row in made[name]
        }
        for name, fields in METRICS.items()
    }


def _key(row: object) -> str:
    """Name a row: by the two cells of a difference, by a score, by the one cell of others."""
    if isinstance(row, ForecastRow):
        return f"{row.target or 'all'}/{row.variant}/{row.n_train}/{row.score}"
    return row.comparison if isinstance(row, DifferenceRow) else str(row.cell)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def write(made: Tables, folder: Path) -> list[Path]:
    """Write every table as CSV, and `metrics.json`; give their files."""
    files = {name: folder / f"{name}.csv" for name in TABLES}
    for name, path in files.items():
        write_csv(path, made[name], TABLES[name])
    write_json(folder / "metrics.json", metrics(made))
    return [folder / "metrics.json", *files.values()]


def plot(made: Tables, tested: dict[str, Tested], folder: Path, words: Words) -> list[Path]:
    """Plot the charts of a study; give their files."""
    cells, curves = made["cells"], made["curves"]
    charts = {
        "accuracy": accuracy_chart.accuracy_by_cell(cells, made["replicates"], words),
        "confusion": confusion_chart.confusion(made["confusion"]),
    }
    if curves:  # heads alone have no epochs
        charts["curves"] = curve_chart.study_curves(curves, "train", words)
    if any(row.test_loss is not None for row in curves):
        charts["test_curves"] = curve_chart.study_curves(curves, "test", words)
    if made["differences"]:
        charts["differences"] = accuracy_chart.forest(made["differences"], words)
    if made["labels"]:
        size = made["confusion"][0].cell.n_train  # that of the cell that is shown
        worths = [row for row in made["labels"] if row.cell.n_train == size]
        charts["labels"] = label_chart.label_worth_chart(cells, worths, words)
    if made["forecasts"]:
        charts["forecasts"] = choice_chart.choice_chart(made["forecasts"])
    if made["mistakes"]:
        images = tested[made["mistakes"][0].cell.target].images
        worst = images[[row.image for row in made["mistakes"]]]
        charts["mistakes"] = sheets.mistakes(worst, made["mistakes"])
    for name, figure in charts.items():
        save = figures.save_photograph if name == "mistakes" else figures.save
        save(figure, folder / f"{name}.png")
    return [folder / f"{name}.png" for name in charts]


def describe(trained: Record, study: Study, seed: int, made: Tables, files: list[Path]) -> Record:
    """What is logged of the evaluation of trainings, with the files that it wrote."""
    asked = {"question": study.question} | ({"note": study.note} if study.note else {})
    return Record(
        name=f"evaluate {trained.name}",
        experiment=trained.experiment,
        tags={key: trained.tags[key] for key in ("corpus", "study", "provenance")}
        | {"stage": "evaluate", "trained": trained.fingerprint}
        | asked,
        params=trained.params | {"seed": seed},
        metrics=headline(made),
        datasets=trained.datasets,
        artifacts=[str(path) for path in files],
        tables=[str(path) for path in files if path.name in SHOWN_AS_TABLES and made[path.stem]],
        description=f"{study.question} `accuracy`, `loss` and `gain` over its baseline are the "
        f"means of the cell `{made['confusion'][0].cell}`; all cells and differences are in tables "
        f"and figures. {study.note or ''}".strip(),
        about=study.question,
    )


def headline(made: Tables) -> dict[str, float]:
    """Give the few metrics of a study: those of the cell that is shown, and its gain if it has one.

    All others are in tables: as metrics they would be hundreds of columns of every run.
    """
    cell = made["confusion"][0].cell
    (row,) = [row for row in made["cells"] if row.cell == cell]
    gains = [row.accuracy for row in made["differences"] if row.cell == cell]
    named = {"accuracy": row.accuracy, "loss": row.loss, "gain": gains[0] if gains else None}
    known = {name: value for name, value in named.items() if _finite(value) is not None}
    return dict(zip(known, rounded(known.values()), strict=True))


if __name__ == "__main__":
    program.run(main)
