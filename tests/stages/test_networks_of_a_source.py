"""A source is a sample, too: several networks, trained alike from other weights."""

from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.images import sets
from glyph_transfer.layout import record_file, source_file, source_folder
from glyph_transfer.learning import models
from glyph_transfer.stages import pretrain
from glyph_transfer.tracking.records import read_record

NAMES = ("embedded", "tominet", "letters")


@pytest.fixture
def train(project):
    """Train so many networks of the letters."""
    path = project / "params.yaml"
    text = path.read_text()

    def train(networks):
        asked = f"letters: {{networks: {networks}, optimizer"
        path.write_text(text.replace("letters: {optimizer", asked))
        pretrain.main(*NAMES)

    yield train
    path.write_text(text)


def test_networks_of_a_source_are_alike_but_for_what_is_random(train):
    """The first is what it is alone; with one asked for again, no other is left."""
    train(1)
    first = source_file(*NAMES).read_bytes()
    train(2)
    networks = [source_file(*NAMES, number) for number in (0, 1)]
    assert networks[0].read_bytes() == first != networks[1].read_bytes()
    train(1)
    assert list(source_folder(*NAMES).iterdir()) == networks[:1]


def test_the_scores_of_a_source_are_means_over_its_networks(train):
    """By hand, of two: Student's interval is 12.706 standard errors of the mean on either side."""
    train(2)
    record = read_record(record_file("embedded", "pretrain_tominet-letters"))
    first, second = (child.metrics["test_accuracy"] for child in record.children)
    test = sets.load(Path("data/embedded/sets/letters.npz")).test
    network = models.load(source_file(*NAMES, 1))
    assert second == np.mean(network(test.images).numpy().argmax(1) == test.labels)
    scores, mean = record.metrics, (first + second) / 2
    assert scores["networks"] == 2
    assert scores["test_accuracy"] == pytest.approx(mean)
    half = 12.706 * abs(first - second) / 2
    assert scores["test_accuracy_low"] == pytest.approx(max(0, mean - half), abs=1e-4)
    assert scores["test_accuracy_high"] == pytest.approx(min(1, mean + half), abs=1e-4)
    assert record.children[1].curves["train_loss"] != record.curves["train_loss"]
