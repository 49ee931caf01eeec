"""When an interval says anything; without NumPy, for programs that have to start at once."""

ROUNDING = 1e-9
"""Up to which an interval has no width; in the units of its score, accuracies as fractions."""


def has_width(low: float | None, high: float | None) -> bool:
    """Whether there is an interval to conclude from.

    Where the few draws there are all differ by the same, there is no spread to take one from:
    it shrinks to a point, but for rounding, and is as good as none.
    """
    return low is not None and high is not None and high - low > ROUNDING
