"""The tables of a study, from what its replicates predict.

All are functions of the predictions alone, so that equal predictions give equal tables;
times, which differ from run to run, are in none of them.
"""

import numpy as np

from glyph_transfer.analysis import claims, comparison_tables, mistakes
from glyph_transfer.analysis.cell_pairs import compare_cells
from glyph_transfer.analysis.forecasts.table import forecasts
from glyph_transfer.analysis.learned import has_learned
from glyph_transfer.analysis.rows import CellRow, CurveRow, ReplicateRow
from glyph_transfer.analysis.scored import Cells, Scored, ends, score
from glyph_transfer.analysis.statistics import images_interval
from glyph_transfer.experiments.results import CellResults, Tested, shown_cell
from glyph_transfer.images.sets import index_digest
from glyph_transfer.protocol import Cell, Study


def make(
    study: Study, cells: Cells, tested: dict[str, Tested], seed: int
) -> dict[str, list[object]]:
    """Make the tables of a study.

    Args:
        study: whose cells they are.
        cells: what each cell predicts.
        tested: the test images of every target.
        seed: of the bootstrap.

    Returns:
        Rows by the names in `rows.TABLES`; `confusion` and `mistakes` are of the cell that is
        shown. Verdicts on differences and on claims follow from one correction for all of them.
    """
    scored = score(study, cells, tested, seed)
    not_learned = scored.not_learned()
    compared = compare_cells(
        [*comparison_tables.asked(study), *claims.asked(study.claims)],
        scored.scores,
        scored.networks,
        not_learned,
        seed,
    )
    judged = claims.judge_claims(study.claims, compared)
    shown = shown_cell(study, cells)
    return {
        "replicates": [row for cell in cells for row in _replicates(scored, cell)],
        "cells": [_cell(scored, cell) for cell in cells],
        "differences": comparison_tables.differences(scored, compared),
        "curves": [row for cell, done in cells.items() for row in _curves(cell, done)],
        "claims": judged,
        "published": comparison_tables.published(scored, judged, not_learned),
        "labels": comparison_tables.label_worths(scored, not_learned),
        "confusion": mistakes.confusion(shown, cells[shown], tested[shown.target]),
        "mistakes": mistakes.worst(shown, cells[shown], tested[shown.target]),
        "forecasts": forecasts(scored),
    }


def _replicates(scored: Scored, cell: Cell) -> list[ReplicateRow]:
    none = [None] * len(scored.correct[cell])
    own = {name: values.get(cell, none) for name, values in scored.scores.items()}
    return [
        ReplicateRow(
            cell,
            *cell,
            draw=draw,
            **{name: values[draw] for name, values in own.items()},
            index_sha256=index_digest(index),
        )
        for draw, index in enumerate(scored.cells[cell].index)
    ]


def _cell(scored: Scored, cell: Cell) -> CellRow:
    done, seed = scored.cells[cell], scored.seed
    over_images = images_interval(scored.correct[cell], seed).within(0.0, 1.0)
    accuracy = scored.mean("accuracy", cell)
    return CellRow(
        cell,
        *cell,
        n_images=done.index.shape[1],
        epochs=done.loss.shape[1],
        draws=len(done.index),
        test_images=scored.correct[cell].shape[1],
        **ends("accuracy", accuracy),
        **ends("loss", scored.mean("loss", cell)),
        images_low=over_images.low,
        images_high=over_images.high,
        published=comparison_tables.published_accuracy(scored.study, cell),
        chance=scored.chance[cell],
        learned=has_learned(accuracy, scored.chance[cell]),
    )


def _curves(cell: Cell, done: CellResults) -> list[CurveRow]:
    """Mean and middle 95 % of the draws, by epoch; None where the test images were not scored."""
    curves = {"train_loss": done.loss, "train_accuracy": done.accuracy}
    for name in ("test_loss", "test_accuracy"):
        curves[name] = np.full(done.loss.shape, np.nan)
        curves[name][:, done.scored[0] - 1] = getattr(done, name)
    if not done.loss.size:  # an ensemble, which is not trained
        return []
    spreads = {name: _spread(values) for name, values in curves.items()}
    return [
        CurveRow(
            cell,
            epoch + 1,
            **{
                f"{name}{end}": _six_digits(values[epoch])
                for name, spread in spreads.items()
                for end, values in spread.items()
            },
        )
        for epoch in range(done.loss.shape[1])
    ]


def _spread(values: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and middle 95 % of values (draws, epochs) over draws, by the ends of their names."""
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    return {"": values.mean(axis=0), "_low": low, "_high": high}


def _six_digits(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.6g}")
