"""Published single runs against prediction intervals, worked by hand."""

import pytest

from glyph_transfer.analysis.agreement import Agreement, agreement
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import prediction_interval

EXPECTED = Interval(0.75, 0.6875, 0.8125)


@pytest.mark.parametrize(
    ("published", "tolerance", "found"),
    [
        (0.75, 0.0, Agreement.AGREES),
        (0.6875, 0.0, Agreement.AGREES),
        (0.8125, 0.0, Agreement.AGREES),
        (0.625, 0.0, Agreement.LOWER),
        (0.875, 0.0, Agreement.HIGHER),
        (0.625, 0.0625, Agreement.AGREES),
        (0.875, 0.0625, Agreement.AGREES),
        (0.625, 0.03125, Agreement.LOWER),
        (0.875, 0.03125, Agreement.HIGHER),
    ],
)
def test_a_figure_agrees_within_the_interval_and_its_tolerance(published, tolerance, found):
    assert agreement(published, EXPECTED, tolerance) is found


@pytest.mark.parametrize(
    ("published", "low", "high", "found"),
    [
        (0.5, 0.375, 0.625, Agreement.TOO_WIDE),
        (0.5, 0.39, 0.61, Agreement.TOO_WIDE),
        (0.5, 0.41, 0.59, Agreement.AGREES),
        (0.75, 0.375, 0.625, Agreement.HIGHER),
        (0.25, 0.375, 0.625, Agreement.LOWER),
    ],
)
def test_an_interval_of_ten_points_or_more_on_either_side_is_nothing_to_agree_with(
    published, low, high, found
):
    """Beyond it a value still is higher, or lower."""
    assert agreement(published, Interval(0.5, low, high)) is found


def test_an_interval_just_as_wide_as_is_informative_is_too_wide():
    expected = Interval(0.5, 0.375, 0.625)
    assert agreement(0.5, expected, informative=0.125) is Agreement.TOO_WIDE
    assert agreement(0.5, expected, informative=0.1251) is Agreement.AGREES


def test_losses_have_no_width_that_is_too_wide():
    assert agreement(0.5, Interval(0.5, 0.0, 1.0), informative=None) is Agreement.AGREES


def test_a_single_run_cannot_be_held_against_a_single_run():
    assert agreement(0.9, prediction_interval([0.9])) is Agreement.NOT_KNOWN


def test_agreement_is_written_from_the_published_figures_side():
    assert [str(one) for one in Agreement] == [
        "agrees", "published is higher", "published is lower", "too wide to tell", "not known",
        "not judged",
    ]  # fmt: skip
