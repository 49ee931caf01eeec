"""How numbers are written for a reader."""

import pytest

from glyph_transfer.analysis import formats
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, LabelWorthRow
from glyph_transfer.analysis.verdicts import MOST_DRAWS
from glyph_transfer.protocol import Cell

CELL = Cell("d", "m", "letters", "tuned", 100)


def test_numbers_have_the_digits_and_signs_of_their_unit():
    assert formats.format_percent(0.6712) == "67.1"
    assert formats.format_points(0.02) == "+2.0"
    assert formats.format_points(-0.0071) == "\N{MINUS SIGN}0.7"
    assert formats.format_nats(-0.02) == "\N{MINUS SIGN}0.020"


def test_an_interval_that_is_none_says_so():
    assert formats.format_interval(0.6, 0.712) == "[60.0, 71.2]"
    assert (
        formats.format_interval(-0.01, 0.02, formats.format_points) == "[\N{MINUS SIGN}1.0, +2.0]"
    )
    assert formats.format_interval(None, None) == "(one draw)"


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        (None, "too few draws"),
        (30, "too few draws, 30 would do"),
        (MOST_DRAWS, "too few draws, 1,000 would do"),
        (MOST_DRAWS + 1, "too few draws, more than 1,000 needed"),
    ],
)
def test_a_verdict_says_how_many_draws_would_do(draws, said):
    names = ("improvement_low", "improvement_high", "images_low", "images_high", "p_holm")
    row = DifferenceRow(
        "c - b", CELL, CELL, 3, 0.1, 0.0, 0.2, -0.1, 0.3, **dict.fromkeys(names),
        improvement=1.0, significant=False, draws_needed=draws,
    )  # fmt: skip
    assert formats.format_verdict(row) == said


def test_an_accuracy_has_its_interval_over_draws():
    ends = {"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}
    others = {"images_low": 0.1, "images_high": 0.9, "loss": 1.0, "loss_low": 0.9, "loss_high": 1.1}
    row = CellRow(CELL, *CELL, 100, 5, 3, 40, **ends, **others, published=None)
    assert formats.format_accuracy(row) == "50.0 % [40.0, 60.0]"


def test_a_difference_has_its_corrected_interval():
    """And neither its uncorrected one, 0.1 to 0.4, nor that over images."""
    row = DifferenceRow(
        "c - b", CELL, CELL, 3, 0.25, 0.1, 0.4, 0.05, 0.45, 0.2, 0.3, 0.01, 1.0, None, None, True
    )
    assert formats.format_difference(row) == "+25.0 [+5.0, +45.0]"


@pytest.mark.parametrize(
    ("count", "text"),
    [(10, "\N{LESS-THAN OR EQUAL TO} 10"), (1234.5, "1,230"), (float("inf"), "> 5,000")],
)
def test_label_counts_are_rounded_or_bounded_by_what_was_tried(count, text):
    assert formats.format_label_count(count, 10, 5000) == text


def test_label_worth_has_its_interval_where_there_is_one():
    row = LabelWorthRow(CELL, CELL, 240.2, 200.4, float("inf"), 0.1, 10, 3)
    assert formats.format_label_worth(row, 1000) == "240 [200, > 1,000]"
    row = LabelWorthRow(CELL, CELL, 240.2, None, None, None, 10, 3)
    assert formats.format_label_worth(row, 1000) == "240"
    row = LabelWorthRow(CELL, CELL, float("inf"), 2000.0, float("inf"), 1.0, 10, 3)
    assert formats.format_label_worth(row, 1000) == "> 1,000"
    assert formats.format_label_worth(row, 2500) == "> 2,500 [2,000, > 2,500]"
