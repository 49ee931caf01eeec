"""An interval, and when it says anything; without NumPy, for programs that start at once."""

from dataclasses import dataclass

ROUNDING = 1e-9
"""Up to which an interval has no width; in the units of its score, accuracies as fractions."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    `low` and `high` are None where there are too few values, `mean` where nothing was measured.
    """

    mean: float | None
    low: float | None
    high: float | None

    def within(self, lowest: float, highest: float | None) -> "Interval":
        """Cut the ends to what the mean can be; `highest` None is no bound."""
        if self.low is None:
            return self
        high = self.high if highest is None else min(self.high, highest)
        return Interval(self.mean, max(self.low, lowest), high)


def has_width(low: float | None, high: float | None) -> bool:
    """Whether there is an interval to conclude from.

    Where the few draws there are all differ by the same, there is no spread to take one from:
    it shrinks to a point, but for rounding, and is as good as none.
    """
    return low is not None and high is not None and high - low > ROUNDING
