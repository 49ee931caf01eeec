"""Images in, matplotlib Figures out."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from glyph_transfer.charts.figures import bare, styled
from glyph_transfer.images.sets import SIZE

if TYPE_CHECKING:  # who converts images depends on no table
    from glyph_transfer.analysis.rows import MistakeRow


@styled
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
    picture = np.zeros((SIZE * rows, SIZE * len(classes)), np.uint8)
    for label in range(len(classes)):
        for row, image in enumerate(images[labels == label][:rows]):
            top, left = SIZE * row, SIZE * label
            picture[top : top + SIZE, left : left + SIZE] = image
    figure = Figure(figsize=(0.4 * len(classes), 0.4 * rows + 0.6))
    axes = figure.add_subplot()
    axes.imshow(255 - picture, vmin=0, vmax=255)
    slanted = max(map(len, classes)) > 2
    axes.set_xticks(
        SIZE * np.arange(len(classes)) + (SIZE - 1) / 2,
        classes,
        rotation=45 if slanted else 0,
        ha="right" if slanted else "center",
    )
    axes.set_yticks([])
    bare(axes)
    return figure


@styled
def mistakes(images: np.ndarray, rows: "list[MistakeRow]", columns: int = 8) -> Figure:
    """Show images with what they are, what they were taken for, and how often.

    Args:
        images: uint8 (n, 28, 28), n at least 1.
        rows: one for each image.
        columns: images beside each other.
    """
    lines = -(-len(images) // columns)
    figure = Figure(figsize=(0.95 * columns, 1.35 * lines))
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, image, row in zip(panels, images, rows, strict=False):
        axes.imshow(255 - image, vmin=0, vmax=255)
        title = f"{row.actual} \N{RIGHTWARDS ARROW} {row.predicted}"
        axes.set_title(
            f"{title}\n{row.wrong_draws} of {row.draws}", fontsize="small", parse_math=False
        )
    return figure
