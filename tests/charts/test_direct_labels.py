"""Names beside lines: near to where these end, and never on top of each other."""

from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from glyph_transfer.charts.direct_labels import End, name_ends, spread


@pytest.mark.parametrize(
    ("heights", "sizes", "moved"),
    [
        ([0.0, 1.0], [0.2, 0.2], [0.0, 1.0]),
        ([0.5, 0.5], [0.2, 0.2], [0.4, 0.6]),
        ([0.5, 0.5, 0.5], [0.2, 0.2, 0.2], [0.3, 0.5, 0.7]),
        ([0.5, 0.5], [0.2, 0.4], [0.35, 0.65]),
        ([0.0, 0.5, 0.55], [0.2, 0.2, 0.2], [0.0, 0.425, 0.625]),
        ([], [], []),
    ],
)
def test_heights_move_apart_about_where_they_were(heights, sizes, moved):
    assert spread(heights, sizes) == pytest.approx(moved)


def test_names_stand_in_the_order_of_their_ends_and_in_their_colours():
    axes = Figure(figsize=(4, 3)).add_subplot()
    axes.set_ylim(0, 10)
    name_ends(
        axes, [End(5.0, "upper\nhalf", "C1"), End(4.9, "lower", "C0"), End(99.0, "out", "C2")]
    )
    assert [text.get_text() for text in axes.texts] == ["lower", "upper\nhalf", "out"]
    heights = [text.xy[1] for text in axes.texts]
    assert heights[0] < 0.49 < 0.5 < heights[1] < heights[2] == 1.0
    assert [text.get_color() for text in axes.texts] == ["C0", "C1", "C2"]


def test_names_of_several_lines_do_not_touch():
    """As they are drawn: three lines over two, at the top of the panel, overlapped."""
    figure = Figure(figsize=(4.9, 3.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set_ylim(0, 10)
    ends = [
        End(9.0, "one", "C0"),
        End(9.5, "one,\ntwo", "C1"),
        End(10.0, "one,\ntwo,\nthree", "C2"),
    ]
    name_ends(axes, ends)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
