"""Pictures show what they were given, where it belongs."""

import numpy as np

from glyph_transfer.charts import network_chart
from glyph_transfer.charts.figures import png


def test_tiles_are_laid_out_by_row_with_lines_between():
    sheet = network_chart.tiles(np.arange(3)[:, None, None] * np.ones((3, 1, 2)), 2, 9)
    np.testing.assert_array_equal(sheet, [[0, 0, 9, 1, 1], [9] * 5, [2, 2, 9, 9, 9]])


def test_kernels_share_the_scale_of_their_row_about_zero():
    before, after = np.zeros((3, 3, 1, 8)), np.zeros((3, 3, 1, 8))
    before[0, 2, 0, 1], after[0, 2, 0, 1] = -2.0, 1.0
    figure = network_chart.kernels([("from scratch", None, after), ("from letters", before, after)])
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in figure.axes] == [
        "", "from scratch: after", "from letters: before", "from letters: after",
    ]  # fmt: skip
    assert [image.get_clim() for image in images] == [(-1, 1), (-2, 2), (-2, 2)]
    assert images[1].get_array()[0, 6] == -2, "second tile, top right"
    png(figure)


def test_a_filter_without_a_preferred_image_is_left_out():
    images = np.ones((5, 28, 28))
    images[3] = np.nan
    figure = network_chart.maxima([("from scratch", {"conv_1": images, "conv_2": images[:1]})])
    shown = figure.axes[0].images[0].get_array()
    assert shown.mask[29:57, 29:57].all()
    assert not shown.mask[:28, :28].any()


def test_the_heat_map_has_before_in_rows():
    values = {("conv", "conv"): 1.0, ("conv", "dense"): 0.25, ("dense", "conv"): 0.5}
    values["dense", "dense"] = -0.1
    axes = network_chart.heat_map("letters", values).axes[0]
    shown = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert shown == {(0, 0): "1.00", (0, 1): "0.25", (1, 0): "0.50", (1, 1): "-0.10"}
    assert "letters" in axes.get_ylabel()


def test_classes_are_named_at_their_means_as_they_are_written():
    points = {"letters": np.array([[0.0, 0], [2, 2]]), "digits": np.array([[5.0, 1]])}
    centres = {"letters": {"$b": np.array([1, 1])}, "digits": {"0": np.array([5, 1])}}
    figure = network_chart.plane(points, (0.5, 0.25), centres)
    left, right = figure.axes
    assert [(t.get_text(), t.get_position()) for t in left.texts] == [("$b", (1, 1))]
    assert [(t.get_text(), t.get_position()) for t in right.texts] == [("0", (5, 1))]
    assert "50 % of variance" in left.get_xlabel()
    assert "25 % of variance" in left.get_ylabel()
    png(figure)
