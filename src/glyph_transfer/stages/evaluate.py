"""evaluate@<corpus>-<study>: intervals, paired differences and figures from the predictions."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.analysis import tables
from glyph_transfer.charts import accuracy_chart, curve_chart, figures, label_chart
from glyph_transfer.experiments import results
from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.files import write_json, write_text
from glyph_transfer.layout import figures_folder, record_file, results_folder, study_folder
from glyph_transfer.protocol import Cell, Study, params
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Record, read_record

METRICS_OF_CELLS = [
    "accuracy", "accuracy_low", "accuracy_high", "images_low", "images_high", "loss", "loss_low",
    "loss_high", "draws",
]  # fmt: skip
METRICS_OF_DIFFERENCES = [
    "accuracy", "accuracy_low", "accuracy_high", "corrected_low", "corrected_high", "images_low",
    "images_high", "p_holm", "improvement", "draws",
]  # fmt: skip
METRICS_OF_LABELS = ["size", "low", "high", "never", "smallest", "draws"]


def main(corpus: str, study: str) -> None:
    """Evaluate STUDY on CORPUS."""
    started = time.time()
    settings = params.load()
    chosen = settings.study(study, corpus)
    cells, tested = load(chosen, study_folder(corpus, study))
    made = tables.make(chosen, cells, tested, settings.seed)
    files = [
        *write(made, results_folder(corpus, study)),
        *draw(made, tested, figures_folder(corpus, study)),
    ]
    trained = read_record(record_file(corpus, study))
    record = describe(trained, chosen, settings.seed, made, files)
    program.finish(record, corpus, f"evaluate_{study}", started)


def load(study: Study, folder: Path) -> tuple[dict[Cell, CellResults], dict[str, Tested]]:
    """Load the predictions of every cell of a study, and the test images of its targets."""
    cells = {cell: results.load(results.cell_file(folder, cell)) for cell in study.cells}
    targets = {cell.target for cell in cells}
    tested = {name: results.load_tested(results.tested_file(folder, name)) for name in targets}
    return cells, tested


def metrics(made: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """Give what `dvc metrics` shows and compares: numbers that repeat exactly."""
    return {
        "cells": _keyed(made["cells"], "cell", METRICS_OF_CELLS),
        "differences": _keyed(made["differences"], "comparison", METRICS_OF_DIFFERENCES),
        "labels": _keyed(made["labels"], "cell", METRICS_OF_LABELS),
    }


def write(made: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write every table as CSV, and `metrics.json`; give their files."""
    for name, table in made.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    write_json(folder / "metrics.json", metrics(made))
    return [folder / "metrics.json", *(folder / f"{name}.csv" for name in made)]


def draw(made: dict[str, pd.DataFrame], tested: dict[str, Tested], folder: Path) -> list[Path]:
    """Draw the figures of a study; give their files."""
    rows = {name: _rows(table) for name, table in made.items()}
    drawn = {
        "accuracy": accuracy_chart.accuracy_by_cell(rows["cells"], rows["replicates"]),
        "curves": curve_chart.study_curves(rows["curves"], "train"),
        "confusion": accuracy_chart.confusion(rows["confusion"]),
    }
    if made["curves"].test_loss.notna().any():
        drawn["test_curves"] = curve_chart.study_curves(rows["curves"], "test")
    if rows["differences"]:
        drawn["differences"] = accuracy_chart.forest(rows["differences"])
    if rows["labels"]:
        size = f"/{_shown_size(made)}"
        shown = [row for row in rows["labels"] if row["cell"].endswith(size)]
        drawn["labels"] = label_chart.label_curve(rows["cells"], shown)
    if rows["mistakes"]:
        target = rows["mistakes"][0]["cell"].split("/")[0]
        images = tested[target].images[made["mistakes"].image]
        drawn["mistakes"] = figures.mistakes(images, rows["mistakes"])
    for name, figure in drawn.items():
        figures.save(figure, folder / f"{name}.png")
    return [folder / f"{name}.png" for name in drawn]


def _shown_size(made: dict[str, pd.DataFrame]) -> str:
    """Size at which the chart says what a source is worth: that of the cell that is shown."""
    return made["confusion"].cell[0].rpartition("/")[2]


def describe(
    trained: Record, study: Study, seed: int, made: dict[str, pd.DataFrame], files: list[Path]
) -> Record:
    """What is logged of the evaluation of trainings, with the files that it wrote."""
    flat = {
        f"{section}/{key}/{name}": value
        for section, rows in metrics(made).items()
        for key, row in rows.items()
        for name, value in row.items()
        if value is not None
    }
    told = {"seed": seed, "question": study.question}
    told |= {"note": study.note} if study.note else {}
    return Record(
        name=f"evaluate {trained.name}",
        experiment=trained.experiment,
        tags={key: trained.tags[key] for key in ("corpus", "study", "provenance")}
        | {"stage": "evaluate", "trained": trained.fingerprint},
        params=trained.params | told,
        metrics=flat,
        datasets=trained.datasets,
        artifacts=[str(path) for path in files],
    )


def _rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as the report reads them: None where a value is missing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _keyed(table: pd.DataFrame, key: str, columns: list[str]) -> dict[str, dict]:
    """Rows by key; None for what is missing or has no bound, which JSON cannot say."""
    rows = table.set_index(key)[columns].astype(object)
    return {
        name: {column: value if _is_finite(value) else None for column, value in row.items()}
        for name, row in rows.iterrows()
    }


def _is_finite(value: object) -> bool:
    return value is not None and bool(np.isfinite(value))


if __name__ == "__main__":
    program.run(main)
