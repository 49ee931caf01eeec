"""How images are changed at random before a network is trained on them."""

from typing import Annotated

from pydantic import Field

from glyph_transfer.protocol.parts import Schema

NotNegative = Annotated[float, Field(ge=0)]


class Augmentation(Schema):
    """The strength of every change; each is drawn uniformly up to it, both ways.

    Attributes:
        rotation, shear: degrees, below 90.
        scale: 0.2 is from 1 / 1.2 to 1.2, along each axis by itself.
        shift: pixels, along each axis.
        elastic: pixels; the standard deviation by which control points move.
        stroke: 0 to 1; 1 is up to a pixel of ink more or less on each side of a stroke.
    """

    rotation: Annotated[float, Field(ge=0, lt=90)] = 0.0
    shear: Annotated[float, Field(ge=0, lt=90)] = 0.0
    scale: NotNegative = 0.0
    shift: NotNegative = 0.0
    elastic: NotNegative = 0.0
    stroke: Annotated[float, Field(ge=0, le=1)] = 0.0
