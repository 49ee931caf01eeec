"""The chart of which classes are taken for which."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from glyph_transfer.analysis.rows import ConfusionRow
from glyph_transfer.charts.figures import WIDTH, bare, styled

MOST_NUMBERED = 12
"""Classes up to which a confusion matrix has its numbers written in."""


@styled
def confusion(rows: list[ConfusionRow]) -> Figure:
    """Plot which classes were taken for which: a grid of percentages of every true class.

    With many classes they are shades alone, as deep as the root of the share.

    Args:
        rows: every pair of classes, by true class.
    """
    classes = list(dict.fromkeys(row.actual for row in rows))
    n = len(classes)
    counts = np.array([row.predictions for row in rows], float).reshape(n, n)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(WIDTH, 0.9 + 0.4 * n)
    figure = Figure(figsize=(size, size))
    axes = figure.add_subplot()
    cells = [
        Rectangle((column - 0.5, row - 0.5), 1, 1)
        for (row, column), s in np.ndenumerate(shares)
        if s
    ]
    # by the root where there are no numbers, or rare confusions would not be seen
    depth = (shares[shares > 0] / 100) ** (1 if n <= MOST_NUMBERED else 0.5)
    axes.add_collection(
        PatchCollection(cells, facecolors=[to_rgba("C0", alpha) for alpha in depth], linewidths=0)
    )
    axes.set_xlim(-0.5, n - 0.5)
    axes.set_ylim(n - 0.5, -0.5)
    axes.set_aspect("equal")
    if n <= MOST_NUMBERED:
        _write_shares(axes, shares)
    names = {"labels": classes, "parse_math": False, "fontsize": 9 if n <= MOST_NUMBERED else 6}
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
            colour = "white" if share > 70 else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
