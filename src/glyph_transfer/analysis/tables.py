"""The tables of a study, from what its replicates predict.

All are functions of the predictions alone, so that equal predictions give equal tables;
times, which differ from run to run, are in none of them.
"""

from dataclasses import asdict

import numpy as np
import pandas as pd

from glyph_transfer.analysis import claims, mistakes
from glyph_transfer.analysis.agreement import agreement
from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.labels import labels_needed
from glyph_transfer.analysis.statistics import (
    Difference,
    compare,
    images_difference,
    images_interval,
    mean_interval,
    prediction_interval,
)
from glyph_transfer.experiments.results import CellResults, Tested, shown_cell
from glyph_transfer.images.sets import index_digest
from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE, Cell, Published, Study
from glyph_transfer.scores import log_loss

Cells = dict[Cell, CellResults]

DIFFERENCES = [
    "comparison", "cell", "baseline", "draws", "accuracy", "accuracy_low", "accuracy_high",
    "corrected_low", "corrected_high", "images_low", "images_high", "p_holm", "improvement",
    "improvement_low", "improvement_high", "shown",
]  # fmt: skip
PUBLISHED = [
    "cell", "score", "than", "published", "rounding", "about", "ours", "low", "high",
    "expected_low", "expected_high", "draws", "agreement", "claim", "verdict",
]  # fmt: skip
LABELS = ["cell", "baseline", "size", "low", "high", "never", "smallest", "draws"]
FEWEST_SIZES = 3
"""Sizes of a learning curve over labels, at least."""


def make(
    study: Study, cells: Cells, tested: dict[str, Tested], seed: int
) -> dict[str, pd.DataFrame]:
    """Make the tables of a study.

    Args:
        study: whose cells they are.
        cells: what each cell predicts.
        tested: the test images of every target.
        seed: of the bootstrap.

    Returns:
        `replicates`: a row for each replicate; `cells`: means with 95 % intervals over draws,
        of the accuracy also over test images; `differences`: every cell against its baseline,
        draw by draw; `curves`: mean loss and accuracy with their spread over draws, by epoch;
        `claims`: what our draws make of the author's; `published`: the author's figures
        beside ours; `labels`: how many labels a source is worth; `confusion` and `mistakes`:
        of the cell that is shown.
    """
    correct = {cell: done.predicted == tested[cell.target].labels for cell, done in cells.items()}
    shown = shown_cell(study, cells)
    replicates = pd.concat(
        [_replicates(cell, done, correct[cell]) for cell, done in cells.items()], ignore_index=True
    )
    held = claims.hold(study.claims, _scores(replicates), seed)
    return {
        "replicates": replicates,
        "cells": _cells(study, cells, replicates, correct, seed),
        "differences": _differences(study, replicates, correct, seed),
        "curves": pd.concat([_curves(cell, cells[cell]) for cell in cells], ignore_index=True),
        "claims": held,
        "published": _published(study, replicates, held, seed),
        "labels": _labels(study, cells, replicates, seed),
        "confusion": mistakes.confusion(shown, cells[shown], tested[shown.target]),
        "mistakes": mistakes.worst(shown, cells[shown], tested[shown.target]),
    }


def _replicates(cell: Cell, done: CellResults, correct: np.ndarray) -> pd.DataFrame:
    after_one = done.test_accuracy[:, 0] if (done.scored[:, :1] == 1).any() else None
    return pd.DataFrame(
        {
            "cell": str(cell),
            **cell._asdict(),
            "draw": np.arange(len(correct)),
            "accuracy": correct.mean(axis=1),
            "loss": [log_loss(row) for row in done.probability],
            "first_epoch_accuracy": after_one,
            "train_accuracy": done.accuracy[:, -1] if done.accuracy.size else None,
            "index_sha256": [index_digest(row) for row in done.index],
        }
    )


def _scores(replicates: pd.DataFrame) -> dict[str, dict[str, np.ndarray]]:
    """Score -> cell -> values (draws,)."""
    return {
        score: {name: own[score].to_numpy(float) for name, own in replicates.groupby("cell")}
        for score in ("accuracy", "loss", "first_epoch_accuracy", "train_accuracy")
    }


def _cells(
    study: Study,
    cells: Cells,
    replicates: pd.DataFrame,
    correct: dict[Cell, np.ndarray],
    seed: int,
) -> pd.DataFrame:
    scores = _scores(replicates)
    rows = []
    for cell, done in cells.items():
        row = {
            "cell": str(cell),
            **cell._asdict(),
            "n_images": done.index.shape[1],
            "epochs": done.loss.shape[1],
            "draws": len(done.index),
            "test_images": correct[cell].shape[1],
        }
        for score, most in (("accuracy", 1.0), ("loss", None)):
            interval = mean_interval(scores[score][str(cell)], seed).within(0.0, most)
            row |= _ends(score, interval.mean, interval)
        over_images = images_interval(correct[cell], seed).within(0.0, 1.0)
        row |= {"images_low": over_images.low, "images_high": over_images.high}
        row["published"] = _published_accuracy(study, cell)
        rows.append(row)
    return pd.DataFrame(rows)


def _published_accuracy(study: Study, cell: Cell) -> float | None:
    held = [float(p.value) for p in study.published if (p.cell, p.score) == (str(cell), "accuracy")]
    return held[0] if held else None


def _differences(
    study: Study, replicates: pd.DataFrame, correct: dict[Cell, np.ndarray], seed: int
) -> pd.DataFrame:
    accuracy = _scores(replicates)["accuracy"]
    baselines = {cell: study.baseline_of(cell) for cell in study.cells}
    compared = {f"{cell} - {base}": (cell, base) for cell, base in baselines.items() if base}
    differences = compare(
        {name: accuracy[str(cell)] for name, (cell, _) in compared.items()},
        {name: accuracy[str(base)] for name, (_, base) in compared.items()},
        seed,
    )
    rows = []
    for name, difference in differences.items():
        cell, base = compared[name]
        over_images = images_difference(correct[cell], correct[base], seed)
        rows.append(
            {
                "comparison": name,
                "cell": str(cell),
                "baseline": str(base),
                **_flatten(difference),
                "images_low": over_images.low,
                "images_high": over_images.high,
            }
        )
    return pd.DataFrame(rows, columns=DIFFERENCES)


def _flatten(difference: Difference) -> dict[str, object]:
    own, corrected = (
        each.within(-1.0, 1.0) for each in (difference.difference, difference.corrected)
    )
    improvement = difference.improvement
    if not has_width(improvement.low, improvement.high):  # the same on every draw
        improvement = Interval(improvement.mean, None, None)
    return {
        "draws": difference.draws,
        **_ends("accuracy", own.mean, own),
        "corrected_low": corrected.low,
        "corrected_high": corrected.high,
        "p_holm": difference.p,
        **_ends("improvement", improvement.mean, improvement),
        "shown": difference.is_shown,
    }


def _ends(name: str, value: float, interval: Interval) -> dict[str, float | None]:
    return {name: value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _curves(cell: Cell, done: CellResults) -> pd.DataFrame:
    """Mean and middle 95 % of the draws, by epoch; empty where the test images were not scored."""
    epochs = np.arange(1, done.loss.shape[1] + 1)
    table = pd.DataFrame({"cell": str(cell), "epoch": epochs})
    curves = {"train_loss": done.loss, "train_accuracy": done.accuracy}
    scored = done.scored[0] - 1
    for score in ("loss", "accuracy"):
        values = np.full(done.loss.shape, np.nan)
        values[:, scored] = getattr(done, f"test_{score}")
        curves[f"test_{score}"] = values
    for name, values in curves.items():
        low, high = np.quantile(values, [0.025, 0.975], axis=0) if len(epochs) else ([], [])
        for end, column in (("", values.mean(axis=0)), ("_low", low), ("_high", high)):
            table[f"{name}{end}"] = [float(f"{value:.6g}") for value in column]
    return table


def _published(
    study: Study, replicates: pd.DataFrame, held: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """Hold every published figure against ours; a speedup is timed, and so it is not here."""
    scores = _scores(replicates)
    verdicts = dict(zip(held.name, held.verdict, strict=True))
    rows = []
    for figure in study.published:
        row = {
            "cell": figure.cell,
            "score": figure.score,
            "than": figure.than,
            "published": float(figure.value),
            "rounding": figure.rounding,
            "about": figure.about,
            "claim": figure.claim,
            "verdict": verdicts.get(figure.claim),
        }
        if figure.score != "speedup":
            row |= _beside(figure, scores[figure.score][figure.cell], seed)
        rows.append(row)
    return pd.DataFrame(rows, columns=PUBLISHED)


def _beside(figure: Published, values: np.ndarray, seed: int) -> dict[str, object]:
    most = None if figure.score == "loss" else 1.0
    mean = mean_interval(values, seed).within(0.0, most)
    expected = prediction_interval(values)
    return {
        "ours": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "expected_low": expected.low,
        "expected_high": expected.high,
        "draws": len(values),
        "agreement": str(agreement(float(figure.value), expected, figure.about + figure.rounding)),
    }


def _labels(study: Study, cells: Cells, replicates: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Say of transferred networks how many labels training from scratch needs to match them."""
    accuracy = _scores(replicates)["accuracy"]
    rows = []
    for cell, done in cells.items():
        base = None if cell.model == ENSEMBLE else study.baseline_of(cell)
        if cell.source == NO_SOURCE or base is None:
            continue
        curve = {cells[each].index.shape[1]: each for each in cells if _is_on_curve(each, base)}
        largest = max(curve)
        if len(curve) < FEWEST_SIZES or done.index.shape[1] == largest:
            continue
        sizes = sorted(curve)
        scratch = [accuracy[str(curve[size])] for size in sizes]
        needed = labels_needed(sizes, scratch, accuracy[str(cell)], seed)
        row = {"cell": str(cell), "baseline": str(base), "draws": len(done.index)}
        rows.append(row | asdict(needed))
    return pd.DataFrame(rows, columns=LABELS)


def _is_on_curve(cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in the number of labels alone."""
    return cell._replace(n_train=0) == other._replace(n_train=0)
