"""A role's images in each of the forms that its files may have."""

import gzip
import io
import json

import numpy as np
import scipy.io

from glyph_transfer.images.catalogue import ROLES

LETTERS = ROLES["letters"]
DIGITS = ROLES["digits"]


def glyphs(n, seed=0):
    """Upright images that differ from their transpose, and hold 0 and 255."""
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 3:25, 5] = 255
    images[:, 24, 5:12] = np.random.default_rng(seed).integers(1, 256, (n, 7))
    return images


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
