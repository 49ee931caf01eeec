"""IDX files, zipped or not; damaged ones and others are refused."""

import gzip

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats import read_raw
from raw_files import (
    LETTERS,
    as_published,
    assert_equal,
    glyphs,
    idx_bytes,
    write,
)


def test_idx_is_unzipped_by_content_whatever_its_name(tmp_path, splits):
    """Safari unzips what it downloads and keeps the name."""
    paths = write(tmp_path, LETTERS, "idx", as_published(splits, LETTERS))
    for path in paths.values():
        path.write_bytes(gzip.decompress(path.read_bytes()))
    assert_equal(read_raw(tmp_path, LETTERS), splits)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda b: b[:-1], "found .* bytes of data, expected 40,768"),
        (lambda b: b + b"\0", "found more bytes of data, expected 40,768"),
        (lambda b: b"\0\0\x0d\x03" + b[4:], "begins with 00000d03, expected 00000803"),
        (lambda b: b[:9], "ends inside its header"),
    ],
)
def test_damaged_idx_is_refused(tmp_path, splits, damage, message):
    path = write(tmp_path, LETTERS, "idx", as_published(splits, LETTERS))["train_images"]
    path.write_bytes(gzip.compress(damage(gzip.decompress(path.read_bytes()))))
    with pytest.raises(InputError, match=f"letters-train-images.*{message}.*replace the file"):
        read_raw(tmp_path, LETTERS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing"),
        (b"<!DOCTYPE html>", "begins with 3c21444f"),
        (idx_bytes(np.zeros(0, np.uint8), (2**32 - 1, 28, 28)), "found an array of shape"),
        (idx_bytes(np.zeros((52, 28, 27), np.uint8)), r"shape \(52, 28, 27\), expected"),
        (idx_bytes(np.zeros(52, np.uint8)), r"images of shape \(52,\)"),
        (idx_bytes(np.zeros((0, 28, 28), np.uint8)), "found an empty array"),
        (idx_bytes(glyphs(51)), "found 52 labels, expected 51, one for each image"),
    ],
)
def test_idx_of_something_else_is_refused(tmp_path, splits, content, message):
    paths = write(tmp_path, LETTERS, "idx", as_published(splits, LETTERS))
    paths["train_images"].write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=f"letters-train-.*{message}.*replace the file"):
        read_raw(tmp_path, LETTERS)


def test_truncated_gzip_is_refused(tmp_path, splits):
    paths = write(tmp_path, LETTERS, "idx", as_published(splits, LETTERS))
    path = paths["test_images"]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"test-images.*EOFError"):
        read_raw(tmp_path, LETTERS)
