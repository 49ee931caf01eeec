"""The chart of a learning curve over the number of labels, and what a source is worth in them."""

import itertools
import textwrap
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.analysis.formats import format_label_worth
from glyph_transfer.analysis.rows import CellRow, LabelWorthRow
from glyph_transfer.analysis.words import NO_WORDS, Words, in_words
from glyph_transfer.charts.cell_looks import STYLES, line_name, plain_variant, source_colours
from glyph_transfer.charts.direct_labels import End, name_ends
from glyph_transfer.charts.figures import WIDTH, styled
from glyph_transfer.protocol import NO_SOURCE, Cell

_MARKERS = "os^Dv*"
_MOST_TRANSFERRED = 4
"""Lines beside those from scratch that there is room for."""
_NAME_WIDTH, _SAID_WIDTH = 26, 54  # letters


class Line(NamedTuple):
    """A line of the chart: its cells by their number of labels, and how it is drawn."""

    name: str
    rows: list[CellRow]
    colour: str


@styled
def accuracy_by_labels(lines: list[Line]) -> Figure:
    """Plot accuracy by the number of labelled images, with names beside the lines.

    Args:
        lines: to be compared, of any studies, at least one.
    """
    figure = Figure(figsize=(WIDTH, 3.0))
    axes = figure.add_subplot()
    looks = zip(itertools.cycle(STYLES), itertools.cycle(_MARKERS), strict=False)
    for line, (style, marker) in zip(lines, looks, strict=False):
        rows = sorted(line.rows, key=lambda row: row.n_images)
        _plot(axes, rows, line.name, {"color": line.colour, "linestyle": style, "marker": marker})
    _finish(axes, sorted({row.n_images for line in lines for row in line.rows}))
    return figure


@styled
def label_worth_chart(
    rows: list[CellRow], worths: list[LabelWorthRow], words: Words = NO_WORDS
) -> Figure:
    """Plot accuracy by the number of labelled images, a line for each source and variant.

    A dotted guide goes from each transferred network in `worths` to where its baseline matches
    it, and down to the number of labels which that takes. Of many lines the best are drawn.

    Args:
        rows: all cells.
        worths: of transferred networks among the cells.
        words: for sources and variants.
    """
    rows = _most_telling(rows, {worth.cell for worth in worths})
    cells = {row.cell: row for row in rows}
    figure = Figure(figsize=(WIDTH, 3.8))
    axes = figure.add_subplot()
    colours = source_colours(cells)
    plain = plain_variant(cells)
    has_variants = len({cell.variant for cell in cells if cell.source != NO_SOURCE}) > 1
    looks = zip(itertools.cycle(STYLES), itertools.cycle(_MARKERS), strict=False)
    for line, (style, marker) in zip(_lines(rows), looks, strict=False):
        cell = line[0].cell
        look = {"color": colours[cell], "linestyle": style, "marker": marker}
        name = line_name(cell, plain, words)
        name = name if has_variants else name.partition(":")[0]
        _plot(axes, line, textwrap.fill(name, _NAME_WIDTH), look)
    sizes = sorted({row.n_images for row in rows})
    axes.set_ylim(axes.get_ylim())  # guides end at the axis, and do not move it
    told = [worth for worth in worths if worth.cell in cells]
    if has_variants:  # whose names are long
        told = sorted(told, key=lambda worth: cells[worth.cell].accuracy)[-1:]
    for number, worth in enumerate(reversed(told)):
        colour = colours[worth.cell]
        _guide(axes, cells[worth.cell], worth.size, sizes[-1], colour)
        name = in_words(worth.cell.variant if has_variants else worth.cell.source, words)
        name = f"{name} at {worth.cell.n_train}"
        _say(axes, number, f"{name}: worth {format_label_worth(worth, sizes[-1])} labels", colour)
    _finish(axes, sizes)
    return figure


def _most_telling(rows: list[CellRow], judged: set[Cell]) -> list[CellRow]:
    """Leave out lines that there is no room for: of those with a source, the best are kept.

    Lines over more sizes count as better, and among them those whose `judged` cell is.
    """
    lines = _lines(rows)

    def how_good(line: list[CellRow]) -> tuple[int, float]:
        shown = [row for row in line if row.cell in judged] or line
        return len(line), shown[-1].accuracy

    transferred = [line for line in lines if line[0].cell.source != NO_SOURCE]
    kept = sorted(transferred, key=how_good, reverse=True)[:_MOST_TRANSFERRED]
    return [row for line in lines if line in kept or line not in transferred for row in line]


def _lines(rows: list[CellRow]) -> list[list[CellRow]]:
    """Group rows by all of the cell but its number of labels, in ascending order of that."""
    lines: dict[tuple, list[CellRow]] = {}
    for row in rows:
        lines.setdefault(row.cell[:-1], []).append(row)
    return [sorted(line, key=lambda row: row.n_images) for line in lines.values()]


def _plot(axes: Axes, line: list[CellRow], name: str, look: dict[str, object]) -> None:
    sizes = [row.n_images for row in line]
    mean, low, high = (
        100 * np.array([getattr(row, f"accuracy{end}") for row in line], float)
        for end in ("", "_low", "_high")
    )
    axes.fill_between(sizes, low, high, color=look["color"], alpha=0.15, linewidth=0)
    axes.plot(sizes, mean, label=name, **look)


def _guide(axes: Axes, row: CellRow, size: float, largest: int, colour: str) -> None:
    accuracy = 100 * row.accuracy
    look = {"color": colour, "linestyle": ":"}
    axes.plot([row.n_images, min(size, largest)], [accuracy, accuracy], **look)
    if np.isfinite(size):
        axes.plot([size, size], [accuracy, axes.get_ylim()[0]], **look)


def _say(axes: Axes, number: int, said: str, colour: str) -> None:
    """Write a line into the lower right corner, which a learning curve leaves free."""
    axes.text(
        0.985, 0.03 + 0.065 * number, textwrap.fill(said, _SAID_WIDTH), color=colour, fontsize=8,
        ha="right", va="bottom",
        transform=axes.transAxes, bbox={"color": "white", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _finish(axes: Axes, sizes: list[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size // 1000}k" if size >= 1000 else f"{size}" for size in sizes])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("labelled images (log scale)")
    axes.set_ylabel("right on test images (%)")
    curves = [line for line in axes.lines if not line.get_label().startswith("_")]
    ends = [End(line.get_ydata()[-1], line.get_label(), line.get_color()) for line in curves]
    name_ends(axes, ends)
