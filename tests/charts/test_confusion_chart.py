"""The chart of confusions shows shares of the true class, in its row."""

from dataclasses import replace

import numpy as np

from glyph_transfer.analysis.rows import ConfusionRow
from glyph_transfer.charts.confusion_chart import MOST_NUMBERED, confusion
from glyph_transfer.charts.figures import WIDTH

CONFUSION = [
    ConfusionRow(None, actual, predicted, n, 1)
    for actual, predicted, n in (("$a", "$a", 8), ("$a", "b", 2), ("b", "$a", 0), ("b", "b", 1000))
]


def test_confusions_are_percentages_of_the_true_class_in_its_row():
    axes = confusion(CONFUSION).axes[0]
    shown = {text.get_position()[::-1]: text.get_text() for text in axes.texts}
    assert shown == {(0, 0): "80", (0, 1): "20", (1, 1): "100"}
    depths = axes.collections[0].get_facecolors()[:, 3]
    np.testing.assert_allclose(depths, [0.8, 0.2, 1.0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$a", "b"]


def test_many_classes_are_shades_alone():
    """Numbers for 47 classes cannot be read."""
    n = MOST_NUMBERED + 1
    rows = [
        ConfusionRow(None, f"{a}", f"{p}", 10 * (a == p), 1) for a in range(n) for p in range(n)
    ]
    figure = confusion(rows)
    (axes,) = figure.axes
    assert len(axes.texts) == 0
    assert len(axes.get_yticklabels()) == n
    assert len(axes.collections[0].get_facecolors()) == n
    assert max(figure.get_size_inches()) <= WIDTH


def test_a_class_without_test_images_has_an_empty_row():
    nothing = [replace(row, predictions=0) for row in CONFUSION]
    assert len(confusion(nothing).axes[0].texts) == 0
