"""The style of every chart, and Figures out as PNG."""

import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from glyph_transfer.files import replacing

STYLE = Path(__file__).with_name("style.mplstyle")
WIDTH = 6.4
"""Of a chart, in inches."""
GREY = "#767676"
"""Of what is beside the point: no source, zero, the split that is trained on."""

P = ParamSpec("P")


def styled(chart: Callable[P, Figure]) -> Callable[P, Figure]:
    """Have a function make its Figure in the style of all charts, whatever matplotlib is set to."""

    @functools.wraps(chart)
    def make(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _style():
            return chart(*args, **kwargs)

    return make


def bare(axes: Axes) -> None:
    """Leave an image without grid, frame and ticks, but for their names."""
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def png(figure: Figure) -> bytes:
    """Render a figure; equal figures give equal bytes."""
    buffer = io.BytesIO()
    with _style():  # ticks are made as late as this
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(png(figure))


def _style():
    return style.context(["default", STYLE])
