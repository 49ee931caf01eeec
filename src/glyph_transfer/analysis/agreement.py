"""Published values, single runs each, held against ours."""

from enum import StrEnum

from glyph_transfer.analysis.intervals import Interval


class Agreement(StrEnum):
    """Where a published value, a single run's, lies among the runs that ours lead to expect."""

    AGREES = "agrees"
    HIGHER = "published is higher"
    LOWER = "published is lower"
    NOT_KNOWN = "not known"


def agreement(published: float, expected: Interval, tolerance: float = 0.0) -> Agreement:
    """Hold the value of a published run against where one more run of ours would lie.

    Args:
        published: in the units of the interval.
        expected: a prediction interval. That of a mean would be too narrow: a single run
            varies more.
        tolerance: by how much the value is uncertain, having been rounded or read off a
            chart; the interval is wider by as much on either side.
    """
    if expected.low is None:
        return Agreement.NOT_KNOWN
    if published > expected.high + tolerance:
        return Agreement.HIGHER
    return Agreement.LOWER if published < expected.low - tolerance else Agreement.AGREES
