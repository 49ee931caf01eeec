"""What intervals show of differences and of claims; imports no NumPy, to start at once.

One rule for both: an interval decides where all of it lies on one side of a border, or between
two. Where it lies on a border there are too few draws, and the tables say how many would do.
"""

from enum import StrEnum

from glyph_transfer.analysis.intervals import has_width

PRACTICAL_MARGIN = 0.01
"""Below which a difference in accuracy, a fraction, does not matter in practice: one point.

A choice of this project, for all of its tables.
"""

MOST_DRAWS = 1_000
"""Up to which the number of draws that would decide a comparison is estimated."""


class DifferenceVerdict(StrEnum):
    """What the corrected interval of a paired difference shows."""

    BETTER = "better"
    WORSE = "worse"
    PRACTICALLY_EQUAL = "practically equal"
    """All of the interval is within the margin, and holds zero."""
    TOO_FEW_DRAWS = "too few draws"
    ONE_DRAW = "one draw, no interval"
    NOT_JUDGED = "not judged"
    """One of the two cells has not learned."""


class ClaimVerdict(StrEnum):
    """What our draws make of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    TOO_FEW_DRAWS = "too few draws"
    NOT_JUDGED = "not judged"
    """One of the two cells has not learned."""
    TIMED = "timed"
    """A claim of times, which differ from run to run; the report judges it."""
    NOT_TRACKED = "not tracked"
    """A claim of times that are not known."""

    @classmethod
    def _missing_(cls, value: object) -> "ClaimVerdict | None":
        """Read what tables of earlier versions have instead of `too few draws`."""
        return cls.TOO_FEW_DRAWS if value == "not shown" else None


def judge_difference(low: float | None, high: float | None) -> DifferenceVerdict:
    """Judge a difference in accuracy by its corrected interval, in fractions.

    An end at a border decides nothing, nor does an interval without width.
    """
    if low is None or high is None:
        return DifferenceVerdict.ONE_DRAW
    if not has_width(low, high):
        return DifferenceVerdict.TOO_FEW_DRAWS
    if low > 0:
        return DifferenceVerdict.BETTER
    if high < 0:
        return DifferenceVerdict.WORSE
    if max(-low, high) < PRACTICAL_MARGIN:
        return DifferenceVerdict.PRACTICALLY_EQUAL
    return DifferenceVerdict.TOO_FEW_DRAWS
