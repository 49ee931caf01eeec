"""Images in, matplotlib Figures out, and Figures in, PNG out."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from glyph_transfer.files import replacing

DPI = 160


def sheet(
    images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], rows: int = 8
) -> Figure:
    """Show the first `rows` images of every class, a column each.

    Args:
        images: uint8 (n, 28, 28).
        labels: integers (n,).
        classes: names, in the order of the labels.
        rows: images of each class.
    """
    picture = np.zeros((28 * rows, 28 * len(classes)), np.uint8)
    for label in range(len(classes)):
        for row, image in enumerate(images[labels == label][:rows]):
            picture[28 * row : 28 * row + 28, 28 * label : 28 * label + 28] = image
    figure = Figure(figsize=(0.4 * len(classes), 0.4 * rows + 0.6), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(255 - picture, cmap="gray", vmin=0, vmax=255)
    slanted = max(map(len, classes)) > 2
    axes.set_xticks(
        28 * np.arange(len(classes)) + 13.5,
        classes,
        rotation=45 if slanted else 0,
        ha="right" if slanted else "center",
    )
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def mistakes(images: np.ndarray, rows: list[dict], columns: int = 8) -> Figure:
    """Show images with what they are, what they were taken for, and how often.

    Args:
        images: uint8 (n, 28, 28), n at least 1.
        rows: `actual`, `predicted`, `wrong_draws`, `draws` for each image.
        columns: images beside each other.
    """
    lines = -(-len(images) // columns)
    figure = Figure(figsize=(0.95 * columns, 1.35 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, image, row in zip(panels, images, rows, strict=False):
        axes.imshow(255 - image, cmap="gray", vmin=0, vmax=255)
        axes.set_title(
            f"{row['actual']} \N{RIGHTWARDS ARROW} {row['predicted']}\n"
            f"{row['wrong_draws']} of {row['draws']}",
            fontsize=8,
            parse_math=False,
        )
    return figure


def png(figure: Figure) -> bytes:
    """Render a figure; equal figures give equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(png(figure))
