"""Rows for charts, of which a test says no more than it looks at."""

from dataclasses import fields

from glyph_transfer.analysis.rows import CellRow, CurveRow, DifferenceRow, ForecastRow, ReplicateRow
from glyph_transfer.protocol import Cell

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/frozen/100"
TWIN = "digits/tominet/letters/frozen_twin/100"


def cell_row(cell, n_images=100, accuracy=0.5, ends=(None, None), **other):
    """A cell with an accuracy and the ends of its interval."""
    cell = Cell.parse(cell)
    numbers = {"n_images": n_images, "accuracy": accuracy} | other
    numbers |= dict(zip(("accuracy_low", "accuracy_high"), ends, strict=True))
    return CellRow(**_none(CellRow) | cell._asdict() | numbers | {"cell": cell})


def replicate_row(cell, accuracy):
    cell = Cell.parse(cell)
    return ReplicateRow(**_none(ReplicateRow) | {"cell": cell, "accuracy": accuracy})


def difference_row(cell=LETTERS, baseline=SCRATCH, ends=(0.2, 0.4), corrected=(0.1, 0.5), **other):
    """A difference of 0.3 with its intervals; that over images is another."""
    names = ("accuracy_low", "accuracy_high", "corrected_low", "corrected_high")
    numbers = dict(zip(names, (*ends, *corrected), strict=True))
    numbers |= {"accuracy": 0.3, "images_low": 0.25, "images_high": 0.35}
    cells = {"cell": Cell.parse(cell), "baseline": Cell.parse(baseline)}
    return DifferenceRow(**_none(DifferenceRow) | numbers | cells | other)


def forecast_row(score, target=None, ends=(None, None), **other):
    """A score of sources; `ends` of its regret over draws, those over targets 0 and twice."""
    names = ("regret_low", "regret_high", "regret_targets_low", "regret_targets_high")
    over_targets = (None, None) if ends[1] is None else (0.0, 2 * ends[1])
    numbers = dict(zip(names, (*ends, *over_targets), strict=True)) | other
    return ForecastRow(**_none(ForecastRow) | {"score": score, "target": target} | numbers)


def curve_rows(cell, *losses, split="train"):
    """Epochs with these losses, from half to twice of them; accuracies are always the same."""
    accuracy = dict(zip(_ends(split, "accuracy"), (0.5, 0.25, 0.75), strict=True))
    return [
        CurveRow(
            **_none(CurveRow)
            | {"cell": Cell.parse(cell), "epoch": epoch}
            | accuracy
            | dict(zip(_ends(split, "loss"), (loss, loss / 2, loss * 2), strict=True))
        )
        for epoch, loss in enumerate(losses, start=1)
    ]


def _ends(split, score):
    return [f"{split}_{score}{end}" for end in ("", "_low", "_high")]


def _none(row_type):
    return dict.fromkeys(field.name for field in fields(row_type))
