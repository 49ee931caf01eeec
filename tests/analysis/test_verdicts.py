"""What the corrected interval of a difference shows, and how verdicts are read."""

import pytest

from glyph_transfer.analysis.verdicts import (
    PRACTICAL_MARGIN,
    ClaimVerdict,
    DifferenceVerdict,
    judge_difference,
)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.02, DifferenceVerdict.BETTER),
        (0.001, 0.002, DifferenceVerdict.BETTER),
        (-0.02, -0.01, DifferenceVerdict.WORSE),
        (-0.002, -0.001, DifferenceVerdict.WORSE),
        (-0.009, 0.009, DifferenceVerdict.PRACTICALLY_EQUAL),
        (0.0, 0.009, DifferenceVerdict.PRACTICALLY_EQUAL),
        (-0.01, 0.009, DifferenceVerdict.TOO_FEW_DRAWS),
        (-0.009, 0.01, DifferenceVerdict.TOO_FEW_DRAWS),
        (0.0, 0.02, DifferenceVerdict.TOO_FEW_DRAWS),
        (-0.02, 0.0, DifferenceVerdict.TOO_FEW_DRAWS),
        (0.02, 0.02, DifferenceVerdict.TOO_FEW_DRAWS),
        (0.0, 0.0, DifferenceVerdict.TOO_FEW_DRAWS),
        (None, None, DifferenceVerdict.ONE_DRAW),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_out_zero_or_lies_within_the_margin(
    low, high, verdict
):
    assert PRACTICAL_MARGIN == 0.01
    assert judge_difference(low, high) is verdict


def test_claims_of_tables_of_earlier_versions_are_read():
    assert ClaimVerdict("not shown") is ClaimVerdict.TOO_FEW_DRAWS
    with pytest.raises(ValueError, match="shown"):
        ClaimVerdict("shown")
