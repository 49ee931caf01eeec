"""Every cell of a corpus, as `python -m glyph_transfer.summary --all` prints it."""

import csv
import math
import textwrap
from pathlib import Path

from glyph_transfer.analysis.formats import (
    format_interval,
    format_label_count,
    format_percent,
    format_points,
)
from glyph_transfer.analysis.verdicts import DifferenceVerdict, judge_difference
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, reading
from glyph_transfer.protocol import Cell

WIDTH = 80
_NAME, _ACCURACY = 32, 19
_OF_TRIALS = ("trial", "generation", "validation_loss", "best_validation_loss")
"""Columns of a table of trials that are no hyper-parameters."""


def every_cell(corpus: Path) -> list[str]:
    """Lines of at most 80 characters on the studies in a corpus's folder of results.

    Raises InputError where there are none, or a file is not what the stage `evaluate`, or
    `search`, writes.
    """
    paths = sorted([*corpus.glob("*/metrics.json"), *corpus.glob("search/trials.csv")])
    if not paths:
        raise InputError(f"{corpus}/: no results yet. `dvc repro` makes them.")
    return [
        *(line for path in paths for line in _results(path)),
        *_wrapped("In brackets 95 % intervals over draws; of differences, in points, corrected."),
    ]


def _results(path: Path) -> list[str]:
    expected = "the results of a study"
    with reading(path, expected):
        if path.suffix == ".csv":
            return _search(path)
        return _study(path, read_json(path, expected))


def _search(path: Path) -> list[str]:
    """Say what the trials in a table found; those that diverged have no loss."""
    with open(path, newline="", encoding="utf-8") as file:
        trials = list(csv.DictReader(file))
    scored = [row for row in trials if row["validation_loss"]]
    result = "nothing"
    if scored:
        best = min(scored, key=lambda row: float(row["validation_loss"]))
        values = [f"{name} {float(best[name]):.3g}" for name in best if name not in _OF_TRIALS]
        loss = f"{float(best['validation_loss']):.3f} nats"
        result = f"validation loss {', '.join([loss, *values])}"
    return [*_wrapped(f"{_heading(path)}: {len(trials)} trials found {result}"), ""]


def _study(path: Path, metrics: dict) -> list[str]:
    cells = {Cell.parse(name): row for name, row in metrics["cells"].items()}
    differences = {
        Cell.parse(comparison.partition(" - ")[0]): row
        for comparison, row in metrics["differences"].items()
    }
    label_worth = {Cell.parse(name): row for name, row in metrics.get("labels", {}).items()}
    names = short_names(list(cells))
    lines = [
        line
        for cell, row in cells.items()
        for line in _cell(names[cell], row, differences.get(cell))
    ]
    return [
        f"{_heading(path):<{_NAME}}{'accuracy, %':<{_ACCURACY}}{'draws':>5}  less its baseline",
        *lines,
        *_label_worth(label_worth),
        "",
    ]


def _heading(path: Path) -> str:
    return f"{path.parent.name} ({path.parent.parent.name})"


def short_names(cells: list[Cell]) -> dict[Cell, str]:
    """Name cells by those of their parts that differ among them; source and variant always."""
    kept = [
        part
        for part in Cell._fields
        if part in ("source", "variant") or len({getattr(cell, part) for cell in cells}) > 1
    ]
    return {cell: "/".join(str(getattr(cell, part)) for part in kept) for cell in cells}


def _cell(name: str, row: dict, difference: dict | None) -> list[str]:
    ends = format_interval(row["accuracy_low"], row["accuracy_high"])
    scored = f"{format_percent(row['accuracy'])} {ends}"
    numbers = f"{scored:<{_ACCURACY}}{row['draws']:>5}{_difference(difference)}"
    if len(name) < _NAME:
        return [f"{name:<{_NAME}}{numbers}"]
    return [*_wrapped(name), " " * _NAME + numbers]


def _difference(row: dict | None) -> str:
    """Give the difference from the baseline, or that there are too few draws to tell."""
    if row is None:
        return ""
    low, high = row["corrected_low"], row["corrected_high"]
    if (verdict := judge_difference(low, high)) is DifferenceVerdict.TOO_FEW_DRAWS:
        return f"  {verdict}"
    return f"  {format_points(row['accuracy'])} {format_interval(low, high, format_points)}"


def _label_worth(rows: dict[Cell, dict]) -> list[str]:
    """Say what every transferred network is worth in labels, at every size."""
    worth: dict[str, list[str]] = {}
    for cell, row in rows.items():
        if row["size"] is None:
            size = "more than were tried"
        else:
            size = format_label_count(row["size"], row["smallest"], math.inf)
        worth.setdefault(f"{cell.source}/{cell.variant}", []).append(f"{size} at {cell.n_train}")
    return [
        line
        for name, sizes in worth.items()
        for line in _wrapped(
            f"worth in labels of training from scratch, {name}: {', '.join(sizes)}"
        )
    ]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="    ")
