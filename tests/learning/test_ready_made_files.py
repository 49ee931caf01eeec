"""The ready-made sources that are committed: the very files, and networks that still see."""

from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.files import sha256
from glyph_transfer.images.embedded import characters, digits, glyphs
from glyph_transfer.layout import ready_made_file
from glyph_transfer.learning import ready_made
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import params
from glyph_transfer.protocol.ready_made import read_card

REPOSITORY = Path(__file__).parents[2]
SHIPPED = params.load(REPOSITORY / "params.yaml")
NAMED = [
    (model, source)
    for model, sources in SHIPPED.pretrain.items()
    for source in sources
    if SHIPPED.is_ready_made(model, source)
]
CARDS = sorted((REPOSITORY / "data" / "pretrained").glob("*.json"))


@pytest.mark.skipif(not CARDS, reason="no source network has been made a ready-made one yet")
@pytest.mark.parametrize(("model", "source"), NAMED)
def test_every_one_that_is_named_is_there_with_its_card(model, source, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    card = SHIPPED.pretraining(model, source).card(model, source)
    assert (card.model, card.source) == (model, source)
    assert card.accuracy_low <= card.accuracy <= card.accuracy_high


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_file_is_that_of_its_card(path):
    assert sha256(path.with_suffix(".npz")) == read_card(path).sha256


def test_all_together_are_small():
    assert sum(path.with_suffix(".npz").stat().st_size for path in CARDS) <= 8_000_000


def few_images(source):
    """Two of every class: drawn letters, and real digits."""
    if source == "digits":
        images, labels = digits.load()
        rows = np.concatenate([np.flatnonzero(labels == label)[:2] for label in range(10)])
        return images[rows], labels[rows]
    labels = np.tile(np.arange(26, dtype=np.uint8), 2)
    return glyphs.generate(characters("letters"), labels, np.random.default_rng(0)), labels


@pytest.mark.parametrize("path", [p for p in CARDS if p.stem.endswith(("-letters", "-digits"))])
def test_a_network_knows_a_few_images(path, monkeypatch):
    """The digits are among those it has learned, the letters are drawn: far above guessing."""
    monkeypatch.chdir(REPOSITORY)
    card = read_card(path)
    networks = ready_made.load(card, ready_made_file(card.model, card.source))
    images, labels = few_images(card.source)
    for network in networks:
        right = Trainer(network).predict(images).argmax(1) == labels
        assert right.mean() >= (0.9 if card.source == "digits" else 0.5)
