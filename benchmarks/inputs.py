"""What the contenders are given: images, source network, untrained networks."""

import os
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images import catalogue, embedded, fetch, formats, sets
from glyph_transfer.protocol import params
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.seeds import generator

SEED = 2026
NETWORKS = {"tominet": 128, "cnn_s1": 512, "cnn_s4": 512, "glyphnet": 128}
"""Network -> batch size of its source training."""


OURS = {"glyphnet"}
"""Networks of which params.yaml says how their images are changed."""


def target_set(folder: Path) -> tuple[Path, str]:
    """Write digits to learn; give the set's file and what it is.

    MNIST where GLYPH_TRANSFER_DATA has it, else the embedded digits. The validation split is
    tiny, since the contenders score the test split alone.
    """
    local = os.environ.get("GLYPH_TRANSFER_DATA")
    raw = local and _mnist(folder / "raw", Path(local))
    image_set = _digits(raw) if raw else embedded_digits()
    path = folder / "digits.npz"
    sets.save(image_set, path)
    name = "MNIST" if raw else "embedded digits, for want of MNIST in GLYPH_TRANSFER_DATA"
    return path, f"{name}; {len(image_set.test):,} test images"


def embedded_digits() -> sets.ImageSet:
    """Generate the embedded digits."""
    return _digits(_by_split(embedded.generate("digits", SEED)))


def _digits(raw: dict[str, tuple[np.ndarray, np.ndarray]]) -> sets.ImageSet:
    published = {
        split: sets.Split(images, labels, np.arange(len(labels), dtype=np.int32))
        for split, (images, labels) in raw.items()
    }
    train, validation = sets.divide("digits", published["train"], 997, 10, SEED)
    return sets.ImageSet(catalogue.ROLES["digits"].classes, train, validation, published["test"])


def networks(folder: Path) -> None:
    """Write a source network, TomiNet on the embedded letters, and untrained networks."""
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Schedule, Trainer

    images, labels = _by_split(embedded.generate("letters", SEED))["train"]
    network = models.build("tominet", 26, 0.9)
    weights = models.initial_weights(network, generator(SEED, "source"))
    models.set_weights(network, weights)
    order = generator(SEED, "order")
    orders = [order.permutation(len(labels)) for _ in range(3)]
    list(Trainer(network).train(images, labels, orders, Schedule([*weights], 64, 0.001)))
    models.save(network, folder / "tominet-letters.keras")
    for name in NETWORKS:
        models.save(models.build(name, 10, 0.9), folder / f"{name}.keras")


def augmentation(network: str) -> Augmentation | None:
    """Changes of images that a source network is trained with; None for none."""
    trained = params.load(corpus="official").pretrain[network].values() if network in OURS else []
    return next((how.augmentation for how in trained), None)


def noise(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, 28, 28) and labels int32 (n,): what they show costs no time."""
    rng = generator(SEED, "noise")
    images = rng.integers(0, 256, (n, sets.SIZE, sets.SIZE), np.uint8)
    return images, rng.integers(0, 10, n, np.int32)


def _mnist(folder: Path, local: Path) -> dict | None:
    files = [path.name for path in local.rglob("*ubyte*")]
    if not any(name.startswith("t10k") for name in files):
        return None
    role = catalogue.ROLES["digits"]
    try:
        fetch.fetch_role(role, folder, folder / "downloads", local)
    except InputError:
        return None
    return formats.read_raw(folder, role)


def _by_split(arrays: dict[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        split: (arrays[f"{split}_images"], arrays[f"{split}_labels"]) for split in ("train", "test")
    }
