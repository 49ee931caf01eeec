"""The chart of a learning curve over the number of labels, and what a source is worth in them.

Tables are lists of rows as in `charts`.
"""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.charts.accuracy_chart import STYLES, WIDTH, Row, line_name, source_colours
from glyph_transfer.report.findings import worth

_MARKERS = "os^Dv*"


def label_curve(rows: list[Row], needed: list[Row]) -> Figure:
    """Draw accuracy by the number of labelled images, a line for each source and variant.

    A dotted guide goes from each transferred network in `needed` to where training from scratch
    matches it, and down to the number of labels which that takes.

    Args:
        rows: `cell`, `source`, `n_images`, `accuracy`, `accuracy_low`, `accuracy_high` of
            cells; the last two may be None.
        needed: `cell` of a transferred network, one of `rows`, and the `size`, `low`, `high`,
            `smallest` of its `LabelsNeeded`; `low` and `high` may be None.
    """
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    axes = figure.add_subplot()
    colours = source_colours(rows)
    looks = zip(itertools.cycle(STYLES), itertools.cycle(_MARKERS), strict=False)
    for line, (style, marker) in zip(_lines(rows), looks, strict=False):
        _line(axes, line, colours[line[0]["cell"]], style, marker)
    cells = {row["cell"]: row for row in rows}
    sizes = sorted({row["n_images"] for row in rows})
    axes.set_ylim(axes.get_ylim())  # guides end at the axis, and do not move it
    for place, each in enumerate(reversed(needed)):
        colour = colours[each["cell"]]
        _guide(axes, cells[each["cell"]], each["size"], sizes[-1], colour)
        _say(axes, place, f"{_name(each['cell'])}: worth {worth(each, sizes[-1])} labels", colour)
    _finish(figure, axes, sizes)
    return figure


def _lines(rows: list[Row]) -> list[list[Row]]:
    """Group rows by all of the cell but its number of labels, in ascending order of that."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["cell"].rpartition("/")[0], []).append(row)
    return [sorted(line, key=lambda row: row["n_images"]) for line in found.values()]


def _line(axes: Axes, line: list[Row], colour: str, style: str | tuple, marker: str) -> None:
    _, _, source, variant, _ = line[0]["cell"].split("/")
    sizes = [row["n_images"] for row in line]
    mean, low, high = (
        100 * np.array([row[f"accuracy{end}"] for row in line], float)
        for end in ("", "_low", "_high")
    )
    axes.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
    look = {"color": colour, "linestyle": style, "marker": marker, "markersize": 5}
    axes.plot(sizes, mean, label=line_name(source, variant), **look)


def _guide(axes: Axes, row: Row, size: float, largest: int, colour: str) -> None:
    accuracy = 100 * row["accuracy"]
    look = {"color": colour, "linestyle": ":", "linewidth": 1.5}
    axes.plot([row["n_images"], min(size, largest)], [accuracy, accuracy], **look)
    if np.isfinite(size):
        axes.plot([size, size], [accuracy, axes.get_ylim()[0]], **look)


def _say(axes: Axes, place: int, text: str, colour: str) -> None:
    """Write a line into the lower right corner, which a learning curve leaves free."""
    axes.text(
        0.985, 0.03 + 0.065 * place, text, color=colour, fontsize=9, ha="right",
        transform=axes.transAxes, bbox={"color": "white", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _name(cell: str) -> str:
    _, _, source, _, n_train = cell.split("/")
    return f"{source} at {n_train}"


def _finish(figure: Figure, axes: Axes, sizes: list[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("labelled images (log scale)")
    axes.set_ylabel("accuracy on the test images (%)")
    axes.grid(color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    curves = [line for line in axes.lines if not line.get_label().startswith("_")]
    figure.legend(handles=curves, loc="outside lower center", ncols=3, frameon=False)
