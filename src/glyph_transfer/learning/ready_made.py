"""The weights of a ready-made source's networks in one file, half as precise as they were."""

import io
import zipfile
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import reading, replacing
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import models
from glyph_transfer.learning.backend import keras
from glyph_transfer.protocol.ready_made import Card


def save(networks: list[models.Weights], path: Path) -> None:
    """Write networks' weights as float16, whole or not at all; equal weights give equal bytes."""
    arrays = {
        f"{number}/{layer}/{position}": array.astype(np.float16)
        for number, weights in enumerate(networks)
        for layer, own in weights.items()
        for position, array in enumerate(own)
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def load(card: Card, path: Path) -> list[keras.Sequential]:
    """Build the networks that a card describes, with the weights of their file.

    Args:
        card: of the networks.
        path: of their weights, whose digest has been held to the card's.

    Raises:
        InputError: where the network of this name takes other images or has other layers, or
            another number of classes; or where there are more or fewer than the card says.
    """
    if card.input != [SIZE, SIZE]:
        raise InputError(
            f"{path}: takes images of the shape {card.input}, but ours are {[SIZE, SIZE]}"
        )
    given = _read(path, _most_bytes(card))
    if len(given) != card.networks:
        raise InputError(f"{path}: has {len(given)} networks, but its card says {card.networks}")
    return [_built(card, weights, path) for weights in given]


def _most_bytes(card: Card) -> int:
    """Give the bytes that a file of a card's networks may inflate to: twice theirs, and 1 MB."""
    network = models.build(card.model, len(card.classes))
    arrays = [array for own in models.get_weights(network).values() for array in own]
    return 2**20 + 2 * card.networks * sum(2 * array.size for array in arrays)


def _built(card: Card, weights: models.Weights, path: Path) -> keras.Sequential:
    network = models.build(card.model, len(card.classes))
    expected = {name: [a.shape for a in own] for name, own in models.get_weights(network).items()}
    found = {name: [array.shape for array in own] for name, own in weights.items()}
    if found != expected:
        raise InputError(
            f"{path}: has weights of the shapes {found}, but those of {card.model} with "
            f"{len(card.classes)} classes are {expected}"
        )
    models.set_weights(network, weights)
    return network


def _read(path: Path, most_bytes: int) -> list[models.Weights]:
    """Read the weights of networks, in their order, from a file that inflates to no more."""
    networks: dict[str, models.Weights] = {}
    with reading(path, "readable weights of networks", "Restore it from Git."):
        content = io.BytesIO(path.read_bytes())
        with zipfile.ZipFile(content) as archive:
            if sum(member.file_size for member in archive.infolist()) > most_bytes:
                raise InputError(
                    f"{path}: inflates to more than the {most_bytes:,} bytes that the weights of "
                    "its card's networks need. Restore it from Git."
                )
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
        content.seek(0)
        with np.load(content, allow_pickle=False) as arrays:
            for name in arrays:
                number, layer, _ = name.split("/")
                weights = networks.setdefault(number, {})
                weights.setdefault(layer, []).append(arrays[name].astype(np.float32))
    return list(networks.values())
