"""The charts of accuracy and loss by epoch.

Tables are lists of rows as in `charts`.
"""

import itertools
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from glyph_transfer.charts.accuracy_chart import (
    BLUE,
    GREY,
    STYLES,
    WIDTH,
    Row,
    line_name,
    source_colours,
)

_SPLITS = {"train": "training", "test": "test"}
Looks = dict[tuple[str, ...], tuple[str, object]]
"""Model, source and variant -> colour and style of a line."""


def study_curves(curves: list[Row], split: str) -> Figure:
    """Draw accuracy and loss by epoch, with their spread over draws.

    A row of panels for each target and number of labels. Cells whose curves are the same share
    a line; those that are not on `split` have none.

    Args:
        curves: `cell`, `epoch`, `<split>_loss`, `<split>_accuracy`, and of both `..._low` and
            `..._high`, None after epochs that were not scored.
        split: `train` or `test`.
    """
    drawn = [_only(split, row) for row in curves if row[f"{split}_loss"] is not None]
    looks = _looks(drawn)
    panels: dict[str, list[Row]] = {}
    for row in drawn:
        panels.setdefault(_panel(row["cell"]), []).append(row)
    figure = Figure(figsize=(WIDTH, _height(panels, looks)), layout="constrained")
    grid = figure.subplots(max(len(panels), 1), 2, squeeze=False)
    for (left, right), (panel, rows) in zip(grid, panels.items(), strict=False):
        for names, own in _distinct(rows):
            _curve(left, names, own, f"{split}_accuracy", 100, looks)
            _curve(right, names, own, f"{split}_loss", 1, looks)
        if len(panels) > 1:
            left.set_title(panel, fontsize=10, loc="left")
    on = f" on {_SPLITS[split]} images"
    if len(panels) > 1:  # too long beside small panels
        figure.suptitle(on.strip(), fontsize=10)
        on = ""
    for pair in grid:
        _finish(*pair, on)
    _explain(figure, grid)
    return figure


def _only(split: str, row: Row) -> Row:
    return {k: v for k, v in row.items() if k in ("cell", "epoch") or k.startswith(split)}


def _panel(cell: str) -> str:
    target, _, _, _, n_train = cell.split("/")
    return f"{target}, n = {n_train}"


def _looks(rows: list[Row]) -> Looks:
    colours = source_colours(rows)
    lines = {tuple(cell.split("/")[1:4]): colour for cell, colour in colours.items()}
    styles = itertools.cycle(STYLES)
    return {line: (colour, next(styles)) for line, colour in lines.items()}


def _height(panels: dict[str, list[Row]], looks: Looks) -> float:
    legend = 0.22 * len(looks)
    return 0.5 + legend + (3.2 if len(panels) < 2 else 1.7 * len(panels))


def _curve(
    axes: Axes, names: list[str], rows: list[Row], score: str, unit: int, looks: Looks
) -> None:
    """Draw the line of cells whose curves are those in `rows`."""
    models = len({model for model, _, _ in looks}) > 1
    colour, style = looks[tuple(names[0].split("/")[1:4])]
    mean, low, high = (
        [unit * row[f"{score}{end}"] for row in rows] for end in ("", "_low", "_high")
    )
    epochs = [row["epoch"] for row in rows]
    others = (name.split("/")[3] for name in names[1:])
    label = " and ".join([_line_name(names[0], models), *others])
    axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)
    marker = "." if len(epochs) == 1 else None  # a line of one point is none
    axes.plot(epochs, mean, color=colour, linestyle=style, marker=marker, label=label)


def _line_name(cell: str, models: bool) -> str:
    _, model, source, variant, _ = cell.split("/")
    return line_name(source, variant) + (f", {model}" if models else "")


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
    _finish(left, right, " on each split")
    _explain(figure, [(left, right)])
    return figure


def _distinct(curves: list[Row]) -> list[tuple[list[str], list[Row]]]:
    """Group the cells whose curves are equal: their names, and the rows of the first."""
    found: dict[tuple, tuple[list[str], list[Row]]] = {}
    for cell in dict.fromkeys(row["cell"] for row in curves):
        rows = [row for row in curves if row["cell"] == cell]
        key = tuple(tuple(v for k, v in row.items() if k != "cell") for row in rows)
        found.setdefault(key, ([], rows))[0].append(cell)
    return list(found.values())


def _finish(left: Axes, right: Axes, on: str) -> None:
    left.set_ylabel(f"accuracy{on} (%)")
    right.set_ylabel(f"loss{on} (nats)")
    right.set_yscale("log")
    low, high = right.get_ylim()
    few = high < 100 * low  # or labels at every 1, 2 and 5 would run into each other
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if few else LogLocator(numticks=6))
    right.yaxis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter(NullFormatter())
    for axes in (left, right):
        axes.grid(color="#e4e4e4")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)


def _explain(figure: Figure, grid: Iterable[tuple[Axes, Axes]]) -> None:
    """Name the lowest panels' epochs, and the lines of all panels, each once."""
    *_, lowest = grid = list(grid)
    for axes in lowest:
        axes.set_xlabel("epoch")
    lines = {line.get_label(): line for left, _ in grid for line in left.lines}
    columns = 1 if len(lines) > 2 else 2
    figure.legend(
        handles=list(lines.values()), loc="outside lower center", ncols=columns, frameon=False
    )
