"""How advice on one's own images is found."""

from typing import Annotated

from pydantic import Field

from glyph_transfer.protocol.parts import Schema


class Own(Schema):
    """What is tried on one's own images.

    Attributes:
        recipes: names under `recipes`, the most trusted first: of those that a user's images do
            not tell apart, the first is taken.
    """

    recipes: Annotated[list[str], Field(min_length=1)]
