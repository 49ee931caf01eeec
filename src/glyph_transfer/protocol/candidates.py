"""How hyper-parameters are searched: their bounds, and candidates between these.

A hyper-parameter that is a field of a phase, such as its learning rate, is the phase's; any other
is the network's, whose function has an argument of that name.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, PositiveInt, TypeAdapter, ValidationError, model_validator

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, reading
from glyph_transfer.protocol.parts import Phase, Schema

SMALLEST_POPULATION = 5  # of SciPy's differential evolution
Range = Annotated[tuple[float, float], Field(strict=False)]  # YAML has lists alone


class Candidate(Mapping[str, float]):
    """A choice of hyper-parameters, name -> value, in the order of the names; not to be changed."""

    def __init__(self, values: Mapping[str, float]):
        self._values = dict(sorted(values.items()))

    def __getitem__(self, name: str) -> float:
        """Give the value of a hyper-parameter."""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the hyper-parameters."""
        return len(self._values)

    def __hash__(self) -> int:
        """Hash names and values."""
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        """Show names and values."""
        return f"Candidate({self._values})"

    @property
    def of_phases(self) -> dict[str, float]:
        """Those that its training has in all phases."""
        return {name: value for name, value in self.items() if name in Phase.model_fields}

    @property
    def of_network(self) -> dict[str, float]:
        """Those that its network is built with."""
        return {name: value for name, value in self.items() if name not in Phase.model_fields}


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest value of each hyper-parameter, which are among the candidates.

    Attributes:
        ranges: hyper-parameter -> lowest and highest value.
        log: hyper-parameters that are searched by their logarithm.

    Raises:
        InputError: where there is no range, a lowest value is above the highest, or one is not
            a number that its logarithm or a phase can be made of.
    """

    ranges: dict[str, tuple[float, float]]
    log: tuple[str, ...] = ()

    def __post_init__(self):
        """Check the bounds; those of a network's own are checked where it is built."""
        if not self.ranges:
            raise InputError("a search needs the bounds of one hyper-parameter at least")
        for name in self.log:
            if name not in self.ranges:
                raise InputError(
                    f"'log' names '{name}', but there are bounds of {', '.join(self.ranges)}"
                )
        for name, (low, high) in self.ranges.items():
            if not (low <= high and math.isfinite(high) and math.isfinite(low)):
                raise _refused(name, low, high, "finite, and the first not above the second")
            if name in self.log and low <= 0:
                raise _refused(name, low, high, "above 0 to be searched by their logarithm")
            if name in Phase.model_fields:
                _check_phase(name, low, high)

    @property
    def names(self) -> list[str]:
        """Hyper-parameters, in the order of their names, in which candidates have them."""
        return sorted(self.ranges)

    @property
    def corners(self) -> tuple[Candidate, Candidate]:
        """Candidates of all lowest and of all highest values."""
        return tuple(Candidate({n: ends[i] for n, ends in self.ranges.items()}) for i in (0, 1))


def _check_phase(name: str, low: float, high: float) -> None:
    """Raise InputError where a phase cannot have these values of a field."""
    field = Phase.model_fields[name]
    allowed = TypeAdapter(Annotated[field.annotation, *field.metadata], config={"strict": True})
    for value in (low, high):
        try:
            allowed.validate_python(value)
        except ValidationError as error:
            expected = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise _refused(name, low, high, expected) from None


def _refused(name: str, low: float, high: float, expected: str) -> InputError:
    return InputError(
        f"the bounds of {name} are {low} and {high}, but have to be {expected}; params.yaml has "
        "them under 'search'"
    )


class Search(Schema):
    """How hyper-parameters are searched; see `search/evolution.py`.

    Any other key than these is a hyper-parameter, with its lowest and highest value.

    Attributes:
        target: set that every candidate is trained on.
        validation: share of its training images that is held back, to score them on.
        n_train: how many of the rest they are trained on, the first ones.
        epochs, batch_size: of every trial.
        population: trials of a generation.
        generations: after the first.
        log: hyper-parameters that are searched by their logarithm.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Range] = Field(init=False)

    target: str
    validation: Annotated[float, Field(gt=0, lt=1)]
    n_train: PositiveInt
    epochs: PositiveInt
    batch_size: PositiveInt
    population: Annotated[int, Field(ge=SMALLEST_POPULATION)]
    generations: Annotated[int, Field(ge=0)]
    log: list[str] = Field(default_factory=list)

    @property
    def bounds(self) -> Bounds:
        """Bounds of the candidates."""
        return Bounds(dict(self.model_extra), tuple(self.log))

    @property
    def trials(self) -> int:
        """How many trials there are in all generations."""
        return self.population * (1 + self.generations)

    @model_validator(mode="after")
    def _bounds_can_be_trained(self) -> "Search":
        try:
            _ = self.bounds
        except InputError as error:
            raise ValueError(str(error)) from None
        return self


def load(path: Path) -> Candidate:
    """Read the candidate that the stage `search` found; InputError where there is none."""
    expected = "what a search found"
    values = read_json(path, expected)
    with reading(path, expected):
        if not (isinstance(values, dict) and all(type(v) in (int, float) for v in values.values())):
            raise ValueError(f"{values} is no mapping of names to numbers")
        return Candidate(values)
