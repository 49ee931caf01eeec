"""Which sets of images there are: roles, some classes of one, or several together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from glyph_transfer.images import roles
from glyph_transfer.protocol.parts import Schema


def known_role(name: str) -> str:
    if name not in roles.names():
        known = ", ".join(f"'{role}'" for role in roles.names())
        raise ValueError(f"unknown role; those with a file in images/roles are {known}")
    return name


Role = Annotated[str, AfterValidator(known_role)]


Fault = Literal["ink", "scale", "untrained", "leak", "labels", "filled", "sideways"]
"""What may be wrong with images that are not the published ones: `pictures.sanity.SERIOUS`."""


class SetParams(Schema):
    """How a role's published training split is divided; without `train`, all that is left.

    `allow_unofficial` says what files that are not the published ones hold: `published`, the
    published images all the same, or `true`, other images, against which nothing published is
    held. `false` refuses them. `allow` lists what may be wrong with such files all the same.
    """

    train: PositiveInt | None = None
    validation: PositiveInt
    allow_unofficial: bool | Literal["published"] = False
    allow: list[Fault] = Field(default_factory=list)


class Subset(Schema):
    """A set that is some classes of a role, labelled from 0 in the order given."""

    role: Role
    classes: Annotated[list[str], Field(min_length=2)]

    @model_validator(mode="after")
    def _each_class_once(self) -> "Subset":
        for name in self.classes:
            if self.classes.count(name) > 1:
                raise ValueError(f"the class '{name}' is named more than once")
        return self


Union = Annotated[list[Role], Field(min_length=2)]
"""Roles whose images are one set: classes and images of each after those of the one before."""
