"""Tables in, matplotlib Figures out: the charts of a report.

Tables are lists of rows as the stage `evaluate` writes them, a dict each, with None for what
is missing; accuracies and losses in them are fractions and nats. Colours are Okabe and
Ito's, which colour-blind readers can tell apart; what they say is also said by position,
line style or a label.
"""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from glyph_transfer.protocol import NO_SOURCE

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"
_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (3, 1, 1, 1, 1, 1)))
WIDTH = 6.4  # inches

Row = dict[str, object]


def accuracy_by_cell(cells: list[Row], replicates: list[Row]) -> Figure:
    """Draw every cell: its draws as dots, mean and interval, the published figure.

    Args:
        cells: `cell`, `accuracy`, `accuracy_low`, `accuracy_high`, `published`;
            the last three may be None.
        replicates: `cell` and `accuracy` of every draw.
    """
    figure = Figure(figsize=(WIDTH, _height(len(cells))), layout="constrained")
    axes = figure.add_subplot()
    colours = source_colours(cells)
    for y, row in enumerate(cells):
        draws = [100 * r["accuracy"] for r in replicates if r["cell"] == row["cell"]]
        # spread in a fixed zigzag, so that equal tables give equal pictures
        offsets = 0.24 + 0.07 * (np.arange(len(draws)) % 3 - 1)
        axes.plot(draws, y + offsets, ".", color=colours[row["cell"]], alpha=0.45, markersize=5)
        _interval(axes, y, row, "accuracy_low", "accuracy_high", width=2.5)
        axes.plot(100 * row["accuracy"], y, "o", color="black", markersize=4.5)
        if row["published"] is not None:
            axes.plot(
                100 * row["published"], y, "D", color="white", markeredgecolor="black", markersize=7
            )
    _name_rows(axes, _two_lines([row["cell"] for row in cells]))
    axes.set_xlabel("accuracy on the test images (%)")
    return figure


def forest(differences: list[Row]) -> Figure:
    """Draw paired differences with both intervals: 95 % thick, corrected thin and capped.

    Args:
        differences: `cell`, `baseline`, `accuracy`, `accuracy_low`, `accuracy_high`,
            `corrected_low`, `corrected_high`; intervals may be None.
    """
    baselines = [_baseline(row) for row in differences]
    shared = len(set(baselines)) == 1
    height = _height(len(differences), lines=2 if shared else 3)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0, color=GREY, linewidth=1, linestyle="--")
    for y, row in enumerate(differences):
        _interval(axes, y, row, "corrected_low", "corrected_high", width=1, cap="|")
        _interval(axes, y, row, "accuracy_low", "accuracy_high", width=3.5)
        axes.plot(100 * row["accuracy"], y, "o", color="black", markersize=6)
    names = _two_lines([row["cell"] for row in differences])
    if shared:
        training = "training " if baselines[0].startswith("from ") else ""
        axes.set_xlabel(f"accuracy less that of {training}{baselines[0]} (percentage points)")
    else:
        names = [f"{name}\nless {less}" for name, less in zip(names, baselines, strict=True)]
        axes.set_xlabel("difference in accuracy (percentage points)")
    _name_rows(axes, names)
    return figure


def confusion(rows: list[Row]) -> Figure:
    """Draw which classes were taken for which: a grid of percentages of every true class.

    With many classes they are shades alone.

    Args:
        rows: `actual`, `predicted`, `predictions` for every pair of classes, by true class.
    """
    classes = list(dict.fromkeys(row["actual"] for row in rows))
    n = len(classes)
    counts = np.array([row["predictions"] for row in rows], float).reshape(n, n)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 1.2 + n * (0.44 if n <= 12 else 0.34 if n <= MOST_NUMBERED else 0.19))
    scale = 0.0 if n <= MOST_NUMBERED else 1.2
    figure = Figure(figsize=(size + scale, size), layout="constrained")
    axes = figure.add_subplot()
    if n <= MOST_NUMBERED:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        _write_shares(axes, shares)
    else:  # by the root, or rare confusions would not be seen
        shown = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 100))
        bar = figure.colorbar(shown, ax=axes, shrink=0.5, ticks=[0, 1, 5, 10, 25, 50, 100])
        bar.set_label("predictions of the true class (%)")
    names = {"labels": classes, "parse_math": False}
    axes.set_xticks(range(n), **names, rotation=90 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(range(n), **names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class (a row is 100 %)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


MOST_NUMBERED = 30
"""Classes up to which a confusion matrix has its numbers written in."""


def _write_shares(axes: Axes, shares: np.ndarray) -> None:
    for (row, column), share in np.ndenumerate(shares):
        if share:
            # percentages that would be rounded to 0 are told from none
            text = f"{share:.0f}" if share > 0.5 else "<1"
            colour = "white" if share > 55 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)


def source_colours(rows: list[Row]) -> dict[str, str]:
    """Give every cell the colour of its source; grey is for none.

    Where there is no source at all, that of its model.
    """
    parts = {row["cell"]: row["cell"].split("/") for row in rows}
    sources = {source for _, _, source, _, _ in parts.values()}
    which = (
        2 if sources != {NO_SOURCE} or len({model for _, model, *_ in parts.values()}) < 2 else 1
    )
    named = dict.fromkeys(part[which] for part in parts.values() if part[which] != NO_SOURCE)
    colour = dict(zip(named, itertools.cycle(_COLOURS), strict=False)) | {NO_SOURCE: GREY}
    return {cell: colour[part[which]] for cell, part in parts.items()}


def _two_lines(cells: list[str]) -> list[str]:
    """Name cells by source and size, variant, and target and model where these differ."""
    targets, models = ({cell.split("/")[part] for cell in cells} for part in (0, 1))
    names = []
    for cell in cells:
        target, model, source, variant, n_train = cell.split("/")
        first = "from scratch" if source == NO_SOURCE else f"from {source}"
        if len(targets) > 1:
            first = f"{target} {first}"
        second = [] if (source, variant) == (NO_SOURCE, "scratch") else [variant]
        second += [model] if len(models) > 1 else []
        names.append(f"{first}, n = {n_train}\n{', '.join(second)}".rstrip())
    return names


def _baseline(row: Row) -> str:
    """Name what a cell is compared with, the model where it is another."""
    _, model, source, variant, _ = row["baseline"].split("/")
    same = row["cell"].split("/")[1] == model
    return line_name(source, variant) + ("" if same else f", {model}")


def line_name(source: str, variant: str) -> str:
    """Name a source with a variant; of training from scratch a variant of another name."""
    if source != NO_SOURCE:
        return f"{source}: {variant}"
    return "from scratch" if variant == "scratch" else f"from scratch: {variant}"


def _height(rows: int, lines: int = 2) -> float:
    """Inches for rows with names of so many lines, closer together where there are many."""
    return 0.9 + ((0.6 if rows <= 10 else 0.45) + 0.15 * (lines - 2)) * rows


def _name_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.spines[["left", "top", "right"]].set_visible(False)


def _interval(
    axes: Axes, y: int, row: Row, low: str, high: str, width: float, cap: str | None = None
) -> None:
    if row[low] is not None:
        ends = [100 * row[low], 100 * row[high]]
        axes.plot(
            ends, [y, y], color="black", linewidth=width, solid_capstyle="butt", marker=cap,
            markersize=8,
        )  # fmt: skip
