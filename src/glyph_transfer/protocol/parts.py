"""What a study consists of: phases of training, cells, published figures, claims."""

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

Momentum = Annotated[float, Field(ge=0, lt=1)]
LearningRate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]
Size = PositiveInt | Literal["all"]
"""Labelled images of a replicate; `all` that its target has."""

Forecast = Literal["logme", "h_score", "leep", "nce", "ridge", "ridge_r2", "knn"]
"""A score of a source before anything is trained; see `analysis.forecasts`."""

NO_SOURCE = "none"
ENSEMBLE = "ensemble"
"""What stands for the model in the cell of an ensemble."""


class Schema(BaseModel):
    """A section of a YAML file, not to be changed; unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Training(Schema):
    """What every phase of a training shares."""

    optimizer: Literal["adam", "adadelta", "momentum"]
    batch_size: PositiveInt
    batch_norm_momentum: Momentum


class Phase(Schema):
    """A stretch of training in which one set of layers learns at one rate.

    Its layers are named, or are `all` or the `head`, which is the last one. With `most_steps`, as
    many whole epochs as fit into so many steps, but one at least. In `one_cycle` the rate rises to
    `learning_rate` over the first tenth of the steps and falls to 0 over the others.
    """

    train: Literal["all", "head"] | Annotated[list[str], Field(min_length=1)]
    epochs: PositiveInt
    learning_rate: LearningRate
    most_steps: PositiveInt | None = None
    one_cycle: bool = False


class Ensemble(Schema):
    """Networks of one variant whose probabilities are averaged, draw by draw.

    Attributes:
        target: that they were trained on.
        variant: that they are of, trained from scratch.
        members: their models.
        best_of: models of which the one with the best validation accuracy is a member too.
        baseline: model that the ensemble is compared with draw by draw.
    """

    target: str
    variant: str
    members: Annotated[list[str], Field(min_length=1)]
    best_of: list[str] = []
    baseline: str


class Cell(NamedTuple):
    """What one replicate is a replicate of, written with slashes between its parts."""

    target: str
    model: str
    source: str
    variant: str
    n_train: int | str

    def __str__(self) -> str:
        """Give the form `digits/tominet/letters/head_then_finetune/100`."""
        return "/".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Read the form that `str` gives; ValueError where it is another."""
        parts = text.split("/")
        if len(parts) != len(cls._fields) or "" in parts:
            raise ValueError(f"'{text}' is no cell: {'/'.join(cls._fields)} is expected")
        *names, size = parts
        if size != "all" and not size.isdecimal():
            raise ValueError(f"the size of the cell '{text}' is '{size}', not a number or 'all'")
        return cls(*names, size if size == "all" else int(size))


class Published(Schema):
    """A figure of a published study, a single run's, and what it is held against.

    Attributes:
        cell: that repeats the run.
        score: `accuracy` and `loss` on the test images, `first_epoch_accuracy` the former after
            one epoch, `train_accuracy` that on the training images in the last one, `speedup` the
            time an image of `than` over that of `cell` in training.
        value: with the digits that are published (in quotes where the last is a zero);
            accuracies as fractions, losses in nats.
        than: of a speedup.
        about: by how much the value is uncertain, having been read off a figure.
        claim: name of the claim that it supports.
    """

    cell: str
    score: Literal["accuracy", "loss", "first_epoch_accuracy", "train_accuracy", "speedup"] = (
        "accuracy"
    )
    value: Annotated[Decimal, Field(strict=False)]
    than: str | None = None
    about: Annotated[float, Field(ge=0)] = 0.0
    claim: str | None = None

    @property
    def rounding(self) -> float:
        """Half a unit of the value's last digit."""
        return 0.5 * 10.0 ** self.value.as_tuple().exponent

    @model_validator(mode="after")
    def _a_speedup_is_over_something(self) -> "Published":
        if (self.score == "speedup") != (self.than is not None):
            raise ValueError("a 'speedup', and nothing else, names a cell under 'than'")
        return self


class Claim(Schema):
    """What an author concludes of two cells, to be tested on ours.

    Attributes:
        text: the claim, in our words.
        cell, than: the cells that it compares.
        score: that it compares them by; `time` is that of training for an image and epoch.
        expects: whether the score of `cell` is `higher` or `lower` than that of `than`, `equal`
            to it or `not_lower` but for less than the margin, or `steadier`: its standard
            deviation over draws is smaller.
        margin: of `equal` and `not_lower`, in the score's units.
    """

    text: Text
    cell: str
    than: str
    score: Literal["accuracy", "loss", "time"] = "accuracy"
    expects: Literal["higher", "lower", "equal", "not_lower", "steadier"]
    margin: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _a_margin_where_it_counts(self) -> "Claim":
        if (self.expects in ("equal", "not_lower")) != (self.margin is not None):
            raise ValueError("'equal' and 'not_lower', and nothing else, have a 'margin'")
        return self

    @model_validator(mode="after")
    def _a_time_is_lower(self) -> "Claim":
        if self.score == "time" and self.expects != "lower":
            raise ValueError(f"a 'time' can be expected to be 'lower', not '{self.expects}'")
        return self
