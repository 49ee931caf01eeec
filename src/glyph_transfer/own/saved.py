"""The chosen network in a folder: arrays and a card, nothing that would have to be unpickled."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.recipe import Made
from glyph_transfer.files import read_json, reading, replacing, sha256, write_json
from glyph_transfer.learning import models
from glyph_transfer.learning.heads import Head
from glyph_transfer.learning.heads.head import Linear, Votes
from glyph_transfer.learning.heads.prepared import Preparation
from glyph_transfer.own.card import Card

CARD = "card.json"
NETWORK = "network.keras"
HEAD = "head.npz"


def save(made: Made, card: Card, folder: Path) -> None:
    """Write network, head and card; the card last, so that a folder with one is whole.

    Args:
        made: what the chosen recipe made of all images.
        card: without digests, which are added.
        folder: what is in it already is replaced.
    """
    (folder / CARD).unlink(missing_ok=True)
    network = made.trained if made.trained is not None else made.source.network
    models.save(network, folder / NETWORK)
    files = [NETWORK]
    if made.head is not None and made.trained is None:
        _save_head(made.head, folder / HEAD)
        files.append(HEAD)
    digests = {name: sha256(folder / name) for name in files}
    write_json(folder / CARD, card.model_copy(update={"files": digests}).model_dump(mode="json"))


def read_card(folder: Path) -> Card:
    """Read the card of a folder, and hold its files to their digests.

    Raises:
        InputError: there is no such network, or a file of it is another.
    """
    path = folder / CARD
    try:
        card = Card.model_validate(read_json(path))
    except FileNotFoundError:
        raise InputError(
            f"{folder} has no network ({CARD} is missing); `make advise IMAGES=folder` makes one"
        ) from None
    except ValueError as error:
        raise InputError(f"{path}: not the card of a network ({error}); run advise anew") from None
    for name, expected in card.files.items():
        if not (folder / name).exists() or sha256(folder / name) != expected:
            raise InputError(
                f"{folder / name}: missing, or not what {CARD} describes; run advise anew"
            )
    return card


def _save_head(head: Head, path: Path) -> None:
    solution = asdict(head.solution)
    arrays = {f"solution/{name}": np.asarray(value) for name, value in solution.items()}
    arrays |= {
        f"preparation/{name}": np.asarray(value) for name, value in asdict(head.preparation).items()
    }
    strength = np.nan if head.strength is None else head.strength
    with replacing(path) as temporary:
        np.savez(temporary, kind=np.asarray(head.kind), strength=strength, **arrays)


def load_head(path: Path) -> Head:
    """Read a head that `save` wrote; InputError where it is none."""
    with reading(path, "a head", "Run advise anew."):
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays}
        parts = {"solution": {}, "preparation": {}}
        for name, value in found.items():
            part, _, field = name.partition("/")
            if field:
                parts[part][field] = value if value.ndim else value.item()
        solution = parts["solution"]
        if "counts" in solution:
            solution["counts"] = tuple(solution["counts"].tolist())
        strength = float(found["strength"])
        return Head(
            str(found["kind"]),
            None if np.isnan(strength) else strength,
            Preparation(**parts["preparation"]),
            Votes(**solution) if "counts" in solution else Linear(**solution),
        )
