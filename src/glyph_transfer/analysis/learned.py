"""Whether a cell has learned at all: of one that has not, nothing is concluded."""

from glyph_transfer.analysis.intervals import Interval

ABOVE_CHANCE = 1.5
"""How many times as high as chance the accuracy of a single draw, which has no interval, has to be.
A choice of this project.
"""


def chance_level(n_classes: int) -> float:
    """Accuracy of guessing among classes, a fraction."""
    return 1 / n_classes


def has_learned(accuracy: Interval, chance: float) -> bool:
    """Whether an accuracy is shown to be above chance: all of its interval over draws is."""
    if accuracy.low is None:
        return accuracy.mean >= ABOVE_CHANCE * chance
    return accuracy.low > chance
