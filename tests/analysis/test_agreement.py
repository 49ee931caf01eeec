"""Published single runs against prediction intervals, worked by hand."""

import pytest

from glyph_transfer.analysis.agreement import Agreement, agreement
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import prediction_interval

EXPECTED = Interval(0.75, 0.5, 1.0)


@pytest.mark.parametrize(
    ("published", "tolerance", "found"),
    [
        (0.75, 0.0, Agreement.AGREES),
        (0.5, 0.0, Agreement.AGREES),
        (1.0, 0.0, Agreement.AGREES),
        (0.4375, 0.0, Agreement.LOWER),
        (1.0625, 0.0, Agreement.HIGHER),
        (0.4375, 0.0625, Agreement.AGREES),
        (1.0625, 0.0625, Agreement.AGREES),
        (0.4375, 0.03125, Agreement.LOWER),
        (1.0625, 0.03125, Agreement.HIGHER),
    ],
)
def test_a_figure_agrees_within_the_interval_and_its_tolerance(published, tolerance, found):
    assert agreement(published, EXPECTED, tolerance) is found


def test_a_single_run_cannot_be_held_against_a_single_run():
    assert agreement(0.9, prediction_interval([0.9])) is Agreement.NOT_KNOWN


def test_agreement_is_written_from_the_published_figures_side():
    assert [str(one) for one in Agreement] == [
        "agrees", "published is higher", "published is lower", "not known",
    ]  # fmt: skip
