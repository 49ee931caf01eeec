"""Published values beside ours, in percent, each in its row."""

import numpy as np

from glyph_transfer.charts.published_chart import Pair, published_and_ours

PAIRS = [Pair("one", 0.67, 0.78, (0.7, 1.2)), Pair("other", 0.9, 0.8, (None, None))]


def test_both_values_and_the_range_of_one_more_run_are_in_their_row():
    (axes,) = published_and_ours(PAIRS).axes
    drawn = {
        marker: [tuple(np.round(p, 6)) for line in axes.lines if line.get_marker() == marker
                 for p in line.get_xydata()]
        for marker in ("o", "D", "None")
    }  # fmt: skip
    assert drawn == {
        "o": [(78, 0), (80, 1)], "D": [(67, 0), (90, 1)], "None": [(70, 0), (100, 0)],
    }  # fmt: skip
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "other"]


def test_the_first_row_says_which_is_which_on_their_outer_sides():
    (axes,) = published_and_ours(PAIRS).axes
    sides = {text.get_text(): (text.xy, text.get_ha()) for text in axes.texts}
    assert sides == {"published": ((67, 0), "right"), "ours": ((78, 0), "left")}
    (axes,) = published_and_ours(PAIRS[1:]).axes
    assert {text.get_text(): text.get_ha() for text in axes.texts} == {
        "published": "left", "ours": "right",
    }  # fmt: skip
