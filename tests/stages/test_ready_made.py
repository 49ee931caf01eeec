"""Ready-made sources: written from a trained one, taken in its place, and refused."""

from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.commands import ready_made
from glyph_transfer.errors import InputError
from glyph_transfer.experiments.plan import plan_study
from glyph_transfer.files import read_json, sha256, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    ready_made_card,
    ready_made_file,
    record_file,
    set_facts_file,
    set_file,
    source_file,
    source_scores_file,
)
from glyph_transfer.learning import models
from glyph_transfer.protocol import params
from glyph_transfer.protocol.ready_made import read_card
from glyph_transfer.stages import pretrain, transfer
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record

NAMES = ("tominet", "letters")
FILES = [{"name": "letters.gz", "sha256": "0" * 64, "official": False, "size": 1, "origin": "here"}]
LETTERS, DIGITS = tuple("KLMNOPQRST"), tuple("ABCDEFGHIJ")


def with_facts(role, classes):
    """Complete the facts of a set as convert writes them; its classes are told apart by name."""
    path = set_facts_file("embedded", role)
    facts = read_json(path) | {"classes": list(classes), "files": FILES, "role": role}
    write_json(path, facts)


@pytest.fixture(scope="module")
def trained(project):
    """The corpus has trained its source, and it was made a ready-made one."""
    with_facts("letters", LETTERS)
    with_facts("digits", DIGITS)
    path = Path("params.yaml")
    path.write_text(path.read_text().replace("letters: {opt", "letters: {networks: 2, opt"))
    pretrain.main("embedded", *NAMES)
    ready_made.main("embedded", *NAMES)
    return project


@pytest.fixture(scope="module")
def ready(trained):
    """The corpus takes its two networks, and has no other; gives the weights of the second."""
    before = models.get_weights(models.load(source_file("embedded", *NAMES, 1)))
    text = Path("params.yaml").read_text()
    section = text[text.index("      letters: {networks") : text.index("subsets:")]
    digest = sha256(ready_made_file(*NAMES))
    Path("params.yaml").write_text(
        text.replace(section, f"      letters: {{networks: 2, ready_made: {digest}}}\n")
    )
    source_file("embedded", *NAMES).unlink()
    pretrain.main("embedded", *NAMES)
    assert trained == Path.cwd()
    return before


@pytest.mark.usefixtures("trained")
def test_a_card_says_what_a_network_is_and_where_it_came_from():
    card = read_card(ready_made_card(*NAMES))
    assert (card.model, card.source, card.sha256) == (*NAMES, sha256(ready_made_file(*NAMES)))
    assert (card.classes, card.input, card.seed) == ([*LETTERS], [28, 28], 1)
    assert (card.provenance, card.training["learning_rate"]) == ("generated", 0.01)
    assert [(f.name, f.sha256, f.official) for f in card.files] == [("letters.gz", "0" * 64, False)]
    assert card.minutes >= 0 and card.commit and card.machine and "EMNIST" in card.licence


@pytest.mark.usefixtures("trained")
def test_a_card_has_the_scores_of_the_weights_as_they_are_kept():
    card, test = read_card(ready_made_card(*NAMES)), sets.load(set_file("embedded", "letters")).test
    accuracies = []
    for number in range(2):
        network = models.load(source_file("embedded", *NAMES, number))
        for layer in network.layers:
            layer.set_weights([array.astype(np.float16) for array in layer.get_weights()])
        right = network.predict(test.images, verbose=0).argmax(1) == test.labels
        accuracies.append(right.mean())
    assert card.accuracy == pytest.approx(np.mean(accuracies))
    assert card.accuracy_low <= card.accuracy <= card.accuracy_high
    assert card.networks == 2
    assert card.test_images == 30


def test_the_corpus_has_the_networks_of_the_file(ready):
    found = models.get_weights(models.load(source_file("embedded", *NAMES, 1)))
    for name, arrays in found.items():
        for array, trained in zip(arrays, ready[name], strict=True):
            np.testing.assert_array_equal(array, trained.astype(np.float16))


@pytest.mark.usefixtures("ready")
def test_the_record_tells_that_it_is_ready_made_and_what_its_card_says():
    card, record = (
        read_card(ready_made_card(*NAMES)),
        read_record(record_file("embedded", "pretrain_tominet-letters")),
    )
    assert record.params["ready_made.sha256"] == card.sha256
    assert record.params["learning_rate"] == 0.01
    assert record.tags["provenance"] == card.provenance
    assert record.metrics == read_json(source_scores_file("embedded", *NAMES))
    assert record.metrics["test_accuracy"] == card.accuracy
    assert store.read(record).tags["source"] == "letters"


@pytest.mark.usefixtures("ready")
def test_a_study_starts_from_it_and_is_as_official_as_its_files():
    card = read_json(ready_made_card(*NAMES))
    write_json(ready_made_card(*NAMES), card | {"provenance": "unofficial"})
    transfer.main("embedded", "few")
    record = read_record(record_file("embedded", "few"))
    assert record.tags["provenance"] == "unofficial"
    assert len(record.children) == 6
    write_json(ready_made_card(*NAMES), card)


@pytest.fixture
def damaged(ready):
    """Give what changes a file, which is as it was after the test."""
    kept = {}

    def change(path, content):
        kept[path] = path.read_bytes()
        path.write_bytes(content)

    yield change
    assert ready
    for path, content in kept.items():
        path.write_bytes(content)


def assert_refused(message):
    settings = params.load(corpus="embedded")
    with pytest.raises(InputError, match=message):
        pretrain.take(settings, *NAMES)


def test_another_file_is_refused(damaged):
    damaged(ready_made_file(*NAMES), b"weights")
    assert_refused("has the SHA-256 .* but params.yaml expects")


def test_more_networks_than_the_file_has_are_refused(damaged):
    path = Path("params.yaml")
    damaged(path, path.read_bytes().replace(b"networks: 2", b"networks: 3"))
    assert_refused("has 2 networks, but params.yaml takes 3")


def test_a_card_of_other_networks_is_refused(damaged):
    path = ready_made_card(*NAMES)
    write_json(Path("card.json"), read_json(path) | {"networks": 3})
    damaged(path, Path("card.json").read_bytes())
    assert_refused("has 2 networks, but its card says 3")


def test_other_classes_are_refused(damaged):
    path = set_facts_file("embedded", "letters")
    facts = path.read_bytes()
    damaged(path, facts.replace(b'"K"', b'"Z"'))
    assert_refused(r"has the classes \['K', .* but the set 'letters' of the corpus embedded has")


def test_images_of_another_shape_are_refused(damaged):
    path = ready_made_card(*NAMES)
    write_json(Path("card.json"), read_json(path) | {"input": [32, 32]})
    damaged(path, Path("card.json").read_bytes())
    assert_refused(r"takes images of the shape \[32, 32\]")


def test_a_network_that_knows_the_targets_classes_is_refused_before_anything_trains(damaged):
    """As one of MNIST's digits, or of all characters, would be for the embedded digits."""
    path = set_facts_file("embedded", "digits")
    damaged(path, path.read_bytes().replace(b'"A"', b'"K"'))
    settings = params.load(corpus="embedded")
    with pytest.raises(
        InputError,
        match=r"'tominet-letters' has learned classes of the target 'digits' \(K\).*"
        "'digits/tominet/letters/head/10' needs another source",
    ):
        plan_study(settings, "few", settings.study("few"))


@pytest.mark.usefixtures("ready")
def test_a_ready_made_source_is_not_written_anew():
    with pytest.raises(InputError, match="takes 'tominet-letters' ready-made: train it first"):
        ready_made.main("embedded", *NAMES)
