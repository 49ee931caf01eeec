"""The tables of a study, from what its replicates predict.

All are functions of the predictions alone, so that equal predictions give equal tables;
times, which differ from run to run, are in none of them.
"""

from dataclasses import asdict, dataclass

import numpy as np

from glyph_transfer.analysis import mistakes
from glyph_transfer.analysis.agreement import agreement
from glyph_transfer.analysis.claims import judge_claims
from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.label_worth import labels_needed
from glyph_transfer.analysis.rows import (
    CellRow,
    ClaimRow,
    CurveRow,
    DifferenceRow,
    LabelWorthRow,
    PublishedRow,
    ReplicateRow,
)
from glyph_transfer.analysis.statistics import (
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

FEWEST_SIZES = 3
"""Sizes of a learning curve over labels, at least."""
_HIGHEST = {"accuracy": 1.0, "first_epoch_accuracy": 1.0, "train_accuracy": 1.0, "loss": None}
"""Scores, and the most that they can be."""


@dataclass(frozen=True)
class _Scored:
    """What the cells of a study predict, scored.

    Attributes:
        correct: bool (draws, n_test) of every cell.
        scores: score -> cell -> values (draws,); a cell is missing from those it has not.
        seed: of the bootstrap.
    """

    study: Study
    cells: Cells
    correct: dict[Cell, np.ndarray]
    scores: dict[str, dict[Cell, np.ndarray]]
    seed: int


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
        shown.
    """
    correct = {cell: done.predicted == tested[cell.target].labels for cell, done in cells.items()}
    scored = _Scored(study, cells, correct, _scores(cells, correct), seed)
    claims = judge_claims(study.claims, scored.scores, seed)
    shown = shown_cell(study, cells)
    return {
        "replicates": [row for cell in cells for row in _replicates(scored, cell)],
        "cells": [_cell(scored, cell) for cell in cells],
        "differences": _differences(scored),
        "curves": [row for cell, done in cells.items() for row in _curves(cell, done)],
        "claims": claims,
        "published": _published(scored, claims),
        "labels": _label_worths(scored),
        "confusion": mistakes.confusion(shown, cells[shown], tested[shown.target]),
        "mistakes": mistakes.worst(shown, cells[shown], tested[shown.target]),
    }


def _scores(cells: Cells, correct: dict[Cell, np.ndarray]) -> dict[str, dict[Cell, np.ndarray]]:
    losses = {
        cell: np.array([log_loss(row) for row in done.probability]) for cell, done in cells.items()
    }
    return {
        "accuracy": {cell: right.mean(axis=1) for cell, right in correct.items()},
        "loss": losses,
        "first_epoch_accuracy": {
            cell: done.test_accuracy[:, 0]
            for cell, done in cells.items()
            if (done.scored[:, :1] == 1).any()
        },
        "train_accuracy": {
            cell: done.accuracy[:, -1] for cell, done in cells.items() if done.accuracy.size
        },
    }


def _replicates(scored: _Scored, cell: Cell) -> list[ReplicateRow]:
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


def _cell(scored: _Scored, cell: Cell) -> CellRow:
    done, seed = scored.cells[cell], scored.seed
    over_images = images_interval(scored.correct[cell], seed).within(0.0, 1.0)
    return CellRow(
        cell,
        *cell,
        n_images=done.index.shape[1],
        epochs=done.loss.shape[1],
        draws=len(done.index),
        test_images=scored.correct[cell].shape[1],
        **_ends("accuracy", _mean(scored, "accuracy", cell)),
        **_ends("loss", _mean(scored, "loss", cell)),
        images_low=over_images.low,
        images_high=over_images.high,
        published=_published_accuracy(scored.study, cell),
    )


def _mean(scored: _Scored, score: str, cell: Cell) -> Interval:
    return mean_interval(scored.scores[score][cell], scored.seed).within(0.0, _HIGHEST[score])


def _ends(name: str, interval: Interval) -> dict[str, float | None]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _published_accuracy(study: Study, cell: Cell) -> float | None:
    own = [float(p.value) for p in study.published if (p.cell, p.score) == (str(cell), "accuracy")]
    return own[0] if own else None


def _differences(scored: _Scored) -> list[DifferenceRow]:
    """Compare every cell with its baseline, draw by draw."""
    accuracy, correct = scored.scores["accuracy"], scored.correct
    baselines = {cell: scored.study.baseline_of(cell) for cell in scored.study.cells}
    baselines = {cell: baseline for cell, baseline in baselines.items() if baseline}
    differences = compare(
        {cell: accuracy[cell] for cell in baselines},
        {cell: accuracy[baseline] for cell, baseline in baselines.items()},
        scored.seed,
    )
    rows = []
    for cell, each in differences.items():
        baseline = baselines[cell]
        corrected = each.corrected.within(-1.0, 1.0)
        over_images = images_difference(correct[cell], correct[baseline], scored.seed)
        improvement = each.improvement
        if not has_width(improvement.low, improvement.high):  # the same on every draw
            improvement = Interval(improvement.mean, None, None)
        rows.append(
            DifferenceRow(
                comparison=f"{cell} - {baseline}",
                cell=cell,
                baseline=baseline,
                draws=each.draws,
                **_ends("accuracy", each.difference.within(-1.0, 1.0)),
                corrected_low=corrected.low,
                corrected_high=corrected.high,
                images_low=over_images.low,
                images_high=over_images.high,
                p_holm=each.p,
                **_ends("improvement", improvement),
                significant=each.is_significant,
            )
        )
    return rows


def _curves(cell: Cell, done: CellResults) -> list[CurveRow]:
    """Mean and middle 95 % of the draws, by epoch; None where the test images were not scored."""
    curves = {"train_loss": done.loss, "train_accuracy": done.accuracy}
    for score in ("loss", "accuracy"):
        curves[f"test_{score}"] = np.full(done.loss.shape, np.nan)
        curves[f"test_{score}"][:, done.scored[0] - 1] = getattr(done, f"test_{score}")
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


def _published(scored: _Scored, claims: list[ClaimRow]) -> list[PublishedRow]:
    """Hold every published value against ours; a speedup is timed, and so it is not here."""
    verdicts = {row.name: row.verdict for row in claims}
    return [
        PublishedRow(
            cell=Cell.parse(each.cell),
            score=each.score,
            than=each.than and Cell.parse(each.than),
            published=float(each.value),
            rounding=each.rounding,
            about=each.about,
            **_beside(scored, each),
            claim=each.claim,
            verdict=verdicts.get(each.claim),
        )
        for each in scored.study.published
    ]


def _beside(scored: _Scored, published: Published) -> dict[str, object]:
    """What a published value is held against: the fields from `ours` to `agreement`."""
    if published.score == "speedup":
        mean = expected = Interval(None, None, None)
        draws = agrees = None
    else:
        cell = Cell.parse(published.cell)
        values = scored.scores[published.score][cell]
        mean, expected = _mean(scored, published.score, cell), prediction_interval(values)
        tolerance = published.about + published.rounding
        draws, agrees = len(values), agreement(float(published.value), expected, tolerance)
    return {
        "ours": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "expected_low": expected.low,
        "expected_high": expected.high,
        "draws": draws,
        "agreement": agrees,
    }


def _label_worths(scored: _Scored) -> list[LabelWorthRow]:
    """Say of transferred networks how many labels their baseline needs to match them."""
    accuracy, cells, rows = scored.scores["accuracy"], scored.cells, []
    for cell, done in cells.items():
        baseline = None if cell.model == ENSEMBLE else scored.study.baseline_of(cell)
        if cell.source == NO_SOURCE or baseline is None:
            continue
        curve = {cells[each].index.shape[1]: each for each in cells if _on_curve(each, baseline)}
        if len(curve) < FEWEST_SIZES or done.index.shape[1] == max(curve):
            continue
        sizes = sorted(curve)
        needed = labels_needed(
            sizes, [accuracy[curve[size]] for size in sizes], accuracy[cell], scored.seed
        )
        rows.append(LabelWorthRow(cell, baseline, **asdict(needed), draws=len(done.index)))
    return rows


def _on_curve(cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in the number of labels alone."""
    return cell._replace(n_train=0) == other._replace(n_train=0)
