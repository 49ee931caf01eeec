"""What every form gives: upright images, labels from 0, or an error."""

import random

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.formats import read_raw
from raw_files import DIGITS, LETTERS, as_published, assert_equal, glyphs, upright, write


@pytest.mark.parametrize(
    ("kind", "index"), [("idx", 0), ("idx", 1), ("mat", 0), ("csv", 0)], ids=str
)
def test_published_letters_come_out_upright_and_from_zero(tmp_path, splits, kind, index):
    write(tmp_path, LETTERS, kind, as_published(splits, LETTERS), index)
    assert_equal(read_raw(tmp_path, LETTERS), splits)


@pytest.mark.parametrize("role", [ROLES["balanced"], ROLES["bymerge"]], ids=lambda r: r.name)
def test_other_emnist_splits_are_transposed_with_labels_from_zero(tmp_path, role):
    labels = np.arange(47, dtype=np.uint8)
    splits = {"train": (glyphs(47), labels), "test": (glyphs(47, 1), labels)}
    write(tmp_path, role, "idx", as_published(splits, role))
    assert_equal(read_raw(tmp_path, role), splits)


@pytest.mark.parametrize("kind", ["idx", "npz", "npy", "csv"])
@pytest.mark.parametrize("role", [DIGITS, ROLES["fashion"]], ids=lambda r: r.name)
def test_mnist_and_fashion_are_left_as_they_are(tmp_path, role, kind):
    labels = np.array([3, 1, 4, 1, 5, 9], np.uint8)
    splits = {"train": (glyphs(6), labels), "test": (glyphs(6, 1), labels[::-1])}
    write(tmp_path, role, kind, as_published(splits, role))
    assert_equal(read_raw(tmp_path, role), splits)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(26), r"found labels 0\.\.25, expected 1\.\.26 for letters"),
        (np.arange(26) + 2, r"found labels 2\.\.27, expected 1\.\.26 for letters"),
    ],
)
def test_labels_out_of_range_are_refused(tmp_path, splits, labels, message):
    arrays = as_published(splits, LETTERS) | {"test_labels": labels.astype(np.uint8)}
    write(tmp_path, LETTERS, "idx", arrays)
    with pytest.raises(InputError, match=message):
        read_raw(tmp_path, LETTERS)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "source.json: not found"),
        ("{", "source.json"),
        ('{"role": "letters"}', "source.json.*KeyError"),
        ('{"form": "jpeg"}', "letters is there as 'jpeg', expected one of idx, mat, npz, npy, csv"),
        ('{"form": "mat"}', "letters is there as 'mat', expected emnist-letters.mat in"),
    ],
)
def test_folder_without_the_files_that_it_should_hold_is_refused(tmp_path, source, message):
    if source is not None:
        (tmp_path / "source.json").write_text(source)
    with pytest.raises(InputError, match=message):
        read_raw(tmp_path, LETTERS)


def damaged(content, rng):
    """A few bytes changed, mostly near the start where the headers are, or an end cut off."""
    if rng.random() < 0.3:
        return content[: rng.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        reach = min(len(changed), rng.choice([16, 128, 1024, len(changed)]))
        changed[rng.randrange(reach)] = rng.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("kind", ["idx", "unzipped", "mat", "npz", "npy", "csv"])
def test_random_damage_is_read_validly_or_refused(tmp_path, splits, kind):
    """Nothing but InputError may come out of damaged files, whatever the parsers below do."""
    rng = random.Random(0)
    index, kind = (1, "idx") if kind == "unzipped" else (0, kind)
    arrays = upright(splits) if kind in ("npz", "npy") else as_published(splits, LETTERS)
    paths = list(write(tmp_path, LETTERS, kind, arrays, index).values())
    whole = [path.read_bytes() for path in paths]
    refused = 0
    for _ in range(60):
        victim = rng.randrange(len(paths))
        paths[victim].write_bytes(damaged(whole[victim], rng))
        try:
            read = read_raw(tmp_path, LETTERS)
        except InputError:
            refused += 1
        else:
            for images, labels in read.values():
                assert images.dtype == labels.dtype == np.uint8
                assert images.shape == (len(labels), 28, 28)
                assert images.size > 0
                assert labels.max() < 26
        paths[victim].write_bytes(whole[victim])
    assert refused > 10
