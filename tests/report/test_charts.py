"""Charts show the numbers of their tables, in the units of their labels."""

import numpy as np
import pytest

from glyph_transfer.figures import png
from glyph_transfer.report import charts

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/frozen/100"
TWIN = "digits/tominet/letters/frozen_twin/100"

CELLS = [
    {"cell": SCRATCH, "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6,
     "published": 0.67},
    {"cell": LETTERS, "accuracy": 0.8, "accuracy_low": None, "accuracy_high": None,
     "published": None},
]  # fmt: skip
REPLICATES = [
    {"cell": SCRATCH, "accuracy": 0.45}, {"cell": SCRATCH, "accuracy": 0.55},
    {"cell": LETTERS, "accuracy": 0.8},
]  # fmt: skip
DIFFERENCE = {
    "cell": LETTERS, "baseline": SCRATCH, "accuracy": 0.3, "accuracy_low": 0.2,
    "accuracy_high": 0.4, "corrected_low": 0.1, "corrected_high": 0.5,
}  # fmt: skip


def curve(cell, *losses):
    return [
        {"cell": cell, "epoch": epoch, "train_loss": loss, "train_accuracy": 0.5,
         "train_accuracy_low": 0.25, "train_accuracy_high": 0.75, "train_loss_low": loss / 2,
         "train_loss_high": loss * 2}
        for epoch, loss in enumerate(losses, start=1)
    ]  # fmt: skip


def points(axes, marker):
    """Positions (x, y) of everything drawn with a marker, to 1e-6."""
    found = [line.get_xydata() for line in axes.lines if line.get_marker() == marker]
    return [tuple(np.round(point, 6)) for points in found for point in points]


def test_cells_are_drawn_in_percent_in_their_own_rows():
    axes = charts.accuracy_by_cell(CELLS, REPLICATES).axes[0]
    assert points(axes, "o") == [(50, 0), (80, 1)]
    assert points(axes, "D") == [(67, 0)]
    assert [(x, round(y)) for x, y in points(axes, ".")] == [(45, 0), (55, 0), (80, 1)]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "none, n = 100\nscratch", "letters, n = 100\nfrozen",
    ]  # fmt: skip
    top, bottom = axes.get_ylim()
    assert top > bottom, "the first row is at the top"


def test_one_draw_has_no_interval():
    axes = charts.accuracy_by_cell(CELLS, REPLICATES).axes[0]
    intervals = [line for line in axes.lines if line.get_linewidth() == 2.5]
    assert [tuple(line.get_ydata()) for line in intervals] == [(0, 0)]


def test_forest_shows_both_intervals_and_zero():
    axes = charts.forest([DIFFERENCE]).axes[0]
    ends = [tuple(np.round(line.get_xdata(), 6)) for line in axes.lines]
    assert ends == [(0, 0), (10, 50), (20, 40), (30,)]
    (label,) = axes.get_yticklabels()
    assert label.get_text() == "letters, n = 100\nfrozen\nless none: scratch"


def test_forest_of_one_draw_is_a_dot():
    none = dict.fromkeys(("accuracy_low", "accuracy_high", "corrected_low", "corrected_high"), None)
    axes = charts.forest([DIFFERENCE | none]).axes[0]
    assert len(axes.lines) == 2


def test_curves_show_accuracy_in_percent_and_loss_as_it_is():
    left, right = charts.study_curves(curve(SCRATCH, 2.0, 1.0)).axes
    assert list(left.lines[0].get_ydata()) == [50, 50]
    assert list(right.lines[0].get_xdata()) == [1, 2]
    assert list(right.lines[0].get_ydata()) == [2, 1]
    band = left.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (25, 75)
    band = right.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.5, 4)


def test_equal_curves_share_a_line_that_names_both():
    """Re-estimating happens after training: two lines, one hidden below the other."""
    rows = curve(LETTERS, 2, 1) + curve(TWIN, 2, 1) + curve(SCRATCH, 3, 1)
    figure = charts.study_curves(rows)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["letters: frozen, n = 100 and frozen_twin", "none: scratch, n = 100"]


def test_lines_can_be_told_apart_without_colour():
    rows = [
        row
        for source in range(6)
        for row in curve(f"digits/tominet/s{source}/frozen/100", 2 + source, 1)
    ]
    styles = [str(line._unscaled_dash_pattern) for line in charts.study_curves(rows).axes[1].lines]
    assert len(set(styles)) == 6


CONFUSION = [
    {"actual": actual, "predicted": predicted, "predictions": n}
    for actual, predicted, n in (("$a", "$a", 8), ("$a", "b", 2), ("b", "$a", 0), ("b", "b", 1000))
]


def test_confusions_are_percentages_of_the_true_class_in_its_row():
    axes = charts.confusion(CONFUSION).axes[0]
    shown = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert shown == {(0, 0): "80", (0, 1): "20", (1, 1): "100"}
    np.testing.assert_array_equal(axes.images[0].get_array(), [[80, 20], [0, 100]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$a", "b"]


def test_a_class_without_test_images_has_an_empty_row():
    nothing = [row | {"predictions": 0} for row in CONFUSION]
    assert len(charts.confusion(nothing).axes[0].texts) == 0


def test_source_curves_tell_train_from_validation():
    given = {
        "train_accuracy": [0.5, 0.9], "train_loss": [1.0, 0.5],
        "validation_accuracy": [0.4, 0.8], "validation_loss": [1.5, 0.7],
    }  # fmt: skip
    left, right = charts.source_curves(given).axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in left.lines}
    assert drawn == {"train": [50, 90], "validation": [40, 80]}
    assert list(right.lines[1].get_ydata()) == [1.5, 0.7]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.accuracy_by_cell(CELLS, REPLICATES),
        lambda: charts.forest([DIFFERENCE]),
        lambda: charts.study_curves(curve(SCRATCH, 2.0, 1.0)),
        lambda: charts.confusion(CONFUSION),
    ],
)
def test_equal_tables_give_equal_bytes(draw):
    assert png(draw()) == png(draw())
