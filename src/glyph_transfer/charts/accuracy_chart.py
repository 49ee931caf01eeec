"""The charts that have a line for each cell: accuracies, and differences from a baseline."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.analysis.formats import format_verdict
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, ReplicateRow
from glyph_transfer.analysis.words import NO_WORDS, Words, in_words
from glyph_transfer.charts.cell_looks import (
    line_name,
    names_on_lines,
    plain_variant,
    source_colours,
)
from glyph_transfer.charts.figures import GREY, WIDTH, styled


@styled
def accuracy_by_cell(
    cells: list[CellRow], replicates: list[ReplicateRow], words: Words = NO_WORDS
) -> Figure:
    """Plot every cell: its draws as dots, mean and interval, the published accuracy.

    A cell that has not learned is said to.
    """
    named = [row.cell for row in cells]
    names = names_on_lines(named, plain_variant(named), words)
    figure = Figure(figsize=(WIDTH, _height(names)))
    axes = figure.add_subplot()
    colours = source_colours(named)
    for y, row in enumerate(cells):
        draws = [100 * each.accuracy for each in replicates if each.cell == row.cell]
        # spread in a fixed zigzag, so that equal tables give equal pictures
        offsets = 0.24 + 0.07 * (np.arange(len(draws)) % 3 - 1)
        axes.plot(draws, y + offsets, ".", color=colours[row.cell], alpha=0.45)
        _interval(axes, y, (row.accuracy_low, row.accuracy_high), linewidth=2.5)
        axes.plot(100 * row.accuracy, y, "o", color="black")
        if row.published is not None:
            look = {"color": "white", "markeredgecolor": "black", "markersize": 7}
            axes.plot(100 * row.published, y, "D", **look)
    _name_rows(axes, names)
    _note_rows(axes, ["has not learned" if row.learned is False else "" for row in cells])
    axes.set_xlabel("accuracy on the test images (%)")
    return figure


@styled
def forest(differences: list[DifferenceRow], words: Words = NO_WORDS) -> Figure:
    """Plot paired differences with their corrected intervals.

    Beside each stands what it shows.
    """
    cells = [row.cell for row in differences]
    plain = plain_variant([*(row.baseline for row in differences), *cells])
    baselines = [_baseline(row, plain, words) for row in differences]
    names = names_on_lines(cells, plain, words)
    shared = len(set(baselines)) == 1
    if shared:
        training = "training " if baselines[0].startswith("from ") else ""
        label = f"points above or below {training}{baselines[0]}"
    else:
        names = [f"{name}\nless {less}" for name, less in zip(names, baselines, strict=True)]
        label = "difference in accuracy (points)"
    figure = Figure(figsize=(WIDTH, _height(names)))
    axes = figure.add_subplot()
    axes.axvline(0, color=GREY, linewidth=1, linestyle="--")
    for y, row in enumerate(differences):
        _interval(axes, y, (row.corrected_low, row.corrected_high), linewidth=2.5)
        axes.plot(100 * row.accuracy, y, "o", color="black", markersize=6)
    axes.set_xlabel(label)
    _name_rows(axes, names)
    _note_rows(axes, [format_verdict(row).replace(", ", "\n") for row in differences])
    return figure


def _baseline(row: DifferenceRow, plain: str | None, words: Words) -> str:
    """Name what a cell is compared with, the model where it is another."""
    name = line_name(row.baseline, plain, words)
    if row.cell.model == row.baseline.model:
        return name
    return f"{name}, {in_words(row.baseline.model, words)}"


def _height(names: list[str]) -> float:
    """Inches for rows with names of so many lines."""
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return 0.8 + (0.24 + 0.15 * lines) * len(names)


def _name_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)


def _note_rows(axes: Axes, notes: list[str]) -> None:
    """Write a note to the right of every row."""
    for y, note in enumerate(notes):
        axes.annotate(
            note, (1, y), (8, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
            va="center", fontsize="small",
        )  # fmt: skip


def _interval(axes: Axes, y: int, ends: tuple[float | None, float | None], **look: object) -> None:
    if None not in ends:
        axes.plot([100 * end for end in ends], [y, y], color="black", **look)
