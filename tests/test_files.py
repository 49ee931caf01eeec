"""Files are whole, old or absent, and never half-written."""

import errno
import hashlib
import json
import os

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, replacing, sha256, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_block_that_ends_well_replaces_the_file(tmp_path):
    path = tmp_path / "facts.json"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["facts.json"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "facts.json"
    path.write_text("old")
    with pytest.raises(type(error)), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["facts.json"]


def test_a_block_that_fails_makes_no_file(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "facts.json") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == []


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    path = tmp_path / "facts.json"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert path.read_text() == "old"


def test_a_failed_rename_leaves_no_temporary_file(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        write_text(tmp_path / "facts.json", "new")
    assert names(tmp_path) == []


def test_the_temporary_file_is_beside_the_file_and_of_its_kind(tmp_path):
    """A rename is atomic within a folder; NumPy and Keras go by the suffix."""
    with replacing(tmp_path / "tominet-letters.keras") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".keras"
        assert str(os.getpid()) in temporary.name
        temporary.touch()


def test_missing_folders_are_made(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "é")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "é".encode()


def test_json_keeps_order_and_characters(tmp_path):
    path = tmp_path / "facts.json"
    write_json(path, {"z": 1, "a": [0.1, None, "é"]})
    assert path.read_text("utf-8") == '{\n "z": 1,\n "a": [\n  0.1,\n  null,\n  "é"\n ]\n}\n'
    assert read_json(path) == {"z": 1, "a": [0.1, None, "é"]}
    assert list(json.loads(path.read_text("utf-8"))) == ["z", "a"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_without_a_number_is_refused(tmp_path, value):
    """`NaN` is no JSON: the file would be one that only Python reads."""
    path = tmp_path / "metrics.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"accuracy": value})
    assert path.read_text() == "old"
    assert names(tmp_path) == ["metrics.json"]


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc\r\n" * 100_000)
    assert sha256(path) == hashlib.sha256(b"abc\r\n" * 100_000).hexdigest()


def test_what_mends_a_damaged_file_mends_dvcs_copy_of_it_too(tmp_path):
    """`dvc repro` alone restored the same damage, for ever."""
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError, match="Remove it and run `make repro`"):
        read_json(tmp_path / "a.json")
