"""From raw files to one set: orientation, splits, and where the images came from."""

import gzip
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import glyph_transfer.learning
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import catalogue, sets
from glyph_transfer.images.pictures.remarks import Remark
from glyph_transfer.layout import (
    raw_folder,
    record_file,
    set_facts_file,
    set_file,
    sheet_file,
)
from glyph_transfer.stages import convert
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record

LETTERS = catalogue.ROLES["letters"]


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + np.ascontiguousarray(array).tobytes(), mtime=0)


def ls(n, seed):
    """Upright images of an L, each with a number of its own in its foot."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 3:25, 5] = 255
    images[:, 24, 6:12] = np.random.default_rng(seed).integers(1, 256, (n, 6))
    return images


@pytest.fixture(scope="module")
def published():
    """Upright images and labels from 0, in an order that is not sorted."""
    rng = np.random.default_rng(0)
    return {
        "train": (ls(78, 1), rng.permutation(np.tile(np.arange(26), 3)).astype(np.uint8)),
        "test": (ls(26, 2), rng.permutation(26).astype(np.uint8)),
    }


@pytest.fixture(scope="module")
def converted(project, published):
    """The set made of EMNIST's form of them: transposed, labels from 1."""
    folder = raw_folder("official", "letters")
    folder.mkdir(parents=True)
    for key, file in LETTERS.forms[0].files.items():
        split, content = key.split("_")
        images, labels = published[split]
        stored = labels + np.uint8(1) if content == "labels" else images.transpose(0, 2, 1)
        (folder / file.name).write_bytes(idx(stored))
    source = {
        "role": "letters",
        "provenance": "unofficial",
        "form": "idx",
        "files": [{"name": "x"}],
    }
    write_json(folder / "source.json", source)
    convert.main("official", "letters")
    assert Path.cwd() == project
    return sets.load(set_file("official", "letters"))


def test_images_come_out_upright_with_labels_from_0(converted, published):
    images, labels = published["test"]
    np.testing.assert_array_equal(converted.test.images, images)
    np.testing.assert_array_equal(converted.test.labels, labels)
    assert converted.classes == LETTERS.classes


def test_train_and_validation_are_parts_of_the_published_training_split(converted, published):
    images, labels = published["train"]
    for split in (converted.train, converted.validation):
        np.testing.assert_array_equal(split.images, images[split.index])
        np.testing.assert_array_equal(split.labels, labels[split.index])
    assert (len(converted.train), len(converted.validation)) == (40, 6)


def test_no_image_is_in_two_splits(converted):
    index = np.concatenate([converted.train.index, converted.validation.index])
    assert len(np.unique(index)) == len(index)
    images = [getattr(converted, split).images.reshape(-1, 784) for split in sets.SPLITS]
    assert len(np.unique(np.concatenate(images), axis=0)) == sum(map(len, images))


def test_facts_and_record_carry_provenance_and_digests(converted):
    facts = read_json(set_facts_file("official", "letters"))
    assert facts["provenance"] == "unofficial"
    assert facts["files"] == [{"name": "x"}]
    assert facts["classes"] == list(LETTERS.classes)
    assert facts["splits"] == {
        name: {
            "images": len(split),
            "sha256": split.digest,
            "index_sha256": sets.index_digest(split.index),
        }
        for name, split in ((name, getattr(converted, name)) for name in sets.SPLITS)
    }
    record = read_record(record_file("official", "convert_letters"))
    assert record.tags["provenance"] == "unofficial"
    assert record.metrics == {"train_images": 40, "validation_images": 6, "test_images": 26}
    assert [(d.context, d.digest) for d in record.datasets] == [
        (name, getattr(converted, name).digest) for name in sets.SPLITS
    ]
    assert store.read(record).tags["provenance"] == "unofficial"
    assert sheet_file("official", "letters").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("converted")
def test_converting_again_gives_the_same_bytes():
    files = [f("official", "letters") for f in (set_file, set_facts_file, sheet_file)]
    before = [path.read_bytes() for path in files]
    convert.main("official", "letters")
    assert [path.read_bytes() for path in files] == before


@pytest.mark.usefixtures("converted")
def test_more_images_than_there_are_is_refused_and_leaves_the_set(project):
    before = set_file("official", "letters").read_bytes()
    settings = project / "params.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("{train: 40, validation: 6,", "{train: 73, validation: 6,"))
    try:
        with pytest.raises(InputError, match=r"letters: .* 73 training and 6 .* split has 78"):
            convert.main("official", "letters")
    finally:
        settings.write_text(text)
    assert set_file("official", "letters").read_bytes() == before


@pytest.mark.usefixtures("converted")
def test_what_is_wrong_with_unofficial_images_is_refused_or_said(project, monkeypatch, capsys):
    said = [Remark("leak", "9 images of test are also in train"), Remark("untested", "no Z")]
    looks = SimpleNamespace(remarks_on=lambda *_: said)
    monkeypatch.setitem(sys.modules, "glyph_transfer.learning.unofficial", looks)
    monkeypatch.setattr(glyph_transfer.learning, "unofficial", looks, raising=False)
    before = set_file("official", "letters").read_bytes()
    with pytest.raises(InputError, match=r"(?s)9 images of test.*letters: \{allow: \[leak\]\}"):
        convert.main("official", "letters")
    assert set_file("official", "letters").read_bytes() == before
    settings, allowed = project / "params.yaml", "{allow: [leak], train: 40, validation: 6,"
    text = settings.read_text()
    settings.write_text(text.replace("{train: 40, validation: 6,", allowed))
    try:
        convert.main("official", "letters")
    finally:
        settings.write_text(text)
    printed = capsys.readouterr().err
    assert all(f"letters: {remark}" in printed for remark in said)
    facts = read_json(set_facts_file("official", "letters"))
    assert facts["remarks"] == [str(remark) for remark in said]
