"""Ready-made sources in params.yaml, and their cards."""

import hashlib
import json
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from glyph_transfer.protocol.ready_made import ReadyMade, read_card

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
CARD = {
    "model": "tominet", "source": "letters", "networks": 2, "sha256": DIGEST, "input": [28, 28],
    "classes": ["A", "B"], "provenance": "unofficial",
    "files": [{"role": "letters", "name": "letters.gz", "sha256": "0" * 64, "official": False}],
    "licence": "none stated", "training": {"epochs": 3, "patience": None}, "seed": 1,
    "commit": "abc", "minutes": 2.5, "machine": "two cores", "accuracy": 0.9,
    "accuracy_low": 0.8, "accuracy_high": 0.95, "test_images": 20,
}  # fmt: skip


@pytest.fixture
def pretrained(tmp_path, monkeypatch):
    """A folder with one ready-made source; gives what writes its card anew."""
    monkeypatch.chdir(tmp_path)
    folder = Path("data", "pretrained")
    folder.mkdir(parents=True)
    (folder / "tominet-letters.npz").write_bytes(CONTENT)

    def write(**change):
        (folder / "tominet-letters.json").write_text(json.dumps(CARD | change))
        return folder

    write()
    return write


@pytest.mark.usefixtures("pretrained")
def test_a_card_is_read_where_the_file_is_the_one_that_is_expected():
    card = ReadyMade(ready_made=DIGEST).card("tominet", "letters")
    assert (card.classes, card.accuracy, card.files[0].official) == (["A", "B"], 0.9, False)


@pytest.mark.usefixtures("pretrained")
def test_an_unknown_one_lists_those_there_are():
    with pytest.raises(
        InputError, match=r"no ready-made source 'tominet-fashion'.*: tominet-letters"
    ):
        ReadyMade(ready_made=DIGEST).card("tominet", "fashion")


@pytest.mark.usefixtures("pretrained")
def test_a_card_of_too_few_networks_is_refused():
    assert ReadyMade(networks=2, ready_made=DIGEST).card("tominet", "letters").networks == 2
    with pytest.raises(InputError, match=r"has 2 networks, but params\.yaml takes 3"):
        ReadyMade(networks=3, ready_made=DIGEST).card("tominet", "letters")


@pytest.mark.usefixtures("pretrained")
def test_a_changed_file_is_refused(pretrained):
    folder = pretrained()
    (folder / "tominet-letters.npz").write_bytes(CONTENT + b" ")
    with pytest.raises(InputError, match=f"has the SHA-256 .* but params.yaml expects {DIGEST}"):
        ReadyMade(ready_made=DIGEST).card("tominet", "letters")


def test_a_card_of_another_file_is_refused(pretrained):
    pretrained(sha256="1" * 64)
    with pytest.raises(InputError, match=r"tominet-letters\.json expects 1111"):
        ReadyMade(ready_made=DIGEST).card("tominet", "letters")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(CARD | {"accuracy": 9}), "accuracy: Input should be less than or equal to 1"),
        (json.dumps({k: v for k, v in CARD.items() if k != "licence"}), "licence: Field required"),
        ("{", "not the card of a ready-made source"),
    ],
)
def test_what_is_no_card_is_told(tmp_path, content, message):
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(InputError, match=message):
        read_card(tmp_path / "card.json")


# --- params.yaml

TRAINED = """\
      letters: {optimizer: adam, learning_rate: 0.001, batch_size: 8,
                batch_norm_momentum: 0.9, epochs: 2, patience: 1}
"""


def test_a_study_rests_on_no_images_of_a_ready_made_source(written, settings):
    """Nor does its provenance: that is on the card."""
    ready = params.load(written(TRAINED, f"      letters: {{ready_made: {DIGEST}}}\n"))
    assert settings.roles_of(settings.study("few")) == ["digits", "letters"]
    assert ready.roles_of(ready.study("few")) == ["digits"]
    assert ready.is_ready_made("tominet", "letters")
    assert not settings.is_ready_made("tominet", "letters")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            TRAINED,
            "      letters: {ready_made: abc}\n",
            r"letters\.ready_made: String should match",
        ),
        (
            TRAINED,
            f"      letters: {{ready_made: {DIGEST}, epochs: 3}}\n",
            r"pretrain\.embedded\.tominet\.letters\.epochs: unknown key",
        ),
        ("      letters: {optimizer", "      high: {optimizer", "unknown role"),
        (
            "subsets:\n",
            "unions: {digits: [letters, fashion]}\nsubsets:\n",
            "'digits' under .* is another set's name",
        ),
        ("subsets:\n", "unions: {both: [letters]}\nsubsets:\n", r"unions\.both: .*at least 2"),
        ("subsets:\n", "unions: {both: [letters, high]}\nsubsets:\n", r"unions\.both\.1: .*role"),
    ],
)
def test_mistakes_name_where_they_are(written, old, new, message):
    with pytest.raises(InputError, match=message):
        params.load(written(old, new))


def test_a_union_can_be_a_source_and_rests_on_all_its_roles(written):
    path = written("subsets:\n", "unions: {characters: [letters, digits]}\nsubsets:\n")
    text = path.read_text().replace("      letters: {optimizer", "      characters: {optimizer")
    path.write_text(text.replace("sources: [letters]", "sources: [characters]"))
    settings = params.load(path)
    assert settings.roles_of(settings.study("few")) == ["digits", "letters"]
    assert settings.parts_of("characters") == ["letters", "digits"]
