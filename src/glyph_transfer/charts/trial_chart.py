"""The chart of a search: what its trials lost, in their order and by hyper-parameter.

Tables are lists of rows as in `charts`.
"""

import itertools

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.charts.accuracy_chart import BLUE, GREY, ORANGE, WIDTH, Row

_HYPERPARAMETERS = ("dropout", "learning_rate", "width")


def trials(rows: list[Row]) -> Figure:
    """Draw the loss of every trial with the best so far, and each hyper-parameter against it.

    Trials that diverged, which have no loss, are crosses at the upper edge.

    Args:
        rows: `trial` from 1, `generation` from 0, `dropout`, `learning_rate`, `width`,
            `validation_loss`, `best_validation_loss`; the last two may be None.
    """
    figure = Figure(figsize=(WIDTH, 5.4), layout="constrained")
    panels = figure.subplot_mosaic([["trial"] * 3, [*_HYPERPARAMETERS]], sharey=True)
    for name, axes in panels.items():
        _trials(axes, rows, name)
        axes.set_xlabel(name.replace("_", " "))
    _progress(panels["trial"], rows)
    panels["learning_rate"].set_xscale("log")
    for name in ("trial", "dropout"):
        panels[name].set_ylabel("validation loss (nats)")
    named = [line for line in panels["trial"].lines if not line.get_label().startswith("_")]
    figure.legend(handles=named, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _trials(axes: Axes, rows: list[Row], column: str) -> None:
    """Draw every trial, the best one larger."""
    scored = [row for row in rows if row["validation_loss"] is not None]
    diverged = [row[column] for row in rows if row["validation_loss"] is None]
    best = min(scored, key=lambda row: row["validation_loss"])
    losses = [row["validation_loss"] for row in scored]
    axes.plot([row[column] for row in scored], losses, "o", color=BLUE, alpha=0.6, label="trial")
    axes.plot(best[column], best["validation_loss"], "D", color=ORANGE, markersize=8, label="best")
    if diverged:
        edge = {"transform": axes.get_xaxis_transform(), "clip_on": False}
        axes.plot(diverged, [1] * len(diverged), "x", color=GREY, label="diverged", **edge)
    axes.grid(color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _progress(axes: Axes, rows: list[Row]) -> None:
    """Draw the best loss so far, and lines between generations."""
    scored = [row for row in rows if row["best_validation_loss"] is not None]
    axes.step(
        [row["trial"] for row in scored],
        [row["best_validation_loss"] for row in scored],
        color=ORANGE, where="post", label="best so far",
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
