"""npz, npy, idx and mat files are read whatever their arrays are called; nothing is unpickled."""

import gzip
import zipfile
from io import BytesIO

import numpy as np
import pytest
import scipy.io

from drawn_pictures import character
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import arrays, reading
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.preparation import prepare
from raw_files import idx_bytes, npy_bytes

IMAGES = np.stack([
    character("LF7"[i % 3], 28, width=2 + i % 2, shift=(i // 6, -(i // 12))) for i in range(24)
])  # fmt: skip
LABELS = np.arange(24) % 3 + 1
ALLOWED = {"allow": ("leak", "labels", "filled")}


def check(own, images=IMAGES, labels=LABELS):
    assert own.classes == tuple(str(label) for label in np.unique(labels))
    assert [own.classes[label] for label in own.labels] == [str(label) for label in labels]
    for found, given in zip(own.images, images, strict=True):
        np.testing.assert_array_equal(found, prepare(given).image)


def read(path, **options):
    return reading.read(path, Options(**ALLOWED, **options))


@pytest.mark.parametrize(
    "named",
    [
        {"images": IMAGES, "labels": LABELS},
        {"X": IMAGES, "y": LABELS},
        {"x_train": IMAGES, "y_train": LABELS.astype(np.uint8)},
        {"arr_0": IMAGES, "arr_1": LABELS},
        {"data": IMAGES.reshape(24, -1), "target": LABELS.astype(float)},
        {"images": IMAGES[..., None], "labels": LABELS[:, None]},
        {"images": IMAGES[:, None], "labels": LABELS},
        {"images": np.repeat(IMAGES[..., None], 3, 3), "labels": LABELS},
        {"images": np.moveaxis(IMAGES, 0, 2), "labels": LABELS},
        {"images": IMAGES, "labels": LABELS, "writers": LABELS + 7, "mapping": np.eye(3)},
        {"images": IMAGES, "labels": LABELS.astype(str)},
        {"images": IMAGES, "labels": LABELS.astype("S1")},
        {"images": IMAGES > 127, "labels": LABELS},
        {"images": IMAGES / 255, "labels": LABELS},
        {"images": (IMAGES / 127.5 - 1).astype(np.float32), "labels": LABELS},
        {"images": IMAGES.astype(np.uint16) * 257, "labels": LABELS},
        {"images": IMAGES // 255, "labels": LABELS},
    ],
)
def test_npz_with_arrays_of_any_name_and_shape(tmp_path, named):
    np.savez(tmp_path / "x.npz", **named)
    images = IMAGES if named.get("images", IMAGES).dtype != bool else (IMAGES > 127)
    check(read(tmp_path / "x.npz"), images)


def test_labels_in_a_column_a_class_are_numbered_from_0(tmp_path):
    np.savez(tmp_path / "x.npz", images=IMAGES, labels=np.eye(3)[LABELS - 1])
    check(read(tmp_path / "x.npz"), labels=LABELS - 1)


def test_transposed_in_one_word(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", images=IMAGES.swapaxes(1, 2), labels=LABELS)
    check(read(tmp_path / "x.npz", transposed=True))


@pytest.mark.parametrize("top", [1, 16])
def test_values_that_are_not_0_to_255_are_scaled_and_said(tmp_path, top):
    np.savez(tmp_path / "x.npz", images=IMAGES // 255 * top, labels=LABELS)
    own = read(tmp_path / "x.npz")
    check(own)
    assert any(r.kind == "scaled" and f"0..{top}" in r.text for r in own.remarks)


def test_train_test_and_unlabelled_by_name(tmp_path):
    named = {"x_train": IMAGES[:12], "y_train": LABELS[:12], "x_test": IMAGES[12:18],
             "y_test": LABELS[12:18], "unlabelled_images": IMAGES[18:]}  # fmt: skip
    np.savez(tmp_path / "x.npz", **named)
    own = read(tmp_path / "x.npz")
    assert [len(own.rows(s)) for s in ("train", "test", "unlabelled")] == [12, 6, 6]
    assert own.files[0] == "x_train row 1" and own.files[12] == "x_test row 1"
    np.testing.assert_array_equal(own.original(13), IMAGES[13])


def test_npy_files_beside_each_other(tmp_path):
    np.save(tmp_path / "X.npy", IMAGES)
    np.save(tmp_path / "y.npy", LABELS)
    check(read(tmp_path))
    check(read(tmp_path / "X.npy"))


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("as_folder", [True, False])
def test_idx_files_as_published(tmp_path, suffix, as_folder):
    for name, array in {
        "X_kannada_test-idx3-ubyte": IMAGES, "y_kannada_test-idx1-ubyte": LABELS.astype(np.uint8)
    }.items():  # fmt: skip
        content = idx_bytes(array)
        path = tmp_path / (name + suffix)
        path.write_bytes(gzip.compress(content) if suffix else content)
    own = read(tmp_path if as_folder else tmp_path / f"X_kannada_test-idx3-ubyte{suffix}")
    check(own)
    assert {*own.splits} == {"train"} and any(r.kind == "split" for r in own.remarks)


def test_idx_of_train_and_test(tmp_path):
    for split, n in (("train", 16), ("t10k", 8)):
        labels = LABELS[:n].astype(np.uint8)
        (tmp_path / f"{split}-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES[:n]))
        (tmp_path / f"{split}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    own = read(tmp_path)
    assert [len(own.rows(s)) for s in ("train", "test")] == [16, 8]


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("form", ["variables", "struct", "texts"])
def test_mat_files(tmp_path, compressed, form):
    stacked = np.moveaxis(IMAGES, 0, 2)
    content = {
        "variables": {"X": stacked, "y": LABELS[:, None].astype(float)},
        "struct": {"dataset": {"images": IMAGES.reshape(24, -1), "labels": LABELS[:, None]}},
        "texts": {"X": stacked[:, :, None], "labels": LABELS.astype(str).astype(object)},
    }[form]
    scipy.io.savemat(tmp_path / "x.mat", content, do_compression=compressed)
    check(read(tmp_path / "x.mat"))


def test_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    np.save(tmp_path / "x.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", images=IMAGES, labels=np.array([Trap()] * 24, dtype=object))
    for name in ("x.npy", "x.npz"):
        with pytest.raises(InputError, match=r"type object.*not unpickled"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["x.npz", "x.npy", "x.mat", "x.csv", "x-idx3-ubyte", "x.idx.gz"])
@pytest.mark.parametrize(
    "content", [b"", b"\0", b"words", b"PK\3\4", b"\x1f\x8b\x08", b"\x93NUMPY"]
)
def test_damaged_files_are_refused_by_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("shape", [(10**6, 10**6), (2**62, 4), (24, 29, 28)])
def test_a_declared_shape_takes_no_memory(tmp_path, shape):
    content = npy_bytes(IMAGES).replace(b"(24, 28, 28)", str(shape).encode(), 1)
    header = content.index(b"\n")
    wrong = content[:header].rstrip()[:117].ljust(127) + b"\n" + content[header + 1 :]
    (tmp_path / "x.npy").write_bytes(wrong)
    (tmp_path / "x-idx3-ubyte").write_bytes(idx_bytes(IMAGES, declared=(2**31, 2**15, 28)))
    for name in ("x.npy", "x-idx3-ubyte"):
        with pytest.raises(InputError, match=name):
            read(tmp_path / name)


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "MOST_BYTES", 10_000)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", npy_bytes(np.zeros((24, 28, 28), np.uint8)))
    (tmp_path / "x.npz").write_bytes(buffer.getvalue())
    (tmp_path / "x-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(IMAGES)))
    for name, n_bytes in (("x.npz", "18,944"), ("x-idx3-ubyte.gz", "18,816")):
        with pytest.raises(InputError, match=f"{n_bytes} bytes, expected at most 10,000"):
            arrays.read(tmp_path / name, Options().table)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"labels": LABELS}, r"labels \(24,\), expected pictures"),
        ({"images": IMAGES}, "no labels"),
        ({"images": IMAGES, "labels": LABELS[:9]}, "as many of both"),
        ({"images": IMAGES, "labels": LABELS, "y": LABELS}, "labels, y may be"),
        ({"images": IMAGES, "labels": LABELS + 0.5}, "fractions"),
        ({"images": np.full((24, 28, 28), np.nan), "labels": LABELS}, "no numbers"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path, named, said):
    np.savez(tmp_path / "x.npz", **named)
    with pytest.raises(InputError, match=said):
        read(tmp_path / "x.npz")


def test_files_of_several_kinds_are_not_guessed_among(tmp_path):
    np.save(tmp_path / "X.npy", IMAGES)
    np.savez(tmp_path / "x.npz", images=IMAGES, labels=LABELS)
    with pytest.raises(InputError, match=r"X\.npy, x\.npz; name one"):
        read(tmp_path)
