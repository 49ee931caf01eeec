"""What intervals show of differences and of claims; imports no NumPy, to start at once."""

from enum import StrEnum

from glyph_transfer.analysis.intervals import has_width


class DifferenceVerdict(StrEnum):
    """What the corrected interval of a paired difference shows."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no difference shown"
    ONE_DRAW = "one draw, no interval"


class ClaimVerdict(StrEnum):
    """What our draws make of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SHOWN = "not shown"
    TIMED = "timed"
    """A claim of times, which differ from run to run; the report judges it."""
    NOT_TRACKED = "not tracked"
    """A claim of times that are not known."""


def judge_difference(low: float | None, high: float | None) -> DifferenceVerdict:
    """Judge a difference by its corrected interval; an end at zero, or no width, shows nothing."""
    if low is None or high is None:
        return DifferenceVerdict.ONE_DRAW
    if not has_width(low, high):
        return DifferenceVerdict.NOT_SHOWN
    if low > 0:
        return DifferenceVerdict.BETTER
    return DifferenceVerdict.WORSE if high < 0 else DifferenceVerdict.NOT_SHOWN
