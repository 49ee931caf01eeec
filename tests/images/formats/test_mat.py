"""MAT files of EMNIST's structure; others are refused before they are parsed."""

import dataclasses
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import scipy.io

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats import mat, read_raw
from raw_files import LETTERS, as_published, mat_struct, say, write

SMALL = dataclasses.replace(LETTERS, train_size=500, test_size=100)


@pytest.mark.parametrize(
    "content",
    [
        {"something": 1},
        {"dataset": np.zeros((3, 784), np.uint8)},
        {"dataset": {"train": 1, "test": 2}},
        {"dataset": {"train": {"images": {"a": 1}, "labels": 1}}},
    ],
)
def test_mat_with_another_structure_is_refused(tmp_path, content):
    scipy.io.savemat(tmp_path / "emnist-letters.mat", content, do_compression=True)
    say(tmp_path, "mat")
    with pytest.raises(InputError, match=r"emnist-letters\.mat.*EMNIST's struct `dataset`"):
        read_raw(tmp_path, LETTERS)


def test_mat_that_is_not_compressed_is_refused(tmp_path, splits):
    """One changed byte in such a file crashes scipy's parser, and the interpreter with it."""
    struct = mat_struct(as_published(splits, LETTERS))
    scipy.io.savemat(tmp_path / "emnist-letters.mat", {"dataset": struct})
    say(tmp_path, "mat")
    with pytest.raises(InputError, match=r"found uncompressed data, expected .* \(-v7\)"):
        read_raw(tmp_path, LETTERS)


def test_mat_is_checked_before_it_is_parsed(tmp_path, splits, monkeypatch):
    path = write(tmp_path, LETTERS, "mat", as_published(splits, LETTERS))["all"]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # the last byte of the checksum: all that is parsed is intact
    path.write_bytes(content)
    monkeypatch.setattr(mat, "_elements", lambda *_: pytest.fail("parsed"))
    with pytest.raises(InputError, match="incorrect data check"):
        read_raw(tmp_path, LETTERS)


def compressed(path, *arrays):
    """A file of arrays of which each is given as it is when inflated."""
    content = b"MATLAB 5.0".ljust(124) + b"\0\1IM"
    for packed in map(zlib.compress, arrays):
        content += struct.pack("<II", 15, len(packed)) + packed
    path.write_bytes(content)


def peak_while_refused(folder, match):
    """Bytes that refusing the file of letters in a folder takes at most."""
    say(folder, "mat")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=match):
            read_raw(folder, SMALL)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_file_that_inflates_to_a_large_one_is_refused_on_the_way(tmp_path):
    compressed(tmp_path / "emnist-letters.mat", bytes(200_000_000))
    assert peak_while_refused(tmp_path, "more than") < 20_000_000


def test_a_struct_that_declares_many_elements_takes_nothing(tmp_path):
    """scipy takes 6.7 GB for the elements of one that are not there."""

    def element(kind, content):
        return struct.pack("<II", kind, len(content)) + content.ljust(-(-len(content) // 8) * 8)

    head = element(6, struct.pack("<II", 2, 0)) + element(5, struct.pack("<ii", 30_000, 30_000))
    fields = element(1, b"dataset") + struct.pack("<HHi", 5, 4, 8) + element(1, b"train\0\0\0")
    compressed(tmp_path / "emnist-letters.mat", element(14, head + fields))
    assert peak_while_refused(tmp_path, "not a struct of one element") < 5_000_000


def test_numbers_are_read_as_scipy_reads_them(tmp_path, splits):
    """Labels as Matlab's doubles, which it stores as bytes where those will do."""
    arrays = as_published(splits, LETTERS)
    arrays |= {name: arrays[name].astype(float) for name in arrays if name.endswith("labels")}
    path = write(tmp_path, LETTERS, "mat", arrays)["all"]
    read = scipy.io.loadmat(path)["dataset"]
    for key, (_, found) in mat.read({"all": path}, 10**6).items():
        split, content = key.split("_")
        np.testing.assert_array_equal(found, read[split][0, 0][content][0, 0])


def test_mat_with_objects_for_images_is_refused(tmp_path, splits):
    struct = mat_struct(as_published(splits, LETTERS))
    struct["train"]["images"] = np.full((52, 784), None, dtype=object)
    struct["train"]["images"][:] = [[np.uint8(1)]]
    scipy.io.savemat(tmp_path / "emnist-letters.mat", {"dataset": struct}, do_compression=True)
    say(tmp_path, "mat")
    with pytest.raises(InputError, match=r"mat \(train images\): found .* expected numbers"):
        read_raw(tmp_path, LETTERS)
