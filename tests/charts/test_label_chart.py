"""The chart of labels shows the numbers of its tables, and guides that end where they say."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from chart_rows import cell_row
from glyph_transfer.analysis.rows import LabelWorthRow
from glyph_transfer.charts.figures import GREY
from glyph_transfer.charts.label_chart import Line, accuracy_by_labels, label_worth_chart
from glyph_transfer.protocol import Cell

LETTERS = Cell.parse("digits/tominet/letters/frozen/100")
WORTH = LabelWorthRow(
    LETTERS, LETTERS, size=316.2, low=10.0, high=inf, never=0.1, smallest=10, draws=3
)


def rows(source="none", variant="scratch", accuracies=(0.5, 0.7, 0.9), half=0.05):
    return [
        cell_row(
            f"digits/tominet/{source}/{variant}/{n_train}",
            n_images,
            accuracy,
            (None, None) if half is None else (accuracy - half, accuracy + half),
        )
        for n_train, n_images, accuracy in zip(
            ("10", "100", "all"), (10, 100, 1000), accuracies, strict=True
        )
    ]


ROWS = rows() + rows("letters", "frozen", (0.7, 0.8, 0.95))


def drawn(figure):
    """The curves of a figure by their names, the guides' points, and the texts."""
    (axes,) = figure.axes
    curves = {line.get_label(): line for line in axes.lines if line.get_linestyle() != ":"}
    guides = [line.get_xydata() for line in axes.lines if line.get_linestyle() == ":"]
    return curves, guides, [text.get_text() for text in axes.texts if "worth" in text.get_text()]


def test_accuracies_are_drawn_in_percent_over_a_log_axis_of_images():
    figure = label_worth_chart(ROWS, [])
    curves, guides, texts = drawn(figure)
    assert {name: line.get_xydata().round(6).tolist() for name, line in curves.items()} == {
        "from scratch": [[10, 50], [100, 70], [1000, 90]],
        "letters": [[10, 70], [100, 80], [1000, 95]],
    }
    assert (guides, texts) == ([], [])
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10", "100", "1k"]
    assert axes.get_xticks(minor=True).size == 0
    names = [text.get_text() for text in axes.texts]
    assert names == ["from scratch", "letters"], "beside the lines, the lowest first"
    assert figure.legends == []


def test_rows_are_drawn_in_the_order_of_their_sizes():
    curves, _, _ = drawn(label_worth_chart(rows()[::-1], []))
    assert curves["from scratch"].get_xdata().tolist() == [10, 100, 1000]


def test_bands_are_the_intervals():
    band = label_worth_chart(rows(), []).axes[0].collections[0].get_paths()[0].vertices
    assert {tuple(point) for point in band.round(6)} == {
        (10, 45), (10, 55), (100, 65), (100, 75), (1000, 85), (1000, 95),
    }  # fmt: skip


def test_one_draw_has_no_band():
    curves, _, _ = drawn(figure := label_worth_chart(rows(half=None), []))
    assert list(curves) == ["from scratch"]
    assert len(figure.axes[0].collections[0].get_paths()) == 0


def test_a_guide_goes_to_the_curve_of_scratch_and_down_to_its_labels():
    figure = label_worth_chart(ROWS, [WORTH])
    _, (across, down), texts = drawn(figure)
    (axes,) = figure.axes
    np.testing.assert_allclose(across, [[100, 80], [316.2, 80]])
    np.testing.assert_allclose(down, [[316.2, 80], [316.2, axes.get_ylim()[0]]])
    assert axes.get_ylim()[0] > 40, "a guide does not stretch the axis"
    assert texts == ["letters at 100: worth 316 [≤ 10, > 1,000] labels"]


def test_a_guide_that_meets_no_curve_ends_at_the_largest_size():
    _, guides, texts = drawn(label_worth_chart(ROWS, [replace(WORTH, size=inf, low=316.2)]))
    assert len(guides) == 1
    np.testing.assert_allclose(guides[0], [[100, 80], [1000, 80]])
    assert texts == ["letters at 100: worth > 1,000 [316, > 1,000] labels"]


@pytest.mark.parametrize(
    ("size", "told"),
    [(10, "≤ 10"), (10.4, "10"), (999.4, "999"), (1000, "1,000")],
)
def test_a_number_without_an_interval_is_told_alone(size, told):
    _, _, texts = drawn(label_worth_chart(ROWS, [replace(WORTH, size=size, low=None, high=None)]))
    assert texts == [f"letters at 100: worth {told} labels"]


def test_guides_have_the_colours_of_their_sources_and_texts_below_each_other():
    more = ROWS + rows("fashion", "frozen", (0.4, 0.6, 0.9))
    fashion = replace(WORTH, cell=LETTERS._replace(source="fashion"), size=31.6)
    (axes,) = label_worth_chart(more, [WORTH, fashion]).axes
    told = [text for text in axes.texts if "worth" in text.get_text()]
    first, second = sorted(told, key=lambda text: -text.get_position()[1])
    assert first.get_text().startswith("letters")
    assert first.get_position()[1] - second.get_position()[1] > 0.05
    guides = {line.get_color() for line in axes.lines if line.get_linestyle() == ":"}
    assert guides == {first.get_color(), second.get_color()}
    assert "C0" in guides
    assert GREY not in guides


def test_curves_can_be_told_apart_without_colour():
    many = [row for source in "abcd" for row in rows(source, "frozen")]
    lines = label_worth_chart(rows() + many, []).axes[0].lines
    assert len({line.get_marker() for line in lines}) == 5
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 5


def test_lines_of_several_studies_are_compared_by_their_numbers_of_labels():
    mine, theirs = rows()[::-1], rows("letters", "frozen", (0.7, 0.8, 0.95))[1:]
    (axes,) = accuracy_by_labels([Line("mine", mine, GREY), Line("theirs", theirs, "C0")]).axes
    drawn = {line.get_label(): line.get_xydata().round(6).tolist() for line in axes.lines}
    assert drawn == {
        "mine": [[10, 50], [100, 70], [1000, 90]], "theirs": [[100, 80], [1000, 95]],
    }  # fmt: skip
    assert {text.get_text(): text.get_color() for text in axes.texts} == {
        "mine": GREY, "theirs": "C0",
    }  # fmt: skip
    assert len(axes.collections) == 2, "a band each"


def test_of_many_lines_the_best_are_drawn():
    many = [
        row
        for number in range(9)
        for row in rows("letters", f"v{number}", (0.5, 0.6 + number / 100, 0.9 - number / 100))
    ]
    lone = cell_row("digits/tominet/letters/alone/100", 100, 0.99)  # which is no line
    judged = [replace(WORTH, cell=row.cell) for row in [*many, lone] if row.cell.n_train == 100]
    figure = label_worth_chart([*rows(), *many, lone], judged)
    names = {line.get_label() for line in figure.axes[0].lines}
    best = {f"letters: v{number}" for number in (5, 6, 7, 8)}
    assert {name for name in names if not name.startswith("_")} == {"from scratch"} | best
    assert [text.partition(" ")[0] for text in drawn(figure)[2]] == ["v8"]
