"""What is to be known of a network for one's own images before it is used."""

from typing import Annotated

from pydantic import Field

from glyph_transfer.protocol.parts import Schema, Text

Share = Annotated[float, Field(ge=0, le=1)]


class Card(Schema):
    """A network for one task.

    Attributes:
        task: its name.
        classes: names, in the order of the probabilities.
        input: what it takes and what is done to it, in words.
        steps: of the preparation, as `pictures.Steps` takes them.
        source, recipe: that it was made with.
        features, test_copies: layers that its head is fitted to, and changed copies of an image
            over which probabilities are averaged, by `augmentation`; of a network without a head
            the layers are empty.
        augmentation: of the copies; None without.
        accuracy, accuracy_low, accuracy_high: expected on images of the same kind, with the 95 %
            interval.
        images: that it was trained on.
        data: SHA-256 of these.
        licence: what is known of that of the source's images.
        files: name -> SHA-256.
    """

    task: Text
    classes: Annotated[list[str], Field(min_length=2)]
    input: Text
    steps: dict[str, object]
    source: str
    recipe: str
    features: list[str]
    test_copies: Annotated[int, Field(ge=0, le=1000)]
    augmentation: dict[str, float] | None
    accuracy: Share
    accuracy_low: Share
    accuracy_high: Share
    images: int
    data: str
    licence: str
    files: dict[str, str] = Field(default_factory=dict)
