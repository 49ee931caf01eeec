import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from glyph_transfer.errors import InputError
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.formats import read_raw

LETTERS = ROLES["letters"]
DIGITS = ROLES["digits"]


def glyphs(n, seed=0):
    """Upright images that differ from their transpose, and hold 0 and 255."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 3:25, 5] = 255
    images[:, 24, 5:12] = np.random.default_rng(seed).integers(1, 256, (n, 7))
    return images


@pytest.fixture
def splits():
    """Letters A..Z, twice in train and once in test, with labels from 0."""
    a_to_z = np.arange(26, dtype=np.uint8)
    return {"train": (glyphs(52), np.tile(a_to_z, 2)), "test": (glyphs(26, 1), a_to_z[::-1].copy())}


def as_published(splits, role):
    """The four arrays as the role's official files hold them."""
    arrays = {}
    for split, (images, labels) in splits.items():
        arrays[f"{split}_images"] = images.transpose(0, 2, 1) if role.transposed else images
        arrays[f"{split}_labels"] = labels + np.uint8(role.first_label)
    return arrays


def upright(splits):
    return {
        f"{split}_{content}": array
        for split, pair in splits.items()
        for content, array in zip(("images", "labels"), pair, strict=True)
    }


def idx_bytes(array, declared=None):
    shape = declared or array.shape
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
    return header + np.ascontiguousarray(array).tobytes()


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def mat_struct(arrays):
    """EMNIST's structure; scipy writes nested dicts as structs, labels as columns."""
    return {
        split: {
            "images": arrays[f"{split}_images"].reshape(-1, 784),
            "labels": arrays[f"{split}_labels"].reshape(-1, 1),
            "writers": arrays[f"{split}_labels"].reshape(-1, 1),
        }
        for split in ("train", "test")
    } | {"mapping": np.zeros((26, 3), np.uint8)}


def csv_bytes(images, labels, header=None):
    rows = np.column_stack([labels, images.reshape(len(labels), -1)])
    lines = [",".join(map(str, row)) for row in rows.tolist()]
    return "\n".join([header, *lines] if header else lines).encode() + b"\n"


def names(role, kind, index=0):
    form = [form for form in role.forms if form.kind == kind][index]
    return {key: file.name for key, file in form.files.items()}


def say(folder, kind):
    (folder / "source.json").write_text(json.dumps({"form": kind}))


def write(folder, role, kind, arrays, index=0, header=None):
    """The four arrays in one of the role's forms, with the source.json that names it."""
    say(folder, kind)
    paths = {key: folder / name for key, name in names(role, kind, index).items()}
    if kind == "idx":
        for key, path in paths.items():
            zipped = path.suffix == ".gz"
            content = idx_bytes(arrays[key])
            path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    elif kind == "npy":
        for key, path in paths.items():
            np.save(path, arrays[key])
    elif kind == "npz":
        np.savez(paths["all"], **arrays)
    elif kind == "mat":
        scipy.io.savemat(paths["all"], {"dataset": mat_struct(arrays)}, do_compression=True)
    elif kind == "csv":
        for split, path in paths.items():
            images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
            path.write_bytes(csv_bytes(images, labels, header))
    return paths


def assert_equal(read, splits):
    assert list(read) == ["train", "test"]
    for split, (images, labels) in splits.items():
        for found, expected in zip(read[split], (images, labels), strict=True):
            assert found.dtype == np.uint8
            assert found.flags.c_contiguous
            np.testing.assert_array_equal(found, expected)


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


def test_idx_is_unzipped_by_content_whatever_its_name(tmp_path, splits):
    """Safari unzips what it downloads and keeps the name."""
    paths = write(tmp_path, LETTERS, "idx", as_published(splits, LETTERS))
    for path in paths.values():
        path.write_bytes(gzip.decompress(path.read_bytes()))
    assert_equal(read_raw(tmp_path, LETTERS), splits)


@pytest.mark.parametrize("header", [None, "label," + ",".join(f"pixel{i}" for i in range(784))])
def test_csv_header_is_optional_and_no_row_is_lost(tmp_path, splits, header):
    write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS), header=header)
    assert_equal(read_raw(tmp_path, LETTERS), splits)


def test_csv_with_a_byte_order_mark_keeps_its_first_row(tmp_path, splits):
    paths = write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS))
    for path in paths.values():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
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
        (idx_bytes(np.zeros(0, np.uint8), (2**32 - 1, 28, 28)), "found 0 bytes of data"),
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
        InputError, match=r"train_images\): found 0 bytes of data, expected 7,839,9"
    ):
        read_raw(tmp_path, LETTERS)


def test_npz_with_other_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "letters.npz", x=1, y=2)
    say(tmp_path, "npz")
    with pytest.raises(
        InputError, match=r"found arrays x, y, expected x_train, .* or train_images"
    ):
        read_raw(tmp_path, LETTERS)


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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b",255,", b",256,", "integers 0..255"),
        (b",255,", b",-1,", "integers 0..255"),
        (b",255,", b",0.5,", "integers 0..255"),
        (b",255,", b",,", "integers 0..255"),
        (b",255,", b",white,", "integers 0..255"),
        (b",255,", b",255,7,", "saw 786"),
        (b",255,", b",", "integers 0..255"),
        (b",", b",0,", "found 786 columns, expected 785"),
        (b",", b";", "found 784 columns, expected 785"),
    ],
)
def test_csv_rows_that_are_not_images_are_refused(tmp_path, splits, old, new, message):
    path = write(tmp_path, LETTERS, "csv", as_published(splits, LETTERS))["train"]
    first, rest = path.read_bytes().split(b"\n", 1)
    if "columns" in message:
        first = first.replace(old, new, 1)
    else:
        rest = rest.replace(old, new, 1)
    path.write_bytes(first + b"\n" + rest)
    with pytest.raises(InputError, match=f"emnist-letters-train.csv.*{message}"):
        read_raw(tmp_path, LETTERS)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "source.json: .*FileNotFoundError.*run the download stage again"),
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
