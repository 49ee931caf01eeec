"""Charts show the numbers of their tables, in the units of their labels."""

import numpy as np
import pytest

from glyph_transfer.charts import accuracy_chart
from glyph_transfer.charts.figures import png

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


def points(axes, marker):
    """Positions (x, y) of everything drawn with a marker, to 1e-6."""
    found = [line.get_xydata() for line in axes.lines if line.get_marker() == marker]
    return [tuple(np.round(point, 6)) for points in found for point in points]


def test_cells_are_drawn_in_percent_in_their_own_rows():
    axes = accuracy_chart.accuracy_by_cell(CELLS, REPLICATES).axes[0]
    assert points(axes, "o") == [(50, 0), (80, 1)]
    assert points(axes, "D") == [(67, 0)]
    assert [(x, round(y)) for x, y in points(axes, ".")] == [(45, 0), (55, 0), (80, 1)]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "from scratch, n = 100", "from letters, n = 100\nfrozen",
    ]  # fmt: skip
    top, bottom = axes.get_ylim()
    assert top > bottom, "the first row is at the top"


def test_one_draw_has_no_interval():
    axes = accuracy_chart.accuracy_by_cell(CELLS, REPLICATES).axes[0]
    intervals = [line for line in axes.lines if line.get_linewidth() == 2.5]
    assert [tuple(line.get_ydata()) for line in intervals] == [(0, 0)]


def test_forest_shows_both_intervals_and_zero():
    axes = accuracy_chart.forest([DIFFERENCE]).axes[0]
    ends = [tuple(np.round(line.get_xdata(), 6)) for line in axes.lines]
    assert ends == [(0, 0), (10, 50), (20, 40), (30,)]
    (label,) = axes.get_yticklabels()
    assert label.get_text() == "from letters, n = 100\nfrozen"
    assert axes.get_xlabel() == "accuracy less that of training from scratch (percentage points)"


def test_forest_names_baselines_that_differ():
    other = DIFFERENCE | {"cell": TWIN, "baseline": "digits/another/none/scratch/100"}
    labels = accuracy_chart.forest([DIFFERENCE, other]).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == [
        "from letters, n = 100\nfrozen\nless from scratch",
        "from letters, n = 100\nfrozen_twin\nless from scratch, another",
    ]


def test_targets_and_models_are_named_where_they_differ():
    cells = [CELLS[0], CELLS[1] | {"cell": "letters/cnn_s1/digits/frozen/all"}]
    labels = accuracy_chart.accuracy_by_cell(cells, REPLICATES).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == [
        "digits from scratch, n = 100\ntominet", "letters from digits, n = all\nfrozen, cnn_s1",
    ]  # fmt: skip


def test_networks_without_sources_have_the_colours_of_their_models():
    """Grey for all of them would tell nothing."""
    rows = [{"cell": f"letters/{model}/none/scratch/all"} for model in ("a", "b", "a")]
    first, second = accuracy_chart.source_colours(rows).values()
    assert len({first, second, accuracy_chart.GREY}) == 3
    assert accuracy_chart.source_colours([{"cell": SCRATCH}]) == {SCRATCH: accuracy_chart.GREY}


def test_forest_of_one_draw_is_a_dot():
    none = dict.fromkeys(("accuracy_low", "accuracy_high", "corrected_low", "corrected_high"), None)
    axes = accuracy_chart.forest([DIFFERENCE | none]).axes[0]
    assert len(axes.lines) == 2


CONFUSION = [
    {"actual": actual, "predicted": predicted, "predictions": n}
    for actual, predicted, n in (("$a", "$a", 8), ("$a", "b", 2), ("b", "$a", 0), ("b", "b", 1000))
]


def test_confusions_are_percentages_of_the_true_class_in_its_row():
    axes = accuracy_chart.confusion(CONFUSION).axes[0]
    shown = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert shown == {(0, 0): "80", (0, 1): "20", (1, 1): "100"}
    np.testing.assert_array_equal(axes.images[0].get_array(), [[80, 20], [0, 100]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$a", "b"]


def test_many_classes_are_shades_with_a_scale():
    """Numbers for 47 classes cannot be read."""
    n = accuracy_chart.MOST_NUMBERED + 1
    rows = [
        {"actual": f"{a}", "predicted": f"{p}", "predictions": 10 * (a == p)}
        for a in range(n)
        for p in range(n)
    ]
    figure = accuracy_chart.confusion(rows)
    axes, bar = figure.axes
    assert len(axes.texts) == 0
    assert len(axes.get_yticklabels()) == n
    assert bar.get_ylabel() == "predictions of the true class (%)"
    assert max(figure.get_size_inches()) < 9


def test_a_class_without_test_images_has_an_empty_row():
    nothing = [row | {"predictions": 0} for row in CONFUSION]
    assert len(accuracy_chart.confusion(nothing).axes[0].texts) == 0


@pytest.mark.parametrize(
    "draw",
    [
        lambda: accuracy_chart.accuracy_by_cell(CELLS, REPLICATES),
        lambda: accuracy_chart.forest([DIFFERENCE]),
        lambda: accuracy_chart.confusion(CONFUSION),
    ],
)
def test_equal_tables_give_equal_bytes(draw):
    assert png(draw()) == png(draw())
