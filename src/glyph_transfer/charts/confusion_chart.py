"""The chart of which classes are taken for which."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from glyph_transfer.analysis.rows import ConfusionRow
from glyph_transfer.charts.figures import bare, styled

MOST_NUMBERED = 30
"""Classes up to which a confusion matrix has its numbers written in."""


@styled
def confusion(rows: list[ConfusionRow]) -> Figure:
    """Plot which classes were taken for which: a grid of percentages of every true class.

    With many classes they are shades alone.

    Args:
        rows: every pair of classes, by true class.
    """
    classes = list(dict.fromkeys(row.actual for row in rows))
    n = len(classes)
    counts = np.array([row.predictions for row in rows], float).reshape(n, n)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 1.2 + n * (0.44 if n <= 12 else 0.34 if n <= MOST_NUMBERED else 0.19))
    scale = 0.0 if n <= MOST_NUMBERED else 1.2
    figure = Figure(figsize=(size + scale, size))
    axes = figure.add_subplot()
    if n <= MOST_NUMBERED:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        _write_shares(axes, shares)
    else:  # by the root, or rare confusions would not be seen
        image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 100))
        bar = figure.colorbar(image, ax=axes, shrink=0.5, ticks=[0, 1, 5, 10, 25, 50, 100])
        bar.set_label("predictions of the true class (%)")
    names = {"labels": classes, "parse_math": False}
    axes.set_xticks(range(n), **names, rotation=90 if max(map(len, classes)) > 2 else 0)
    axes.set_yticks(range(n), **names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class (a row is 100 %)")
    bare(axes)
    return figure


def _write_shares(axes: Axes, shares: np.ndarray) -> None:
    for (row, column), share in np.ndenumerate(shares):
        if share:
            # percentages that would be rounded to 0 are told from none
            text = f"{share:.0f}" if share > 0.5 else "<1"
            colour = "white" if share > 55 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize="small")
