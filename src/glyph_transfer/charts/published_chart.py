"""The chart that holds published values against ours."""

from typing import NamedTuple

from matplotlib.figure import Figure

from glyph_transfer.charts.figures import GREY, WIDTH, styled


class Pair(NamedTuple):
    """A published accuracy and ours, fractions, with where one more run of ours would lie."""

    name: str
    published: float
    ours: float
    expected: tuple[float | None, float | None]


@styled
def published_and_ours(pairs: list[Pair]) -> Figure:
    """Plot every published accuracy as a diamond above ours: a dot, and the range of one more run.

    The first row says which is which.
    """
    figure = Figure(figsize=(WIDTH, 0.75 + 0.44 * len(pairs)))
    axes = figure.add_subplot()
    for y, pair in enumerate(pairs):
        low, high = pair.expected
        if low is not None:
            ends = [100 * max(low, 0), 100 * min(high, 1)]
            axes.plot(ends, [y, y], color="C0", linewidth=5, alpha=0.3)
        axes.plot(100 * pair.ours, y, "o", color="C0", markersize=7)
        axes.plot(
            100 * pair.published, y, "D", color="white", markeredgecolor="black", markersize=7
        )
    first = pairs[0]
    left_first = first.published < first.ours
    for name, x, colour in (("published", first.published, "black"), ("ours", first.ours, "C0")):
        is_left = left_first == (name == "published")
        axes.annotate(
            name, (100 * x, 0), (-6 if is_left else 6, 6), textcoords="offset points",
            ha="right" if is_left else "left", color=colour, fontsize=9,
        )  # fmt: skip
    axes.set_yticks(range(len(pairs)), [pair.name for pair in pairs], fontsize=9)
    axes.set_ylim(len(pairs) - 0.5, -0.8)
    axes.margins(x=0.15)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    axes.spines["left"].set_color(GREY)
    axes.set_xlabel("right on test images (%)")
    return figure
