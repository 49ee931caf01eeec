"""What the corrected interval of a difference shows."""

import pytest

from glyph_transfer.analysis.verdicts import DifferenceVerdict, judge_difference


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.02, DifferenceVerdict.BETTER),
        (-0.02, -0.01, DifferenceVerdict.WORSE),
        (-0.01, 0.01, DifferenceVerdict.NOT_SHOWN),
        (0.0, 0.02, DifferenceVerdict.NOT_SHOWN),
        (-0.02, 0.0, DifferenceVerdict.NOT_SHOWN),
        (0.01, 0.01, DifferenceVerdict.NOT_SHOWN),
        (None, None, DifferenceVerdict.ONE_DRAW),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_out_zero(low, high, verdict):
    assert judge_difference(low, high) is verdict
