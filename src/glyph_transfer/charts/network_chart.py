"""What single networks have learned, as matplotlib Figures."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from glyph_transfer.visualisation.embedding import Plane, centres

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


def kernels(named: list[tuple[str, np.ndarray | None, np.ndarray]]) -> Figure:
    """Show first-layer kernels, a row for each network: before on the left, after on the right.

    Args:
        named: what the network began as, kernels (h, w, 1, filters) before (None where there
            was no network) and after. Mid-grey is 0 and the scale is the same in a row.
    """
    figure = Figure(figsize=(_WIDTH, 2.1 * len(named)), layout="constrained")
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
            axes.imshow(sheet, cmap="gray", vmin=-limit, vmax=limit)
            axes.set_title(f"{name}: {title}", fontsize=9)
    return figure


def maxima(named: list[tuple[str, dict[str, np.ndarray]]]) -> Figure:
    """Show preferred images, a row for each network, a grid for each layer beside each other.

    Args:
        named: network, and layer -> (filters, 28, 28) from 0 to 1; nan for a filter that
            nothing excites, which has the colour of the lines.
    """
    layers = list(named[0][1])
    figure = Figure(figsize=(_WIDTH, 2.05 * len(named)), layout="constrained")
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
            axes.set_title(f"{name}: {layer}", fontsize=9)
            axes.set_axis_off()
    return figure


def _columns(images: np.ndarray) -> int:
    """Give four rows of images as many columns as they need."""
    return -(-len(images) // 4)


def heat_map(source: str, values: dict[tuple[str, str], float]) -> Figure:
    """Show similarities of layers, before by row and after by column, with their numbers."""
    before, after = (list(dict.fromkeys(pair[side] for pair in values)) for side in (0, 1))
    grid = np.array([[values[a, b] for b in after] for a in before])
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axes = figure.add_subplot()
    shown = axes.imshow(grid, cmap="cividis", vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(grid):
        colour = "black" if value > 0.6 else "white"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(after)), after, rotation=45, ha="right")
    axes.set_yticks(range(len(before)), before)
    axes.set_xlabel("layer after fine-tuning on the target")
    axes.set_ylabel(f"layer of the source network ({source})")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(shown, label="linear CKA, debiased", shrink=0.8)
    return figure


def plane(
    found: Plane, labels: dict[str, np.ndarray], classes: dict[str, tuple[str, ...]]
) -> Figure:
    """Show sets side by side on one plane: images as dots, the name of a class at its mean.

    Args:
        found: points of every set.
        labels: set -> integers (n,).
        classes: set -> names, in the order of the labels.
    """
    figure = Figure(figsize=(_WIDTH, 3.7), layout="constrained")
    panels = figure.subplots(1, len(found.points), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, points) in zip(panels, found.points.items(), strict=True):
        axes.plot(*points.T, ".", color="#b5b5b5", markersize=3)
        _name_classes(axes, points, labels[name], classes[name])
        axes.set_title(f"{name}, n = {len(points)}", fontsize=9)
        axes.set_xlabel(f"component 1 ({100 * found.explained[0]:.0f} % of variance)")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(f"component 2 ({100 * found.explained[1]:.0f} % of variance)")
    return figure


def _name_classes(
    axes: Axes, points: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> None:
    for label, (x, y) in centres(points, labels).items():
        axes.text(
            x, y, classes[label], ha="center", va="center", fontsize=9, fontweight="bold",
            color="#0b3d66", parse_math=False, path_effects=[_HALO],
        )  # fmt: skip
