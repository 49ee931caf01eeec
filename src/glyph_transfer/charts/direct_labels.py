"""Names beside lines, in place of a legend."""

from collections.abc import Iterable
from statistics import fmean
from typing import NamedTuple

from matplotlib.axes import Axes

_APART = 1.25  # of a name of one line, in sizes of its letters
_LINE = 1.4  # of each further line: Matplotlib's spacing of 1.2 times the height of its letters


class End(NamedTuple):
    """Where a line ends, and what it is called."""

    y: float
    name: str
    colour: str


def name_ends(axes: Axes, ends: Iterable[End], size: float = 9) -> None:
    """Write names to the right of the panel, as near to their ends as they have room.

    Args:
        axes: with its limits and scale as they will stay, in a figure of the size that it will
            have.
        ends: of its lines.
        size: of the letters, in points.
    """
    ends = sorted(ends, key=lambda end: end.y)
    figure = axes.get_figure()
    height = 72 * figure.get_size_inches()[1] * axes.get_position().height
    shares = [_share(axes, end.y) for end in ends]
    sizes = [(_LINE * end.name.count("\n") + _APART) * size / height for end in ends]
    for end, share in zip(ends, spread(shares, sizes), strict=True):
        axes.annotate(
            end.name, (1, share), (5, 0), xycoords="axes fraction", textcoords="offset points",
            va="center", fontsize=size, color=end.colour, annotation_clip=False,
        )  # fmt: skip


def spread(heights: list[float], sizes: list[float]) -> list[float]:
    """Move ascending heights, as little as can be, so that things of such sizes do not overlap."""
    offsets = [0.0] * len(sizes)
    for n in range(1, len(sizes)):
        offsets[n] = offsets[n - 1] + (sizes[n - 1] + sizes[n]) / 2
    groups: list[list[float]] = []  # of those that touch, which move as one
    for height, offset in zip(heights, offsets, strict=True):
        groups.append([height - offset])
        while len(groups) > 1 and fmean(groups[-1]) < fmean(groups[-2]):
            last = groups.pop()
            groups[-1] += last
    moved = [fmean(group) for group in groups for _ in group]
    return [base + offset for base, offset in zip(moved, offsets, strict=True)]


def _share(axes: Axes, y: float) -> float:
    """Give the height of a value as a share of the panel's, within it."""
    _, pixels = axes.transData.transform((axes.get_xlim()[0], y))
    _, share = axes.transAxes.inverted().transform((0, pixels))
    return min(1.0, max(0.0, share))
