"""Ready-made sources: networks that come with the project, and the cards that describe them."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt, ValidationError

from glyph_transfer.errors import InputError
from glyph_transfer.files import sha256
from glyph_transfer.layout import ready_made_card, ready_made_file
from glyph_transfer.protocol.parts import Schema, Text

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class TrainedOn(Schema):
    """A file that a ready-made network was trained on.

    Attributes:
        role: whose images are in it.
        name, sha256: of the file as it came.
        official: whether it is the published one.
    """

    role: str
    name: str
    sha256: Digest
    official: bool


class Card(Schema):
    """What is to be known of the networks of a ready-made source before they are used.

    Attributes:
        model, source: what they are, and what they were trained on.
        networks: how many there are.
        sha256: of the file of weights.
        input: shape of an image.
        classes: names, in the order of its outputs.
        provenance: the least official of their files: `official` or `unofficial`.
        files: that they were trained on.
        licence: what the authors of the images allow.
        training: what params.yaml said of their training.
        seed, commit, minutes, machine: of their training.
        accuracy: mean on so many test images, of the weights as they are in the file.
        accuracy_low, accuracy_high: its 95 % interval, as of every source (`scores.overall`).
    """

    model: str
    source: str
    networks: PositiveInt
    sha256: Digest
    input: list[int]
    classes: Annotated[list[str], Field(min_length=2)]
    provenance: str
    files: list[TrainedOn]
    licence: Text
    training: dict[str, object]
    seed: int
    commit: str
    minutes: float
    machine: str
    accuracy: Share
    accuracy_low: Share
    accuracy_high: Share
    test_images: PositiveInt


class ReadyMade(Schema):
    """A source whose networks are not trained, but come with the project.

    Attributes:
        networks: how many of them are taken, the first ones.
        ready_made: the digest of their weights, 32 digits of it at least.
    """

    networks: PositiveInt = 1
    ready_made: Annotated[str, Field(pattern="^[0-9a-f]{32,64}$")]

    def card(self, model: str, source: str) -> Card:
        """Read the card of the source, and hold the file of its weights to it.

        Raises:
            InputError: that lists those there are, where there is none of this name; or where
                the file of weights or the card is another, or has fewer networks.
        """
        path, described = ready_made_file(model, source), ready_made_card(model, source)
        for needed in (path, described):
            if not needed.exists():
                raise InputError(
                    f"there is no ready-made source '{model}-{source}' ({needed} is missing); "
                    f"those there are: {', '.join(names(path.parent)) or 'none'}"
                )
        card = read_card(described)
        found = sha256(path)
        for where, expected in (("params.yaml", self.ready_made), (str(described), card.sha256)):
            if not found.startswith(expected):
                raise InputError(
                    f"{path}: has the SHA-256 {found}, but {where} expects {expected}. Take the "
                    "file of this commit (`git checkout`), or correct the digest if it is to be "
                    "another network"
                )
        if card.networks < self.networks:
            raise InputError(
                f"{described}: has {card.networks} networks, but params.yaml takes {self.networks}"
            )
        return card


def read_card(path: Path) -> Card:
    """Read a card; InputError, with every fault that it has, where it is none."""
    try:
        return Card.model_validate_json(path.read_bytes())
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"{path}: not the card of a ready-made source ({faults})") from None
    except OSError as error:
        raise InputError(f"{path}: not the card of a ready-made source ({error})") from None


def names(folder: Path) -> list[str]:
    """Names, such as `glyphnet-letters`, of the ready-made networks in a folder."""
    return sorted(path.stem for path in folder.glob("*.npz"))
