"""Raw files, `source.json`, and what is logged of them."""

import gzip

import numpy as np
import pytest
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, sha256
from glyph_transfer.images import catalogue, formats
from glyph_transfer.layout import raw_folder, record_file
from glyph_transfer.stages import download
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A user's folder with a tiny MNIST and a tiny EMNIST Letters, neither the official one."""
    rng = np.random.default_rng(0)
    for role in ("digits", "letters"):
        published = catalogue.ROLES[role]
        n = 2 * len(published.classes)
        labels = np.arange(n, dtype=np.uint8) // 2 + np.uint8(published.first_label)
        for key, file in published.forms[0].files.items():
            images = rng.integers(0, 256, (n, 28, 28), np.uint8)
            content = idx(labels if key.endswith("labels") else images)
            (tmp_path / file.name).write_bytes(content)
    monkeypatch.setenv("GLYPH_TRANSFER_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("project")
def test_an_embedded_role_is_written_with_its_checksum():
    download.main("embedded", "digits")
    folder = raw_folder("embedded", "digits")
    source = read_json(folder / "source.json")
    assert (source["role"], source["provenance"]) == ("digits", "generated")
    (file,) = source["files"]
    assert file["sha256"] == sha256(folder / file["name"])
    assert file["size"] == (folder / file["name"]).stat().st_size
    assert {path.name for path in folder.iterdir()} == {"source.json", file["name"]}
    raw = formats.read_raw(folder, catalogue.ROLES["digits"])
    assert {split: len(labels) for split, (_, labels) in raw.items()} == {
        "train": 4000,
        "test": 1000,
    }

    record = read_record(record_file("embedded", "download_digits"))
    assert record.tags["provenance"] == "generated"
    assert record.params == {"sha256 digits.npz": file["sha256"]}
    assert record.metrics == {"bytes": file["size"]}
    assert store.read(record).tags["stage"] == "download"

    download.main("embedded", "digits")
    assert read_json(folder / "source.json") == source


def test_allowed_local_files_are_unofficial_everywhere(project, local):
    download.main("official", "letters")
    folder = raw_folder("official", "letters")
    source = read_json(folder / "source.json")
    assert source["provenance"] == "unofficial"
    assert len(source["files"]) == 4
    for file in source["files"]:
        assert file["sha256"] == sha256(folder / file["name"]) == sha256(local / file["name"])
    record = read_record(record_file("official", "download_letters"))
    run = MlflowClient().get_run(store.read(record).run_id)
    assert run.data.tags["provenance"] == "unofficial"
    assert str(project) not in (folder / "source.json").read_text()


def test_local_files_that_are_not_allowed_are_refused_and_leave_nothing(project, local):
    with pytest.raises(InputError, match=rf"(?s){local}.*set allow_unofficial for digits"):
        download.main("official", "digits")
    assert not list((project / "data" / "official").rglob("*digits*.json"))
    assert not (raw_folder("official", "digits") / "source.json").exists()
