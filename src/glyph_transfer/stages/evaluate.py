"""evaluate@<corpus>-<study>: intervals, paired differences and figures from the predictions."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer import figures, params
from glyph_transfer.files import write_json, write_text
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.layout import (
    figures_folder,
    record_file,
    results_folder,
    set_file,
    study_folder,
)
from glyph_transfer.protocol import Cell, Study
from glyph_transfer.records import Record, read_record, rounded
from glyph_transfer.report import charts
from glyph_transfer.stages import program
from glyph_transfer.statistics import Difference, compare, log_loss, mean_interval
from glyph_transfer.studies import claims, mistakes, results
from glyph_transfer.studies.results import CellResults


def main(corpus: str, study: str) -> None:
    """Evaluate STUDY on CORPUS."""
    started = time.time()
    settings = params.load()
    chosen = settings.study(study, corpus)
    cells = load_cells(chosen, study, corpus)
    target = sets.load(set_file(corpus, chosen.target))
    tables = evaluate(chosen, cells, target, settings.seed)
    files = [
        *write(tables, results_folder(corpus, study)),
        *draw(tables, target, figures_folder(corpus, study)),
    ]
    record = describe(read_record(record_file(corpus, study)), chosen, tables, files)
    program.finish(record, corpus, f"evaluate_{study}", started)


def load_cells(study: Study, name: str, corpus: str) -> dict[Cell, CellResults]:
    """Load the predictions of every cell of a study."""
    folder = study_folder(corpus, name)
    return {cell: results.load(results.cell_file(folder, cell)) for cell in study.cells}


def evaluate(
    study: Study, cells: dict[Cell, CellResults], target: ImageSet, seed: int
) -> dict[str, pd.DataFrame]:
    """Make the tables of a study.

    Args:
        study: whose cells they are.
        cells: what each cell predicts.
        target: the set that they were tested on.
        seed: of the bootstrap.

    Returns:
        `replicates`: a row for each replicate; `cells`: means with 95 % intervals over
        draws; `differences`: every cell against its baseline, draw by draw; `curves`: mean
        loss and accuracy on the training images with their spread over draws, by epoch;
        `claims`: what our draws make of the author's; `confusion` and `mistakes`: of the
        cell with the best validation accuracy.
    """
    labels = target.test.labels
    best = mistakes.best_cell(cells)
    replicates = pd.concat(
        [_replicate_table(cell, done, labels) for cell, done in cells.items()], ignore_index=True
    )
    return {
        "replicates": replicates,
        "cells": _cell_table(study, replicates, len(labels), seed),
        "differences": _difference_table(study, replicates, seed),
        "curves": pd.concat(
            [_curve_table(cell, done) for cell, done in cells.items()], ignore_index=True
        ),
        "claims": claims.hold(study.claims, _accuracies(replicates), seed),
        "confusion": mistakes.confusion(best, cells[best], target),
        "mistakes": mistakes.worst(best, cells[best], target),
    }


def metrics(tables: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """Give what `dvc metrics` shows and compares: numbers that repeat exactly."""
    return {
        "cells": _keyed(tables["cells"], "cell", METRICS_OF_CELLS),
        "differences": _keyed(tables["differences"], "comparison", METRICS_OF_DIFFERENCES),
    }


def write(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write every table as CSV, and `metrics.json`; give their files."""
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    write_json(folder / "metrics.json", metrics(tables))
    return [folder / "metrics.json", *(folder / f"{name}.csv" for name in tables)]


def draw(tables: dict[str, pd.DataFrame], target: ImageSet, folder: Path) -> list[Path]:
    """Draw the figures of a study; give their files. `target` has the images of mistakes."""
    rows = {name: _rows(table) for name, table in tables.items()}
    drawn = {
        "accuracy": charts.accuracy_by_cell(rows["cells"], rows["replicates"]),
        "curves": charts.study_curves(rows["curves"]),
        "confusion": charts.confusion(rows["confusion"]),
    }
    if rows["differences"]:
        drawn["differences"] = charts.forest(rows["differences"])
    if rows["mistakes"]:
        images = target.test.images[tables["mistakes"].image]
        drawn["mistakes"] = figures.mistakes(images, rows["mistakes"])
    for name, figure in drawn.items():
        figures.save(figure, folder / f"{name}.png")
    return [folder / f"{name}.png" for name in drawn]


def describe(
    trained: Record, study: Study, tables: dict[str, pd.DataFrame], files: list[Path]
) -> Record:
    """What is logged of the evaluation of trainings, with the files that it wrote."""
    flat = {
        f"{section}/{key}/{name}": value
        for section, rows in metrics(tables).items()
        for key, row in rows.items()
        for name, value in row.items()
        if value is not None
    }
    return Record(
        name=f"evaluate {trained.name}",
        experiment=trained.experiment,
        tags={key: trained.tags[key] for key in ("corpus", "study", "provenance")}
        | {"stage": "evaluate", "trained": trained.fingerprint},
        params=trained.params | {"question": study.question},
        metrics=flat,
        datasets=trained.datasets,
        artifacts=[str(path) for path in files],
    )


METRICS_OF_CELLS = [
    "accuracy", "accuracy_low", "accuracy_high", "loss", "loss_low", "loss_high", "draws",
]  # fmt: skip
METRICS_OF_DIFFERENCES = [
    "accuracy", "accuracy_low", "accuracy_high", "corrected_low", "corrected_high", "p_holm",
    "improvement", "draws",
]  # fmt: skip
COLUMNS_OF_DIFFERENCES = [
    "comparison", "cell", "baseline", "draws", "accuracy", "accuracy_low", "accuracy_high",
    "corrected_low", "corrected_high", "p_holm", "improvement", "improvement_low",
    "improvement_high", "shown",
]  # fmt: skip


def _replicate_table(cell: Cell, done: CellResults, labels: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell": str(cell),
            **cell._asdict(),
            "draw": np.arange(len(done.predicted)),
            "accuracy": (done.predicted == labels).mean(axis=1),
            "loss": [log_loss(row) for row in done.probability],
            "index_sha256": [sets.index_digest(row) for row in done.index],
        }
    )


def _cell_table(study: Study, replicates: pd.DataFrame, n_test: int, seed: int) -> pd.DataFrame:
    rows = []
    for cell in study.cells:
        own = replicates[replicates.cell == str(cell)]
        row = {"cell": str(cell), **cell._asdict(), "draws": len(own), "test_images": n_test}
        for score in ("accuracy", "loss"):
            most = 1.0 if score == "accuracy" else None
            interval = mean_interval(own[score].to_numpy(), seed).within(0.0, most)
            row |= {
                score: interval.mean,
                f"{score}_low": interval.low,
                f"{score}_high": interval.high,
            }
        rows.append(row | {"published": study.published.get(str(cell))})
    return pd.DataFrame(rows)


def _difference_table(study: Study, replicates: pd.DataFrame, seed: int) -> pd.DataFrame:
    accuracy = _accuracies(replicates)
    baselines = {cell: study.baseline_of(cell) for cell in study.cells}
    compared = {f"{cell} - {base}": (cell, base) for cell, base in baselines.items() if base}
    differences = compare(
        {name: accuracy[str(cell)] for name, (cell, _) in compared.items()},
        {name: accuracy[str(base)] for name, (_, base) in compared.items()},
        seed,
    )
    rows = [
        {
            "comparison": name,
            "cell": str(compared[name][0]),
            "baseline": str(compared[name][1]),
            "draws": study.draws,
            **_flatten(difference),
        }
        for name, difference in differences.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS_OF_DIFFERENCES)


def _accuracies(replicates: pd.DataFrame) -> dict[str, np.ndarray]:
    return {name: own.accuracy.to_numpy() for name, own in replicates.groupby("cell")}


def _flatten(difference: Difference) -> dict[str, object]:
    return {
        "accuracy": difference.difference.mean,
        "accuracy_low": difference.difference.low,
        "accuracy_high": difference.difference.high,
        "corrected_low": difference.corrected.low,
        "corrected_high": difference.corrected.high,
        "p_holm": difference.p,
        "improvement": difference.improvement.mean,
        "improvement_low": difference.improvement.low,
        "improvement_high": difference.improvement.high,
        "shown": difference.is_shown,
    }


def _curve_table(cell: Cell, done: CellResults) -> pd.DataFrame:
    table = {"cell": str(cell), "epoch": np.arange(1, done.loss.shape[1] + 1)}
    for score in ("loss", "accuracy"):
        values = getattr(done, score)
        low, high = np.quantile(values, [0.025, 0.975], axis=0)
        table |= {
            f"train_{score}": rounded(values.mean(axis=0)),
            f"train_{score}_low": rounded(low),
            f"train_{score}_high": rounded(high),
        }
    return pd.DataFrame(table)


def _rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as the report reads them: None where a value is missing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _keyed(table: pd.DataFrame, key: str, columns: list[str]) -> dict[str, dict]:
    rows = table.set_index(key)[columns].astype(object)
    return {
        name: {column: None if pd.isna(value) else value for column, value in row.items()}
        for name, row in rows.iterrows()
    }


if __name__ == "__main__":
    program.run(main)
