"""Candidates of the search: hyper-parameters of S5's network (c), and their bounds."""

import math
from dataclasses import dataclass
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json

HIGHEST_DROPOUT = 0.99
SMALLEST_POPULATION = 5  # of SciPy's differential evolution


@dataclass(frozen=True)
class Candidate:
    """A choice of hyper-parameters, each of three significant digits.

    Attributes:
        dropout: rate before the last layer, 0 to 0.99.
        learning_rate: of Adam.
        width: factor on all filters and hidden units.
    """

    dropout: float
    learning_rate: float
    width: float

    @property
    def of_network(self) -> dict[str, float]:
        """Those that its network is built with."""
        return {"dropout": self.dropout, "width": self.width}


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest value of each hyper-parameter, which are among the candidates.

    Raises:
        InputError: where the lowest is above the highest or beyond what can be trained.
    """

    dropout: tuple[float, float]
    learning_rate: tuple[float, float]
    width: tuple[float, float]

    def __post_init__(self):
        """Check the bounds."""
        _check("dropout", self.dropout, "from 0", self.dropout[0] >= 0)
        _check(
            "dropout", self.dropout, f"up to {HIGHEST_DROPOUT}", self.dropout[1] <= HIGHEST_DROPOUT
        )
        _check("learning_rate", self.learning_rate, "above 0", self.learning_rate[0] > 0)
        _check("width", self.width, "above 0", self.width[0] > 0)


def _check(name: str, bounds: tuple[float, float], allowed: str, holds: bool) -> None:
    low, high = bounds
    if not (holds and low <= high and math.isfinite(high)):
        raise InputError(
            f"the bounds of {name} are {low} and {high}, but the values have to be {allowed} "
            "and the first not above the second; params.yaml has them"
        )


def load(path: Path) -> Candidate:
    """Read the candidate that the stage `search` found; InputError where there is none."""
    try:
        return Candidate(**read_json(path))
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `dvc repro` makes it.") from None
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path}: not what a search found ({error}). Remove it and run `dvc repro`."
        ) from error
