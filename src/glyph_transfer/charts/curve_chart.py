"""The charts of accuracy and loss by epoch."""

import itertools
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from glyph_transfer.analysis.rows import CurveRow
from glyph_transfer.charts.cell_looks import STYLES, line_name, plain_variant, source_colours
from glyph_transfer.charts.figures import GREY, WIDTH, styled
from glyph_transfer.protocol import Cell

_ENDS = ("", "_low", "_high")
_SPLITS = {"train": "training", "test": "test"}
_Curve = tuple[tuple[float, ...], ...]
"""By epoch: its number, and loss and accuracy with the ends of their bands."""
_Looks = dict[tuple[str, str, str], tuple[str, object]]
"""Model, source and variant -> colour and style of a line."""


@styled
def study_curves(curves: list[CurveRow], split: str) -> Figure:
    """Plot accuracy and loss by epoch, with their spread over draws.

    A row of panels for each target and number of labels. Cells whose curves are the same share
    a line; those that are not on `split` have none.

    Args:
        curves: of every cell and epoch; those that `split` was not scored after are left out.
        split: `train` or `test`.
    """
    scored = [row for row in curves if getattr(row, f"{split}_loss") is not None]
    cells = list(dict.fromkeys(row.cell for row in scored))
    looks, plain = _looks(cells), plain_variant(cells)
    panels: dict[str, list[CurveRow]] = {}
    for row in scored:
        panels.setdefault(f"{row.cell.target}, n = {row.cell.n_train}", []).append(row)
    figure = Figure(figsize=(WIDTH, _height(len(panels), len(looks))))
    grid = figure.subplots(max(len(panels), 1), 2, squeeze=False)
    for pair, (panel, rows) in zip(grid, panels.items(), strict=False):
        for curve, sharing in _distinct(rows, split).items():
            _plot(pair, curve, _label(sharing, looks, plain), looks[_line(sharing[0])])
        if len(panels) > 1:
            pair[0].set_title(panel, loc="left")
    on = f" on {_SPLITS[split]} images"
    if len(panels) > 1:  # too long beside small panels
        figure.suptitle(on.strip())
        on = ""
    for pair in grid:
        _finish(*pair, on)
    _explain(figure, grid)
    return figure


@styled
def source_curves(curves: dict[str, list[float]]) -> Figure:
    """Plot accuracy and loss of a source network by epoch.

    Args:
        curves: `train_accuracy`, `train_loss`, `validation_accuracy`, `validation_loss`, a
            number for each epoch from 1.
    """
    figure = Figure(figsize=(WIDTH, 3.4))
    left, right = figure.subplots(1, 2)
    for split, colour, style in (("train", GREY, "--"), ("validation", "C0", "-")):
        accuracies = [100 * value for value in curves[f"{split}_accuracy"]]
        losses = curves[f"{split}_loss"]
        epochs = range(1, len(losses) + 1)
        left.plot(epochs, accuracies, color=colour, linestyle=style, marker=".", label=split)
        right.plot(epochs, losses, color=colour, linestyle=style, marker=".")
    _finish(left, right, " on each split")
    _explain(figure, [(left, right)])
    return figure


def _line(cell: Cell) -> tuple[str, str, str]:
    return cell.model, cell.source, cell.variant


def _looks(cells: list[Cell]) -> _Looks:
    lines = {_line(cell): colour for cell, colour in source_colours(cells).items()}
    styles = itertools.cycle(STYLES)
    return {line: (colour, next(styles)) for line, colour in lines.items()}


def _height(panels: int, lines: int) -> float:
    return 0.5 + 0.22 * lines + (3.2 if panels < 2 else 1.7 * panels)


def _distinct(rows: list[CurveRow], split: str) -> dict[_Curve, list[Cell]]:
    """Group cells by their curves: epoch, loss and its band, accuracy and its band."""
    fields = [f"{split}_{score}{end}" for score in ("loss", "accuracy") for end in _ENDS]
    curves: dict[Cell, list[tuple[float, ...]]] = {}
    for row in rows:
        values = (row.epoch, *(getattr(row, field) for field in fields))
        curves.setdefault(row.cell, []).append(values)
    groups: dict[_Curve, list[Cell]] = {}
    for cell, curve in curves.items():
        groups.setdefault(tuple(curve), []).append(cell)
    return groups


def _plot(pair: tuple[Axes, Axes], curve: _Curve, label: str, look: tuple[str, object]) -> None:
    colour, style = look
    epochs, *losses_and_accuracies = zip(*curve, strict=True)
    losses, accuracies = losses_and_accuracies[:3], losses_and_accuracies[3:]
    marker = "." if len(epochs) == 1 else None  # a line of one point is none
    for axes, unit, (mean, low, high) in zip(pair, (100, 1), (accuracies, losses), strict=True):
        mean, low, high = ([unit * value for value in values] for values in (mean, low, high))
        axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, mean, color=colour, linestyle=style, marker=marker, label=label)


def _label(cells: list[Cell], looks: _Looks, plain: str | None) -> str:
    """Name the line that cells share, the model where there are several."""
    first, *others = cells
    several = len({model for model, _, _ in looks}) > 1
    name = line_name(first, plain) + (f", {first.model}" if several else "")
    return " and ".join([name, *(cell.variant for cell in others)])


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
        axes.xaxis.get_major_locator().set_params(integer=True)


def _explain(figure: Figure, grid: Iterable[tuple[Axes, Axes]]) -> None:
    """Name the lowest panels' epochs, and the lines of all panels, each once."""
    *_, lowest = grid = list(grid)
    for axes in lowest:
        axes.set_xlabel("epoch")
    lines = {line.get_label(): line for left, _ in grid for line in left.lines}
    columns = 1 if len(lines) > 2 else 2
    figure.legend(handles=list(lines.values()), loc="outside lower center", ncols=columns)
