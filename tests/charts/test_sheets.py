"""What a figure shows, read off its own image."""

import numpy as np
import pytest

from glyph_transfer.analysis.rows import MistakeRow
from glyph_transfer.charts import figures, sheets


def picture_of(figure):
    """The image that a sheet shows, white on black again."""
    (image,) = figure.axes[0].images
    return 255 - np.asarray(image.get_array())


@pytest.fixture
def images():
    """Five images of three classes, told apart by their grey, asymmetric in a corner."""
    images = np.full((5, 28, 28), 10, np.uint8) * np.arange(1, 6, dtype=np.uint8)[:, None, None]
    images[:, 0, 27] = 255
    return images


LABELS = np.array([2, 0, 2, 0, 0])


def test_a_sheet_shows_each_class_in_its_column_in_order(images):
    shown = picture_of(sheets.sheet(images, LABELS, ("A", "B", "C"), rows=2))
    cells = shown.reshape(2, 28, 3, 28).transpose(0, 2, 1, 3)
    blank = np.zeros((28, 28), np.uint8)
    expected = [[images[1], blank, images[0]], [images[3], blank, images[2]]]
    np.testing.assert_array_equal(cells, expected)


def test_a_sheet_names_its_columns_at_their_middle(images):
    axes = sheets.sheet(images, LABELS, ("A", "B", "C"), rows=2).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["A", "B", "C"]
    np.testing.assert_array_equal(axes.get_xticks(), [13.5, 41.5, 69.5])


def test_images_are_dark_on_white_on_a_fixed_scale(images):
    """Else a sheet of faint images would look like one of strong images."""
    (image,) = sheets.sheet(images, LABELS, ("A", "B", "C")).axes[0].images
    assert image.get_clim() == (0, 255)
    assert np.asarray(image.get_array()).max() == 255


def test_equal_figures_are_equal_bytes_and_a_whole_file(images, tmp_path):
    for name in ("one.png", "two.png"):
        figures.save(sheets.sheet(images, LABELS, ("A", "B", "C")), tmp_path / name)
    first = (tmp_path / "one.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert first == (tmp_path / "two.png").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"one.png", "two.png"}


def test_mistakes_are_named_in_the_order_of_their_images(images):
    rows = [MistakeRow(None, n, f"${n}", "b", n, 9, 0.1) for n in range(5)]
    figure = sheets.mistakes(images, rows, columns=2)
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 5
    for n, axes in enumerate(shown):
        np.testing.assert_array_equal(255 - axes.images[0].get_array(), images[n])
        assert axes.get_title() == f"${n} \N{RIGHTWARDS ARROW} b\n{n} of 9"
    figures.png(figure)
