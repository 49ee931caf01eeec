"""Arrays of NumPy, of whatever shape and offset, are images or are refused."""

import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats import read_raw
from raw_files import LETTERS, assert_equal, glyphs, npy_bytes, say, upright, write


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize(("kind", "index"), [("npz", 0), ("npz", 1), ("npy", 0)])
def test_arrays_of_letters_are_upright_from_zero_or_one(tmp_path, splits, kind, index, offset):
    """26 classes seen as 0..25 or as 1..26: both are common, and only one can be meant."""
    arrays = upright(splits)
    for split in splits:
        arrays[f"{split}_labels"] = arrays[f"{split}_labels"].astype(np.int64) + offset
    write(tmp_path, LETTERS, kind, arrays, index)
    assert_equal(read_raw(tmp_path, LETTERS), splits)


def test_arrays_of_letters_without_a_or_z_are_ambiguous(tmp_path, splits):
    arrays = upright(splits)
    for split in splits:
        arrays[f"{split}_labels"] = np.clip(arrays[f"{split}_labels"], 1, 25)
    write(tmp_path, LETTERS, "npz", arrays)
    with pytest.raises(
        InputError, match=r"found labels 1\.\.25, expected all of 0\.\.25 or 1\.\.26"
    ):
        read_raw(tmp_path, LETTERS)


def test_npz_may_use_keras_names_and_flat_or_channelled_images(tmp_path, splits):
    arrays = upright(splits)
    np.savez(
        tmp_path / "letters.npz",
        x_train=arrays["train_images"].reshape(-1, 784).astype(np.float32),
        y_train=arrays["train_labels"],
        x_test=np.asfortranarray(arrays["test_images"])[..., None],
        y_test=arrays["test_labels"].astype(np.int64)[:, None],
    )
    say(tmp_path, "npz")
    assert_equal(read_raw(tmp_path, LETTERS), splits)


class Bomb:
    """Unpickling it would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["npy", "npz"])
@pytest.mark.parametrize(
    ("images", "message"),
    [
        (glyphs(52) / 255, "found fractions in .*, expected integers 0..255, not scaled"),
        (glyphs(52).astype(int) + 1, r"found values 1\.\.256, expected integers"),
        (glyphs(52).astype(int) - 1, r"found values -1\.\.254"),
        (np.full((52, 28, 28), np.nan), "found values nan"),
        (np.full((52, 28, 28), "a"), "found values of type <U1"),
        (np.zeros((52, 32, 32), np.uint8), r"shape \(52, 32, 32\), expected \(n, 28, 28\)"),
        (np.uint8(3), r"found images of shape \(\)"),
    ],
)
def test_arrays_that_are_not_images_are_refused(tmp_path, splits, kind, images, message):
    write(tmp_path, LETTERS, kind, upright(splits) | {"train_images": images})
    with pytest.raises(InputError, match=message):
        read_raw(tmp_path, LETTERS)


@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_objects_are_never_unpickled(tmp_path, splits, kind):
    bomb = np.array([Bomb(tmp_path / "exploded")], dtype=object)
    write(tmp_path, LETTERS, kind, upright(splits) | {"train_images": bomb})
    with pytest.raises(InputError, match=r"type object .* never unpickled"):
        read_raw(tmp_path, LETTERS)
    assert not (tmp_path / "exploded").exists()


def test_npz_declaring_more_than_it_holds_is_refused_without_allocating_it(tmp_path, splits):
    paths = write(tmp_path, LETTERS, "npz", upright(splits))
    header = npy_bytes(glyphs(52)).replace(b"(52, 28, 28), ", b"(9999999999999, 28, 28), ")[:128]
    header = header[:8] + len(header[10:]).to_bytes(2, "little") + header[10:]
    with zipfile.ZipFile(paths["all"], "w") as archive:
        for key, array in upright(splits).items():
            content = header if key == "train_images" else npy_bytes(array)
            archive.writestr(f"{key}.npy", content)
    with pytest.raises(
        InputError, match=r"train_images\): found an array of shape \(9999999999999, 28"
    ):
        read_raw(tmp_path, LETTERS)


def test_an_array_takes_memory_only_as_it_arrives(tmp_path, splits):
    """As many as the role may have are declared, 200 MB, and a hundred bytes are there."""
    paths = write(tmp_path, LETTERS, "npy", upright(splits))
    n = (LETTERS.train_size + LETTERS.test_size) * 2
    with open(paths["train_images"], "wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": (n, 28, 28), "fortran_order": False, "descr": "|u1"}
        )
        file.write(bytes(100))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="found 100 bytes of data"):
            read_raw(tmp_path, LETTERS)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_npz_with_other_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "letters.npz", x=1, y=2)
    say(tmp_path, "npz")
    with pytest.raises(
        InputError, match=r"found arrays x, y, expected x_train, .* or train_images"
    ):
        read_raw(tmp_path, LETTERS)
