"""What single networks have learned, as matplotlib Figures."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from glyph_transfer.charts.figures import WIDTH, bare, styled

_WIDTH = 7.0  # inches
_HALO = withStroke(linewidth=2, foreground="white")
_GREY_ON_BLUE = colormaps["gray"].with_extremes(bad="#bcd4e6")


def tiles(images: np.ndarray, columns: int, blank: float) -> np.ndarray:
    """Lay images (n, h, w) out in a grid, in order, with lines of `blank` between them."""
    n, height, width = images.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), blank, np.float32)
    for number, image in enumerate(images):
        top, left = (number // columns) * (height + 1), (number % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = image
    return sheet


@styled
def kernels(named: list[tuple[str, np.ndarray | None, np.ndarray]]) -> Figure:
    """Show first-layer kernels, a row for each network: before on the left, after on the right.

    Args:
        named: what the network began as, kernels (h, w, 1, filters) before (None where there
            was no network) and after. Mid-grey is 0 and the scale is the same in a row.
    """
    figure = Figure(figsize=(_WIDTH, 2.1 * len(named)))
    figure.get_layout_engine().set(wspace=0.08)  # or before and after would be one grid
    panels = figure.subplots(len(named), 2, squeeze=False)
    for row, (name, before, after) in zip(panels, named, strict=True):
        limit = max(np.abs(k).max() for k in (before, after) if k is not None)
        for axes, title, shown in zip(row, ("before", "after"), (before, after), strict=True):
            axes.set_axis_off()
            if shown is None:
                continue
            images = np.moveaxis(shown[:, :, 0], -1, 0)
            sheet = np.ma.masked_invalid(tiles(images, 8, np.nan))
            axes.imshow(sheet, vmin=-limit, vmax=limit)
            axes.set_title(f"{name}: {title}")
    return figure


@styled
def maxima(named: list[tuple[str, dict[str, np.ndarray]]]) -> Figure:
    """Show preferred images, a row for each network, a grid for each layer beside each other.

    Args:
        named: network, and layer -> (filters, 28, 28) from 0 to 1; nan for a filter that
            nothing excites, which has the colour of the lines.
    """
    layers = list(named[0][1])
    figure = Figure(figsize=(_WIDTH, 2.05 * len(named)))
    panels = figure.subplots(
        len(named),
        len(layers),
        squeeze=False,
        width_ratios=[_columns(named[0][1][x]) for x in layers],
    )
    for row, (name, images) in zip(panels, named, strict=True):
        for axes, layer in zip(row, layers, strict=True):
            sheet = tiles(images[layer], _columns(images[layer]), np.nan)
            shown = np.ma.masked_invalid(sheet)
            axes.imshow(shown, cmap=_GREY_ON_BLUE, vmin=0, vmax=1, interpolation="nearest")
            axes.set_title(f"{name}: {layer}")
            axes.set_axis_off()
    return figure


def _columns(images: np.ndarray) -> int:
    """Give four rows of images as many columns as they need."""
    return -(-len(images) // 4)


@styled
def heat_map(source: str, values: dict[tuple[str, str], float]) -> Figure:
    """Show similarities of layers, before by row and after by column, with their numbers."""
    before, after = (list(dict.fromkeys(pair[side] for pair in values)) for side in (0, 1))
    grid = np.array([[values[a, b] for b in after] for a in before])
    figure = Figure(figsize=(WIDTH, 3.9))
    axes = figure.add_subplot()
    shades = grid.clip(0, 1)
    for (row, column), value in np.ndenumerate(grid):
        shade = to_rgba("C0", shades[row, column])
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, linewidth=0))
        colour = "white" if value > 0.7 else "black"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=8)
    axes.set_xlim(-0.5, len(after) - 0.5)
    axes.set_ylim(len(before) - 0.5, -0.5)
    axes.set_xticks(range(len(after)), after, rotation=45, ha="right", fontsize=9)
    axes.set_yticks(range(len(before)), before, fontsize=9)
    axes.set_xlabel("layer after fine-tuning on the target")
    axes.set_ylabel(f"layer of the source network ({source})")
    bare(axes)
    return figure


@styled
def plane(
    points: dict[str, np.ndarray],
    explained: tuple[float, float],
    centres: dict[str, dict[str, np.ndarray]],
) -> Figure:
    """Show sets side by side on one plane: images as dots, the name of a class at its mean.

    Args:
        points: set -> float (n, 2), on two principal components.
        explained: the components' shares of the variance, from 0 to 1.
        centres: set -> class -> mean point (2,).
    """
    figure = Figure(figsize=(_WIDTH, 3.7))
    panels = figure.subplots(1, len(points), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, own) in zip(panels, points.items(), strict=True):
        axes.plot(*own.T, ".", color="#b5b5b5", markersize=3)
        _name_classes(axes, centres[name])
        axes.set_title(f"{name}, n = {len(own)}")
        axes.set_xlabel(f"component 1 ({100 * explained[0]:.0f} % of variance)")
        axes.grid(False)
    panels[0].set_ylabel(f"component 2 ({100 * explained[1]:.0f} % of variance)")
    return figure


def _name_classes(axes: Axes, centres: dict[str, np.ndarray]) -> None:
    for name, (x, y) in centres.items():
        axes.text(
            x, y, name, ha="center", va="center", fontsize=9, fontweight="bold",
            color="#0b3d66", parse_math=False, path_effects=[_HALO],
        )  # fmt: skip
