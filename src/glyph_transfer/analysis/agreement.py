"""Published values, single runs each, held against ours."""

from enum import StrEnum

from glyph_transfer.analysis.intervals import Interval

INFORMATIVE = 0.1
"""Width on either side, a fraction, below which our prediction interval of an accuracy says enough
to agree with: ten points. A choice of this project.
"""


class Agreement(StrEnum):
    """Where a published value, a single run's, lies among the runs that ours lead to expect."""

    AGREES = "agrees"
    HIGHER = "published is higher"
    LOWER = "published is lower"
    TOO_WIDE = "too wide to tell"
    """Within our interval, which holds so much that it says little."""
    NOT_KNOWN = "not known"
    """One draw has no interval."""
    NOT_JUDGED = "not judged"
    """Our cell has not learned."""


def agreement(
    published: float,
    expected: Interval,
    tolerance: float = 0.0,
    informative: float | None = INFORMATIVE,
) -> Agreement:
    """Hold the value of a published run against where one more run of ours would lie.

    Args:
        published: in the units of the interval.
        expected: a prediction interval. That of a mean would be too narrow: a single run
            varies more.
        tolerance: by how much the value is uncertain, having been rounded or read off a
            chart; the interval is wider by as much on either side.
        informative: width on either side from which the interval says too little to agree with;
            None for no such width.
    """
    if expected.low is None:
        return Agreement.NOT_KNOWN
    if published > expected.high + tolerance:
        return Agreement.HIGHER
    if published < expected.low - tolerance:
        return Agreement.LOWER
    is_wide = informative is not None and (expected.high - expected.low) / 2 >= informative
    return Agreement.TOO_WIDE if is_wide else Agreement.AGREES
