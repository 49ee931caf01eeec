"""The weights of ready-made source networks: half as precise as they were trained, in one file."""

import io
import zipfile
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import models
from glyph_transfer.learning.backend import keras
from glyph_transfer.protocol.ready_made import Card


def save(network: keras.Sequential, path: Path) -> None:
    """Write a network's weights as float16, whole or not at all; equal weights give equal bytes."""
    weights = models.get_weights(network)
    arrays = {
        f"{layer}/{number}": array.astype(np.float16)
        for layer, own in weights.items()
        for number, array in enumerate(own)
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def load(card: Card, path: Path) -> keras.Sequential:
    """Build the network that a card describes, with the weights of its file.

    Args:
        card: of the network.
        path: of its weights, whose digest has been held to the card's.

    Raises:
        InputError: where the network of this name takes other images or has other layers, or
            another number of classes.
    """
    if card.input != [SIZE, SIZE]:
        raise InputError(
            f"{path}: takes images of the shape {card.input}, but ours are {[SIZE, SIZE]}"
        )
    network = models.build(card.model, len(card.classes))
    given = _read(path)
    expected = {name: [a.shape for a in own] for name, own in models.get_weights(network).items()}
    found = {name: [array.shape for array in own] for name, own in given.items()}
    if found != expected:
        raise InputError(
            f"{path}: has weights of the shapes {found}, but those of {card.model} with "
            f"{len(card.classes)} classes are {expected}"
        )
    models.set_weights(network, given)
    return network


def _read(path: Path) -> models.Weights:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            weights: models.Weights = {}
            for name in arrays:
                weights.setdefault(name.rpartition("/")[0], []).append(
                    arrays[name].astype(np.float32)
                )
            return weights
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not readable weights of a network ({error})") from None
