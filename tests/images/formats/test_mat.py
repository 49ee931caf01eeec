"""MAT files of EMNIST's structure; others are refused before they are parsed."""

import numpy as np
import pytest
import scipy.io

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats import read_raw
from raw_files import LETTERS, as_published, mat_struct, say, write


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
    monkeypatch.setattr(scipy.io, "loadmat", lambda *_, **__: pytest.fail("parsed"))
    with pytest.raises(InputError, match="incorrect data check"):
        read_raw(tmp_path, LETTERS)


def test_mat_with_objects_for_images_is_refused(tmp_path, splits):
    struct = mat_struct(as_published(splits, LETTERS))
    struct["train"]["images"] = np.full((52, 784), None, dtype=object)
    struct["train"]["images"][:] = [[np.uint8(1)]]
    scipy.io.savemat(tmp_path / "emnist-letters.mat", {"dataset": struct}, do_compression=True)
    say(tmp_path, "mat")
    with pytest.raises(InputError, match=r"mat \(train images\): found values of type object"):
        read_raw(tmp_path, LETTERS)
