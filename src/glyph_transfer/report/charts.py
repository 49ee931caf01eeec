"""Tables in, matplotlib Figures out: the charts of a report.

Tables are lists of rows as the stage `evaluate` writes them, a dict each, with None for what
is missing; accuracies and losses in them are fractions and nats. Colours are Okabe and
Ito's, which colour-blind readers can tell apart; what they say is also said by position,
line style or a label.
"""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

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
    figure = Figure(figsize=(WIDTH, 0.9 + 0.6 * len(cells)), layout="constrained")
    axes = figure.add_subplot()
    colours = source_colours(cells)
    for y, row in enumerate(cells):
        draws = [100 * r["accuracy"] for r in replicates if r["cell"] == row["cell"]]
        # spread in a fixed zigzag, so that equal tables give equal pictures
        offsets = 0.24 + 0.07 * (np.arange(len(draws)) % 3 - 1)
        axes.plot(draws, y + offsets, ".", color=colours[row["cell"]], alpha=0.45, markersize=5)
        _interval(axes, y, row, "accuracy_low", "accuracy_high", width=2.5)
        axes.plot(100 * row["accuracy"], y, "o", color="black", markersize=6)
        if row["published"] is not None:
            axes.plot(
                100 * row["published"], y, "D", color="white", markeredgecolor="black", markersize=7
            )
    _name_rows(axes, [_two_lines(row["cell"]) for row in cells])
    axes.set_xlabel("accuracy on the test images (%)")
    return figure


def forest(differences: list[Row]) -> Figure:
    """Draw paired differences with both intervals: 95 % thick, corrected thin and capped.

    Args:
        differences: `cell`, `baseline`, `accuracy`, `accuracy_low`, `accuracy_high`,
            `corrected_low`, `corrected_high`; intervals may be None.
    """
    figure = Figure(figsize=(WIDTH, 0.9 + 0.65 * len(differences)), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0, color=GREY, linewidth=1, linestyle="--")
    for y, row in enumerate(differences):
        _interval(axes, y, row, "corrected_low", "corrected_high", width=1, cap="|")
        _interval(axes, y, row, "accuracy_low", "accuracy_high", width=3.5)
        axes.plot(100 * row["accuracy"], y, "o", color="black", markersize=6)
    less = [f"less {': '.join(row['baseline'].split('/')[2:4])}" for row in differences]
    names = [_two_lines(row["cell"]) for row in differences]
    _name_rows(axes, [f"{name}\n{baseline}" for name, baseline in zip(names, less, strict=True)])
    axes.set_xlabel("difference in accuracy (percentage points)")
    return figure


def study_curves(curves: list[Row], split: str) -> Figure:
    """Draw accuracy and loss by epoch, with their spread over draws.

    Cells whose curves are the same share a line; those that are not on `split` have none.

    Args:
        curves: `cell`, `epoch`, `<split>_loss`, `<split>_accuracy`, and of both `..._low` and
            `..._high`, None after epochs that were not scored.
        split: `train` or `test`.
    """
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    drawn = [_only(split, row) for row in curves if row[f"{split}_loss"] is not None]
    colours = source_colours(drawn)
    for (names, rows), style in zip(_distinct(drawn), itertools.cycle(STYLES), strict=False):
        colour = colours[names[0]]
        epochs = [row["epoch"] for row in rows]
        label = " and ".join([_name(names[0]), *(name.split("/")[3] for name in names[1:])])
        for axes, score, unit in ((left, "accuracy", 100), (right, "loss", 1)):
            mean, low, high = (
                [unit * row[f"{split}_{score}{end}"] for row in rows]
                for end in ("", "_low", "_high")
            )
            axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(epochs, mean, color=colour, linestyle=style, label=label)
    _finish_curves(figure, left, right, {"train": "training images", "test": "test images"}[split])
    return figure


def _only(split: str, row: Row) -> Row:
    return {k: v for k, v in row.items() if k in ("cell", "epoch") or k.startswith(split)}


def confusion(rows: list[Row]) -> Figure:
    """Draw which classes were taken for which: a grid of percentages of every true class.

    Args:
        rows: `actual`, `predicted`, `predictions` for every pair of classes, by true class.
    """
    classes = list(dict.fromkeys(row["actual"] for row in rows))
    n = len(classes)
    counts = np.array([row["predictions"] for row in rows], float).reshape(n, n)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 1.2 + 0.44 * n)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
    for (row, column), share in np.ndenumerate(shares):
        if share:
            # percentages that would be rounded to 0 are told from none
            text = f"{share:.0f}" if share >= 0.5 else "<1"
            colour = "white" if share > 55 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    names = {"labels": classes, "parse_math": False}
    axes.set_xticks(range(n), **names, rotation=90 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(range(n), **names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class, its predictions = 100 %")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def source_curves(curves: dict[str, list[float]]) -> Figure:
    """Draw accuracy and loss of a source network by epoch.

    Args:
        curves: `train_accuracy`, `train_loss`, `validation_accuracy`, `validation_loss`, a
            number for each epoch from 1.
    """
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for split, colour, style in (("train", GREY, "--"), ("validation", BLUE, "-")):
        accuracies = [100 * value for value in curves[f"{split}_accuracy"]]
        losses = curves[f"{split}_loss"]
        epochs = range(1, len(losses) + 1)
        left.plot(epochs, accuracies, color=colour, linestyle=style, marker=".", label=split)
        right.plot(epochs, losses, color=colour, linestyle=style, marker=".")
    _finish_curves(figure, left, right, "each split")
    return figure


def source_colours(rows: list[Row]) -> dict[str, str]:
    """Give every cell the colour of its source; grey is for none."""
    sources = {row["cell"]: row["cell"].split("/")[2] for row in rows}
    named = [source for source in dict.fromkeys(sources.values()) if source != NO_SOURCE]
    colour = dict(zip(named, itertools.cycle(_COLOURS), strict=False)) | {NO_SOURCE: GREY}
    return {cell: colour[source] for cell, source in sources.items()}


def _name(cell: str) -> str:
    _, _, source, variant, n_train = cell.split("/")
    return f"{source}: {variant}, n = {n_train}"


def _two_lines(cell: str) -> str:
    _, _, source, variant, n_train = cell.split("/")
    return f"{source}, n = {n_train}\n{variant}"


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


def _distinct(curves: list[Row]) -> list[tuple[list[str], list[Row]]]:
    """Group the cells whose curves are equal: their names, and the rows of the first."""
    found: dict[tuple, tuple[list[str], list[Row]]] = {}
    for cell in dict.fromkeys(row["cell"] for row in curves):
        rows = [row for row in curves if row["cell"] == cell]
        key = tuple(tuple(v for k, v in row.items() if k != "cell") for row in rows)
        found.setdefault(key, ([], rows))[0].append(cell)
    return list(found.values())


def _finish_curves(figure: Figure, left: Axes, right: Axes, on: str) -> None:
    left.set_ylabel(f"accuracy on {on} (%)")
    right.set_ylabel(f"loss on {on} (nats)")
    right.set_yscale("log")
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.yaxis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter(NullFormatter())
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.grid(color="#e4e4e4")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(
        handles=left.lines,
        loc="outside lower center",
        ncols=1 if len(left.lines) > 2 else 2,
        frameon=False,
    )
