"""The chart of a search: what its trials lost, in their order and by hyper-parameter."""

import itertools
from math import sqrt
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.charts.figures import GREY, WIDTH, styled

_NO_HYPERPARAMETERS = ("trial", "generation", "validation_loss", "best_validation_loss")

Row = dict[str, float | None]


@styled
def trials(rows: list[Row]) -> Figure:
    """Plot the loss of every trial with the best so far, and each hyper-parameter against it.

    Trials that diverged, which have no loss, are crosses at the upper edge. A hyper-parameter
    has the scale, linear or logarithmic, on which the first generation is spread evenly.

    Args:
        rows: of `trials.csv`: `trial` from 1, `generation` from 0, `validation_loss` and
            `best_validation_loss` in nats, None where there is none; every other column is a
            hyper-parameter.
    """
    names = [name for name in rows[0] if name not in _NO_HYPERPARAMETERS]
    figure = Figure(figsize=(WIDTH, 4.2))
    panels = figure.subplot_mosaic([["trial"] * len(names), names], sharey=True)
    for name, axes in panels.items():
        _plot(axes, rows, name)
        axes.set_xlabel(name.replace("_", " "))
    _progress(panels["trial"], rows)
    for name in names:
        if _is_logarithmic([row[name] for row in rows if row["generation"] == 0]):
            panels[name].set_xscale("log")
    for name in ("trial", names[0]):
        panels[name].set_ylabel("validation loss (nats)")
    _name(panels["trial"])
    return figure


def _name(axes: Axes) -> None:
    """Write beside the first of its kind what it is."""
    for line in axes.lines:
        if not line.get_label().startswith("_"):
            x, y = line.get_xydata()[-1 if line.get_label() == "best so far" else 0]
            axes.annotate(
                line.get_label(), (x, y), (4, 4), xycoords=line.get_transform(),
                textcoords="offset points", fontsize=8, color=line.get_color(),
            )  # fmt: skip


def _is_logarithmic(values: list[float]) -> bool:
    """Whether positive values over a factor of ten or more are even in their logarithms.

    The median is then about the geometric mean of the ends, else about the arithmetic one.
    """
    low, high = min(values), max(values)
    if low <= 0 or high < 10 * low:
        return False
    return median(values) < (sqrt(low * high) + (low + high) / 2) / 2


def _plot(axes: Axes, rows: list[Row], column: str) -> None:
    """Plot every trial, the best one larger."""
    scored = [row for row in rows if row["validation_loss"] is not None]
    diverged = [row[column] for row in rows if row["validation_loss"] is None]
    best = min(scored, key=lambda row: row["validation_loss"])
    losses = [row["validation_loss"] for row in scored]
    axes.plot([row[column] for row in scored], losses, "o", color="C0", alpha=0.6, label="trial")
    axes.plot(best[column], best["validation_loss"], "D", color="C1", markersize=8, label="best")
    if diverged:
        edge = {"transform": axes.get_xaxis_transform(), "clip_on": False}
        axes.plot(diverged, [1] * len(diverged), "x", color=GREY, label="diverged", **edge)


def _progress(axes: Axes, rows: list[Row]) -> None:
    """Plot the best loss so far, and lines between generations."""
    scored = [row for row in rows if row["best_validation_loss"] is not None]
    axes.step(
        [row["trial"] for row in scored],
        [row["best_validation_loss"] for row in scored],
        color="C1", where="post", label="best so far",
    )  # fmt: skip
    starts = [
        row["trial"] - 0.5
        for before, row in itertools.pairwise(rows)
        if row["generation"] != before["generation"]
    ]
    for start in starts:
        axes.axvline(start, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_xlim(0.5, len(rows) + 0.5)
    axes.xaxis.get_major_locator().set_params(integer=True)
