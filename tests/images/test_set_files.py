"""A split's rows and digest, and files of sets that repeat byte for byte."""

import errno
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import damage
from glyph_transfer.errors import InputError
from glyph_transfer.images import sets

# --- split


def test_rows_are_chosen_in_all_three_arrays(image_set):
    rows = np.array([7, 2, 9])
    chosen = image_set.train[rows]
    assert len(chosen) == 3
    for part in ("images", "labels", "index"):
        np.testing.assert_array_equal(
            getattr(chosen, part), [getattr(image_set.train, part)[row] for row in rows]
        )


def test_digest_changes_with_a_pixel_a_label_and_the_order(image_set):
    split = image_set.train
    images, labels = split.images.copy(), split.labels.copy()
    images[-1, -1, -1] ^= 1
    labels[-1] ^= 1
    others = [replace(split, images=images), replace(split, labels=labels)]
    others.append(split[np.arange(len(split))[::-1]])
    assert len({split.digest, *(other.digest for other in others)}) == 4


def test_digest_is_that_of_the_content(image_set):
    """Not of the layout in memory: a view and a copy are the same images."""
    split = image_set.train
    transposed_twice = np.asfortranarray(split.images)
    assert replace(split, images=transposed_twice).digest == split.digest
    assert replace(split, index=split.index + 1).digest == split.digest


# --- files


@pytest.fixture
def saved(image_set, tmp_path):
    path = tmp_path / "glyphs.npz"
    sets.save(image_set, path)
    return path


def test_whatever_is_wrong_with_a_zip_is_told_as_one_error(saved):
    for content in damage.zips(saved.read_bytes()):
        saved.write_bytes(content)
        with pytest.raises(InputError, match=r"glyphs\.npz: not a readable set of images"):
            sets.load(saved)


def test_a_set_takes_no_more_memory_than_its_file_is_long(saved):
    """Ten megabytes of zeros in ten kilobytes: what is compressed is not of this program."""
    arrays = dict(np.load(saved)) | {"train_images": np.zeros((10_000_000, 1), np.uint8)}
    np.savez_compressed(saved, **arrays)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="compressed"):
            sets.load(saved)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_loaded_set_is_the_saved_one(image_set, saved):
    loaded = sets.load(saved)
    assert loaded.classes == ("F", "L", "q")
    assert loaded.n_classes == 3
    for name in sets.SPLITS:
        found, expected = getattr(loaded, name), getattr(image_set, name)
        assert found.digest == expected.digest
        for part, dtype in {"images": "u1", "labels": "u1", "index": "i4"}.items():
            np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
            assert getattr(found, part).dtype == dtype


def test_equal_sets_are_equal_bytes(saved, tmp_path):
    sets.save(sets.load(saved), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()
    times = {entry.date_time for entry in zipfile.ZipFile(saved).infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_a_missing_set_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.npz: not found\. `dvc repro`"):
        sets.load(tmp_path / "absent.npz")


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_set_is_named(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"glyphs\.npz: not a readable set .*make repro"):
        sets.load(saved)


def test_a_set_with_a_changed_byte_is_named(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(content)
    with pytest.raises(InputError, match=r"glyphs\.npz: not a readable set"):
        sets.load(saved)


def test_a_set_without_an_array_is_named(saved):
    with np.load(saved) as whole:
        arrays = {name: whole[name] for name in whole if name != "test_labels"}
    np.savez(saved, **arrays)
    with pytest.raises(InputError, match=r"glyphs\.npz: .*test_labels"):
        sets.load(saved)


def test_a_set_with_pickled_objects_is_refused(saved):
    """Unpickling runs whatever the file says."""
    with np.load(saved) as whole:
        arrays = {name: whole[name] for name in whole}
    np.savez(saved, **arrays | {"train_images": np.array([object()])})
    with pytest.raises(InputError, match=r"glyphs\.npz: .*[Oo]bject arrays"):
        sets.load(saved)


def test_an_array_of_another_kind_is_named(saved):
    """NumPy reads a single array under any name, and gives no archive for it."""
    with open(saved, "wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match=r"glyphs\.npz: not a readable set"):
        sets.load(saved)


def test_a_full_disk_leaves_the_old_set(image_set, saved, monkeypatch):
    def fill(path, **_):
        path.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    before = saved.read_bytes()
    monkeypatch.setattr(np, "savez", fill)
    with pytest.raises(OSError, match="No space"):
        sets.save(image_set, saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["glyphs.npz"]
