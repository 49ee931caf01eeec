"""The ready-made sources that one's own images can start from."""

from dataclasses import dataclass

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.frozen import Frozen
from glyph_transfer.files import sha256
from glyph_transfer.layout import ready_made_card, ready_made_file
from glyph_transfer.learning import ready_made
from glyph_transfer.protocol.ready_made import Card, names, read_card


@dataclass(frozen=True)
class Source:
    """The first network of a source, with its card."""

    card: Card
    frozen: Frozen


def load_all() -> dict[str, Source]:
    """Load every ready-made source, by the name of what it was trained on.

    Those with the most classes come first: the more kinds of strokes a network has told apart,
    the further it is trusted where a user's images do not tell sources apart.

    Where there are several models of one source, names have the model before them.

    Raises:
        InputError: there is none, or one is not what its card describes.
    """
    folder = ready_made_file("any", "any").parent
    found = sorted(map(load, names(folder)), key=lambda each: -len(each.card.classes))
    if not found:
        raise InputError(
            f"{folder} has no ready-made source; take the files of this commit (`git checkout`)"
        )
    sources = [each.card.source for each in found]
    return {
        each.card.source
        if sources.count(each.card.source) == 1
        else f"{each.card.model}-{each.card.source}": each
        for each in found
    }


def load(name: str) -> Source:
    """Load the ready-made source of a name such as `glyphnet-letters`.

    Raises:
        InputError: it is not what its card describes, or has none.
    """
    model, _, source = name.partition("-")
    path, described = ready_made_file(model, source), ready_made_card(model, source)
    if not described.exists():
        raise InputError(f"{path} has no card ({described} is missing); run `git checkout` for it")
    card = read_card(described)
    if sha256(path) != card.sha256:
        raise InputError(f"{path} is not the file that {described} describes; restore it from Git")
    return Source(card, Frozen(ready_made.load(card, path)[0]))
