"""Curves by epoch show the numbers of their tables, in the units of their labels."""

from chart_rows import LETTERS, SCRATCH, TWIN, curve_rows
from glyph_transfer.charts.curve_chart import source_curves, study_curves


def test_curves_show_accuracy_in_percent_and_loss_as_it_is():
    left, right = study_curves(curve_rows(SCRATCH, 2.0, 1.0), "train").axes
    assert list(left.lines[0].get_ydata()) == [50, 50]
    assert list(right.lines[0].get_xdata()) == [1, 2]
    assert list(right.lines[0].get_ydata()) == [2, 1]
    band = left.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (25, 75)
    band = right.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.5, 4)


def names(axes):
    """What is written beside lines."""
    return [text.get_text() for text in axes.texts]


def test_equal_curves_share_a_line():
    """Re-estimating happens after training: two lines, one hidden below the other."""
    rows = curve_rows(LETTERS, 2, 1) + curve_rows(TWIN, 2, 1) + curve_rows(SCRATCH, 3, 1)
    figure = study_curves(rows, "train")
    assert len(figure.axes[1].lines) == 2
    assert sorted(names(figure.axes[1])) == ["from scratch", "letters"]


def test_lines_can_be_told_apart_without_colour():
    rows = [
        row
        for source in range(6)
        for row in curve_rows(f"digits/tominet/s{source}/frozen/100", 2 + source, 1)
    ]
    styles = [
        str(line._unscaled_dash_pattern) for line in study_curves(rows, "train").axes[1].lines
    ]
    assert len(set(styles)) == 6


def test_every_target_and_size_has_panels_of_its_own_and_lines_one_name():
    rows = curve_rows(SCRATCH, 2, 1) + curve_rows(SCRATCH.replace("100", "300"), 3, 2)
    figure = study_curves(rows, "train")
    assert [axes.get_title(loc="left") for axes in figure.axes[::2]] == [
        "digits, n = 100", "digits, n = 300",
    ]  # fmt: skip
    assert list(figure.axes[3].lines[0].get_ydata()) == [3, 2]
    assert names(figure.axes[3]) == ["from scratch"]
    assert figure.get_suptitle() == "on training images"


def test_test_curves_have_the_epochs_that_were_scored():
    first, _, third = curve_rows(SCRATCH, 2.0, 1.0, 0.5, split="test")
    unscored = curve_rows(SCRATCH, 9.0, 9.0)[1]
    left, right = study_curves([first, unscored, third], "test").axes
    assert list(right.lines[0].get_xdata()) == [1, 3]
    assert left.get_ylabel() == "accuracy on test images (%)"


def test_models_are_named_where_they_differ():
    other = SCRATCH.replace("tominet", "cnn_s1")
    figure = study_curves(curve_rows(SCRATCH, 2, 1) + curve_rows(other, 3, 1), "train")
    assert sorted(names(figure.axes[1])) == ["cnn s1", "tominet"]


def test_a_single_epoch_is_a_point():
    left, _ = study_curves(curve_rows(SCRATCH, 2.0), "train").axes
    assert left.lines[0].get_marker() == "."


def test_source_curves_tell_train_from_validation():
    given = {
        "train_accuracy": [0.5, 0.9], "train_loss": [1.0, 0.5],
        "validation_accuracy": [0.4, 0.8], "validation_loss": [1.5, 0.7],
    }  # fmt: skip
    left, right = source_curves(given).axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in left.lines}
    assert drawn == {"train": [50, 90], "validation": [40, 80]}
    assert list(right.lines[1].get_ydata()) == [1.5, 0.7]


def test_variants_are_named_where_lines_of_a_source_differ():
    rows = curve_rows(LETTERS, 2, 1) + curve_rows(TWIN, 4, 3)
    _, right = study_curves(rows, "train", {"frozen": "head first"}).axes
    assert [name.replace("\n", " ") for name in names(right)] == [
        "letters: head first", "letters: frozen twin",
    ]  # fmt: skip
