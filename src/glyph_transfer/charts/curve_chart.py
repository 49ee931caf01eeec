"""The charts of accuracy and loss by epoch."""

import itertools
import textwrap
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from glyph_transfer.analysis.rows import CurveRow
from glyph_transfer.analysis.words import NO_WORDS, Words, in_words
from glyph_transfer.charts.cell_looks import STYLES, line_name, plain_variant, source_colours
from glyph_transfer.charts.direct_labels import End, name_ends
from glyph_transfer.charts.figures import GREY, WIDTH, styled
from glyph_transfer.protocol import NO_SOURCE, Cell

_ENDS = ("", "_low", "_high")
_SPLITS = {"train": "training", "test": "test"}
_Curve = tuple[tuple[float, ...], ...]
"""By epoch: its number, and loss and accuracy with the ends of their bands."""
_Looks = dict[tuple[str, str, str], tuple[str, object]]
"""Model, source and variant -> colour and style of a line."""


@styled
def study_curves(curves: list[CurveRow], split: str, words: Words = NO_WORDS) -> Figure:
    """Plot accuracy and loss by epoch, with their spread over draws.

    A row of panels for each target and number of labels. Cells whose curves are the same share
    a line; those that are not on `split` have none.

    Args:
        curves: of every cell and epoch; those that `split` was not scored after are left out.
        split: `train` or `test`.
        words: for sources, variants, models and targets.
    """
    scored = [row for row in curves if getattr(row, f"{split}_loss") is not None]
    cells = list(dict.fromkeys(row.cell for row in scored))
    looks, plain = _looks(cells), plain_variant(cells)
    panels: dict[str, list[CurveRow]] = {}
    for row in scored:
        panels.setdefault(f"{in_words(row.cell.target, words)}, n = {row.cell.n_train}", []).append(
            row
        )
    figure = Figure(figsize=(WIDTH, _height(len(panels), len(looks))))
    grid = figure.subplots(max(len(panels), 1), 2, squeeze=False)
    for pair, (panel, rows) in zip(grid, panels.items(), strict=False):
        for curve, sharing in _distinct(rows, split).items():
            _plot(pair, curve, _label(sharing, looks, plain, words), looks[_line(sharing[0])])
        if len(panels) > 1:
            pair[0].set_title(panel, loc="left")
    on = f" on {_SPLITS[split]} images"
    if len(panels) > 1:  # too long beside small panels
        figure.suptitle(on.strip())
        on = ""
    for pair in grid:
        _finish(*pair, on)
    _explain(grid)
    return figure


@styled
def source_curves(curves: dict[str, list[float]]) -> Figure:
    """Plot accuracy and loss of a source network by epoch.

    Args:
        curves: `train_accuracy`, `train_loss`, `validation_accuracy`, `validation_loss`, a
            number for each epoch from 1.
    """
    figure = Figure(figsize=(WIDTH, 2.6))
    left, right = figure.subplots(1, 2)
    for split, colour, style in (("train", GREY, "--"), ("validation", "C0", "-")):
        accuracies = [100 * value for value in curves[f"{split}_accuracy"]]
        losses = curves[f"{split}_loss"]
        epochs = range(1, len(losses) + 1)
        left.plot(epochs, accuracies, color=colour, linestyle=style, marker=".", label=split)
        right.plot(epochs, losses, color=colour, linestyle=style, marker=".", label=split)
    _finish(left, right, " on each split")
    _explain([(left, right)])
    return figure


def _line(cell: Cell) -> tuple[str, str, str]:
    return cell.model, cell.source, cell.variant


def _looks(cells: list[Cell]) -> _Looks:
    lines = {_line(cell): colour for cell, colour in source_colours(cells).items()}
    styles = itertools.cycle(STYLES)
    return {line: (colour, next(styles)) for line, colour in lines.items()}


def _height(panels: int, lines: int) -> float:
    """Inches for rows of panels with room for the names of so many lines."""
    return 0.5 + panels * max(2.2 if panels < 2 else 1.6, 0.4 + 0.17 * lines)


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


def _label(cells: list[Cell], looks: _Looks, plain: str | None, words: Words) -> str:
    """Name the line that cells share by what differs between lines."""
    first, *others = cells
    models = {model for model, _, _ in looks}
    transfers = {variant for _, source, variant in looks if source != NO_SOURCE}
    is_transfer = first.source != NO_SOURCE
    if is_transfer and len(transfers - {cell.variant for cell in others}) < 2:
        name = in_words(first.source, words)
    else:
        name = line_name(first, plain, words)
    if len(models) < 2:
        return name
    model = in_words(first.model, words)
    return model if not is_transfer and first.variant == plain else f"{name}, {model}"


def _finish(left: Axes, right: Axes, on: str) -> None:
    left.set_ylabel(f"accuracy{on} (%)", fontsize=9)
    right.set_ylabel(f"loss{on} (nats)", fontsize=9)
    right.set_yscale("log")
    low, high = right.get_ylim()
    few = high < 100 * low  # or labels at every 1, 2 and 5 would run into each other
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if few else LogLocator(numticks=6))
    right.yaxis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter(NullFormatter())
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)


def _explain(grid: Iterable[tuple[Axes, Axes]]) -> None:
    """Name the lowest panels' epochs, and the lines of every row at their right ends."""
    *_, lowest = grid = list(grid)
    for axes in lowest:
        axes.set_xlabel("epoch")
    for _, right in grid:
        ends = [
            End(line.get_ydata()[-1], textwrap.fill(line.get_label(), 19), line.get_color())
            for line in right.lines
        ]
        name_ends(right, ends, size=8)
