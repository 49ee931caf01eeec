"""Raw files of a role -> images and labels: idx, mat, npz, npy and csv.

| form | images | labels |
|---|---|---|
| idx, mat, csv | as published: EMNIST's transposed | from the role's `first_label` |
| npz, npy | upright | from 0, or from `first_label` if they span just that range |

An npz file holds x_train, y_train, x_test and y_test, as Keras publishes MNIST, or
train_images, train_labels, test_images and test_labels.
"""

import gzip
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import scipy.io

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.images.catalogue import Form, Role

_CHUNK_BYTES = 1 << 20
_CSV_ROWS = 20_000
_SPLITS = ("train", "test")
_KERAS_KEYS = {
    "train_images": "x_train",
    "train_labels": "y_train",
    "test_images": "x_test",
    "test_labels": "y_test",
}

# What a reader returns: for train_images, train_labels, test_images and test_labels, where
# the array was found (for messages) and the array as it was stored.
_Arrays = dict[str, tuple[str, np.ndarray]]


def read_raw(folder: Path, role: Role) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images and labels of the splits `train` and `test` as fetched or generated.

    Args:
        folder: raw files of the role and `source.json`, whose `form` says how to read them.
        role: its classes, orientation and first label, from the catalogue.

    Returns:
        For each split, images uint8 (n, 28, 28) in 0..255, upright, white on black, and
        labels uint8 (n,) from 0.

    Raises:
        InputError: a file is missing, damaged, or not what its form says.
    """
    folder = Path(folder)
    form = _form_in(folder, role)
    arrays = _READERS[form.kind]({key: folder / file.name for key, file in form.files.items()})
    as_published = form.kind in ("idx", "mat", "csv")
    first_label = role.first_label if as_published else _detect_first_label(arrays, role)
    splits = {}
    for split in _SPLITS:
        images = _check_images(*arrays[f"{split}_images"])
        labels = _check_labels(*arrays[f"{split}_labels"], role, first_label)
        if len(images) != len(labels):
            where = arrays[f"{split}_labels"][0]
            raise _wrong(where, f"{len(labels)} labels", f"{len(images)}, one for each image")
        if as_published and role.transposed:
            images = images.transpose(0, 2, 1)
        splits[split] = np.ascontiguousarray(images), labels
    return splits


def _wrong(where: object, found: str, expected: str) -> InputError:
    return InputError(
        f"{where}: found {found}, expected {expected}; replace the file, or remove it and run "
        "the download stage again"
    )


def _form_in(folder: Path, role: Role) -> Form:
    """The form that `source.json` names, with the file names that are in the folder."""
    path = folder / "source.json"
    with _parsing(path, "JSON with a form"):
        kind = read_json(path)["form"]
    forms = [form for form in role.forms if form.kind == kind]
    for form in forms:
        if all((folder / file.name).is_file() for file in form.files.values()):
            return form
    expected = " or ".join(", ".join(f.name for f in form.files.values()) for form in forms)
    raise InputError(
        f"{path}: says that {role.name} is there as {kind!r}, expected "
        f"{expected or 'one of ' + ', '.join(_READERS)} in {folder}; run the download stage again"
    )


@contextmanager
def _parsing(where: object, expected: str) -> Iterator[None]:
    """Turn whatever a parser makes of damaged bytes into an InputError.

    Exception is what there is to name: zip, gzip, npy and mat parsers fail on such bytes
    with errors of a dozen kinds, of which they document none.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        found = f"what cannot be read ({type(error).__name__}: {str(error).strip()})"
        raise _wrong(where, found, expected) from error


# Checks


def _check_images(where: str, values: np.ndarray) -> np.ndarray:
    """Images as uint8 (n, 28, 28)."""
    if values.shape[1:] not in ((28, 28), (784,), (28, 28, 1)):
        raise _wrong(where, f"images of shape {values.shape}", "(n, 28, 28) or (n, 784)")
    return _check_bytes(where, values).reshape(-1, 28, 28)


def _check_labels(where: str, values: np.ndarray, role: Role, first_label: int) -> np.ndarray:
    """Labels as uint8 (n,) from 0."""
    if values.shape not in ((values.size,), (values.size, 1)):
        raise _wrong(where, f"labels of shape {values.shape}", "(n,)")
    labels = _check_bytes(where, values).reshape(-1)
    last_label = first_label + len(role.classes) - 1
    if labels.min() < first_label or labels.max() > last_label:
        expected = f"{first_label}..{last_label} for {role.name}"
        raise _wrong(where, f"labels {labels.min()}..{labels.max()}", expected)
    return labels - np.uint8(first_label)


def _check_bytes(where: str, values: np.ndarray) -> np.ndarray:
    """Values as uint8, if that changes none of them and there are any."""
    if values.size == 0:
        raise _wrong(where, f"an empty array of shape {values.shape}", "images and labels")
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "buif":
        raise _wrong(where, f"values of type {values.dtype}", "numbers (nothing is unpickled)")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 255):  # in these words, because NaN is in no range
        raise _wrong(where, f"values {low}..{high}", "integers 0..255")
    whole = values.astype(np.uint8)
    if not np.array_equal(whole, values):
        raise _wrong(where, f"fractions in {low}..{high}", "integers 0..255, not scaled")
    return whole


def _detect_first_label(arrays: _Arrays, role: Role) -> int:
    """Whether labels of arrays made by others run from 0 or as in the official files."""
    if role.first_label == 0:
        return 0
    found = [arrays[f"{split}_labels"] for split in _SPLITS]
    low = min(_check_bytes(*labels).min() for labels in found)
    high = max(_check_bytes(*labels).max() for labels in found)
    for first in (0, role.first_label):
        if (low, high) == (first, first + len(role.classes) - 1):
            return first
    k = len(role.classes)
    raise InputError(
        f"{found[0][0]}: found labels {low}..{high}, expected all of 0..{k - 1} or "
        f"{role.first_label}..{role.first_label + k - 1} for {role.name}, so that the first is "
        "known; renumber them from 0 and include every class"
    )


# Readers


def _read_idx(paths: Mapping[str, Path]) -> _Arrays:
    """Four idx files, gzipped or not: http://yann.lecun.com/exdb/mnist/ has the format."""
    return {key: (str(path), _read_idx_file(path)) for key, path in paths.items()}


def _read_idx_file(path: Path) -> np.ndarray:
    with _parsing(path, "idx data"), open(path, "rb") as plain:
        # by content, not by name: some browsers unzip and keep the name
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        with gzip.open(plain) if zipped else plain as stream:
            magic = stream.read(4)
            if magic not in (b"\0\0\x08\x01", b"\0\0\x08\x03"):
                expected = "00000803 (images, uint8) or 00000801 (labels, uint8)"
                raise _wrong(path, f"a file that begins with {magic.hex() or 'nothing'}", expected)
            header = stream.read(4 * magic[3])
            if len(header) != 4 * magic[3]:
                raise _wrong(path, "a file that ends inside its header", "a whole one")
            shape = tuple(np.frombuffer(header, ">u4").tolist())
            return _read_array(stream, path, shape, np.dtype(np.uint8))


def _read_array(
    stream: BinaryIO, where: object, shape: tuple[int, ...], dtype: np.dtype, order: str = "C"
) -> np.ndarray:
    """The array that fills the rest of `stream`, if that is as long as its header says.

    Memory grows with the bytes that are there, whatever the header declares.
    """
    expected = math.prod(shape) * dtype.itemsize
    content = bytearray()
    while len(content) <= expected:
        chunk = stream.read(min(_CHUNK_BYTES, expected + 1 - len(content)))
        if not chunk:
            break
        content += chunk
    if len(content) != expected:
        found = "more" if len(content) > expected else f"{len(content):,}"
        raise _wrong(where, f"{found} bytes of data", f"{expected:,} for the shape {shape}")
    return np.frombuffer(content, dtype).reshape(shape, order=order)


def _read_npy(paths: Mapping[str, Path]) -> _Arrays:
    arrays = {}
    for key, path in paths.items():
        with _parsing(path, "npy data"), open(path, "rb") as stream:
            arrays[key] = str(path), _read_npy_stream(stream, path)
    return arrays


def _read_npz(paths: Mapping[str, Path]) -> _Arrays:
    path = paths["all"]
    with _parsing(path, "npz data"), zipfile.ZipFile(path) as archive:
        present = {name.removesuffix(".npy") for name in archive.namelist()}
        keys = _KERAS_KEYS
        if not present.issuperset(keys.values()):
            keys = {key: key for key in _KERAS_KEYS}
        if not present.issuperset(keys.values()):
            expected = f"{', '.join(_KERAS_KEYS.values())} or {', '.join(_KERAS_KEYS)}"
            raise _wrong(path, f"arrays {', '.join(sorted(present)) or 'none'}", expected)
        arrays = {}
        for key, name in keys.items():
            where = f"{path} ({name})"
            with archive.open(f"{name}.npy") as stream:
                arrays[key] = where, _read_npy_stream(stream, where)
        return arrays


def _read_npy_stream(stream: BinaryIO, where: object) -> np.ndarray:
    """One array in numpy's format, without numpy.load: it trusts the declared shape."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise _wrong(where, f"npy data of version {version}", "version (1, 0)")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in "buif" or min(shape, default=0) < 0:
        found = f"values of type {dtype} and shape {shape}"
        raise _wrong(where, found, "numbers (objects are never unpickled)")
    return _read_array(stream, where, shape, dtype, "F" if is_fortran else "C")


def _read_mat(paths: Mapping[str, Path]) -> _Arrays:
    """EMNIST's nesting: a struct `dataset` of structs train and test of images and labels."""
    path = paths["all"]
    with _parsing(path, "Matlab 5 data with EMNIST's struct `dataset`"):
        _check_mat(path)
        dataset = scipy.io.loadmat(path, variable_names=["dataset"])["dataset"]
        arrays = {}
        for key in _KERAS_KEYS:
            split, content = key.split("_")
            values = dataset[split][0, 0][content][0, 0]
            arrays[key] = f"{path} ({split} {content})", np.asarray(values)
        return arrays


def _check_mat(path: Path) -> None:
    """Refuse a mat file whose bytes are not those that were once compressed.

    scipy parses while it decompresses, and a damaged tag crashes the interpreter before the
    stream's own checksum (Adler-32) is reached. So the checksum comes first, and what is
    not compressed and therefore has none, unlike EMNIST's files, is refused.
    """
    compressed = 15
    with open(path, "rb") as file:
        if file.read(128)[124:] != b"\0\1IM":
            raise _wrong(path, "another header", "that of little-endian Matlab 5 data")
        while tag := file.read(8):
            kind, size = struct.unpack("<II", tag)
            if kind != compressed:
                raise _wrong(path, "uncompressed data", "data saved with compression (-v7)")
            stream = zlib.decompressobj()
            while size and (chunk := file.read(min(size, _CHUNK_BYTES))):
                stream.decompress(chunk)
                size -= len(chunk)
            if size or not stream.eof:
                raise _wrong(path, "a file that is cut off", "a whole one")


def _read_csv(paths: Mapping[str, Path]) -> _Arrays:
    arrays = {}
    for split, path in paths.items():
        table = _read_table(path)
        arrays[f"{split}_images"] = str(path), table[:, 1:]
        arrays[f"{split}_labels"] = str(path), table[:, 0]
    return arrays


def _read_table(path: Path) -> np.ndarray:
    """Rows of a label and 784 pixels, uint8 (n, 785), below a header row or none."""
    with _parsing(path, "rows of a label and 784 integers 0..255"):
        with open(path, "rb") as file:
            first = file.readline(_CHUNK_BYTES).split(b",")
        if len(first) != 785:
            raise _wrong(path, f"{len(first)} columns", "785: a label and 784 pixels")
        has_header = re.search(rb"[A-Za-z]", first[0]) is not None
        chunks = pd.read_csv(
            path,
            header=None,
            skiprows=int(has_header),
            dtype=np.uint8,  # refuses what does not fit, gaps and fractions included
            chunksize=_CSV_ROWS,
        )
        return np.concatenate([chunk.to_numpy() for chunk in chunks])


_READERS = {
    "idx": _read_idx,
    "mat": _read_mat,
    "npz": _read_npz,
    "npy": _read_npy,
    "csv": _read_csv,
}
