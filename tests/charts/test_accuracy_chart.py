"""Charts show the numbers of their tables, in the units of their labels."""

import numpy as np

from chart_rows import LETTERS, SCRATCH, TWIN, cell_row, difference_row, replicate_row
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.charts import accuracy_chart

CELLS = [
    cell_row(SCRATCH, accuracy=0.5, ends=(0.4, 0.6), published=0.67),
    cell_row(LETTERS, accuracy=0.8),
]
REPLICATES = [
    replicate_row(SCRATCH, 0.45), replicate_row(SCRATCH, 0.55), replicate_row(LETTERS, 0.8),
]  # fmt: skip
DIFFERENCE = difference_row()


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
        "from scratch", "from letters\nfrozen",
    ]  # fmt: skip
    top, bottom = axes.get_ylim()
    assert top > bottom, "the first row is at the top"


def test_one_draw_has_no_interval():
    axes = accuracy_chart.accuracy_by_cell(CELLS, REPLICATES).axes[0]
    intervals = [line for line in axes.lines if line.get_linewidth() == 2.5]
    assert [tuple(line.get_ydata()) for line in intervals] == [(0, 0)]


def test_forest_shows_the_corrected_interval_and_zero():
    axes = accuracy_chart.forest([DIFFERENCE]).axes[0]
    ends = [tuple(np.round(line.get_xdata(), 6)) for line in axes.lines]
    assert ends == [(0, 0), (10, 50), (30,)]
    (label,) = axes.get_yticklabels()
    assert label.get_text() == "from letters\nfrozen"
    assert axes.get_xlabel() == "points above or below training from scratch"


def notes(axes):
    """Texts at the right of rows, with the rows that they are at."""
    return [(text.get_text(), text.xy[1]) for text in axes.texts if text.get_text()]


def test_forest_says_what_is_shown_of_every_difference():
    open_ = difference_row(corrected=(-0.1, 0.5), draws_needed=12)
    unjudged = difference_row(TWIN, verdict=DifferenceVerdict.NOT_JUDGED)
    axes = accuracy_chart.forest([DIFFERENCE, open_, unjudged]).axes[0]
    assert notes(axes) == [("better", 0), ("too few draws\n12 would do", 1), ("not judged", 2)]


def test_a_cell_that_has_not_learned_is_said_to():
    """One of a table of an earlier version, which does not say, is not."""
    cells = [cell_row(SCRATCH, learned=False), cell_row(LETTERS, learned=True), cell_row(TWIN)]
    axes = accuracy_chart.accuracy_by_cell(cells, []).axes[0]
    assert notes(axes) == [("has not learned", 0)]


def test_forest_names_baselines_that_differ():
    other = difference_row(TWIN, "digits/another/none/scratch/100")
    labels = accuracy_chart.forest([DIFFERENCE, other]).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == [
        "from letters\nfrozen\nless from scratch",
        "from letters\nfrozen twin\nless from scratch, another",
    ]


def test_targets_and_models_are_named_where_they_differ():
    cells = [CELLS[0], cell_row("letters/cnn_s1/digits/frozen/all")]
    labels = accuracy_chart.accuracy_by_cell(cells, REPLICATES).axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == [
        "digits from scratch, 100\ntominet", "letters from digits, all\nfrozen\ncnn s1",
    ]  # fmt: skip


def test_forest_of_one_draw_is_a_dot():
    none = (None, None)
    axes = accuracy_chart.forest([difference_row(ends=none, corrected=none)]).axes[0]
    assert len(axes.lines) == 2


def test_the_baseline_is_the_one_that_from_scratch_is_said_of():
    """Whatever its variant is called; the other training from scratch has its name."""
    row = difference_row("digits/tominet/none/wide/100", "digits/tominet/none/narrow/100")
    axes = accuracy_chart.forest([row]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["from scratch\nwide"]
    assert axes.get_xlabel() == "points above or below training from scratch"


def test_words_stand_for_names():
    words = {"letters": "capitals", "frozen": "head first"}
    axes = accuracy_chart.accuracy_by_cell(CELLS, REPLICATES, words).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "from scratch", "from capitals\nhead first",
    ]  # fmt: skip
