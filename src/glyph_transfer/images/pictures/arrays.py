"""npz, npy, idx, mat and csv files -> arrays by name; nothing is unpickled."""

import gzip
import math
import zipfile
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.formats._bytes import read_array
from glyph_transfer.images.pictures import matlab, tables

MOST_BYTES = matlab.MOST_BYTES
"""Of one array: 60,000 pictures of 128x128 pixels, or a million of 28x28."""

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_IDX_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def kind_of(name: str) -> str | None:
    """npz, npy, mat, csv or idx by a file's name; None for none of them."""
    name = name.lower()
    stem = name.removesuffix(".gz")
    if name.endswith((".npz", ".npy", ".mat")):
        return name[-3:]
    if stem.endswith((".csv", ".tsv")):
        return "csv"
    if stem.endswith((".idx", "-ubyte", ".ubyte")) or "idx1" in stem or "idx3" in stem:
        return "idx"
    return None


def read(path: Path, layout: tables.Layout) -> dict[str, np.ndarray]:
    """Arrays of a file by name: the file's own, or its stem where it holds one.

    Args:
        path: named as `kind_of` knows it.
        layout: how the rows of a csv file are to be read.

    Returns:
        Numbers of any shape, and texts; of a csv file `<stem> images` and `<stem> labels`.

    Raises:
        InputError: damaged, too large, or with objects that would have to be unpickled.
    """
    kind = kind_of(path.name)
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(path, path.stat().st_size)
        if kind == "csv":
            return tables.read(path, layout)
        if kind == "mat":
            return matlab.read(path)
        if kind == "idx":
            return {stem: _read_idx(path)}
        if kind == "npz":
            return _read_npz(path)
        with open(path, "rb") as stream:
            return {stem: _read_npy(stream, path)}
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check it") from error
    # Exception is what there is to name: zip, gzip, npy and csv parsers fail on damaged bytes
    # with errors of a dozen kinds, of which they document none.
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        raise InputError(f"{path}: cannot be read as {kind} ({reason}); replace it") from error


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            where = f"{path} ({member.filename})"
            if not member.filename.endswith(".npy"):
                continue
            if member.file_size > MOST_BYTES:
                raise _too_large(where, member.file_size)
            with archive.open(member) as stream:
                found[member.filename.removesuffix(".npy")] = _read_npy(stream, where)
    return found


def _read_npy(stream, where: object) -> np.ndarray:
    """One array in NumPy's format, without numpy.load: it trusts the declared shape."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise InputError(f"{where}: found npy data of version {version}, expected 1.0 or 2.0")
    shape, is_fortran, dtype = _HEADERS[version](stream)
    if dtype.kind not in "buifSU":
        raise InputError(
            f"{where}: found values of type {dtype}, expected numbers or texts; objects are not "
            "unpickled, since that can run any code: save plain arrays"
        )
    if is_fortran:
        values = _filled(stream, where, shape[::-1], dtype).transpose()
    else:
        values = _filled(stream, where, shape, dtype)
    return np.char.decode(values, "utf-8", "replace") if dtype.kind == "S" else values


def _read_idx(path: Path) -> np.ndarray:
    """One array in the form of MNIST's files, gzipped or not, of any of its types."""
    with open(path, "rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"  # some browsers unzip and keep the name
        plain.seek(0)
        with gzip.open(plain) if zipped else plain as stream:
            magic = stream.read(4)
            if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _IDX_TYPES:
                raise InputError(
                    f"{path}: found a file that begins with {magic.hex() or 'nothing'}, expected "
                    "idx data such as 00000803 (images) or 00000801 (labels)"
                )
            shape = np.frombuffer(stream.read(4 * magic[3]), ">u4").tolist()
            if len(shape) != magic[3]:
                raise InputError(f"{path}: ends inside its header; replace it")
            return _filled(stream, path, tuple(shape), np.dtype(_IDX_TYPES[magic[2]]))


def _filled(stream, where: object, shape: tuple, dtype: np.dtype) -> np.ndarray:
    """The array that fills the rest of a stream."""
    n_bytes = np.prod(shape, dtype=float) * dtype.itemsize
    if min(shape, default=0) < 0 or n_bytes > MOST_BYTES:
        raise _too_large(where, int(n_bytes))
    try:
        return read_array(stream, where, math.prod(shape), shape, dtype)
    except InputError as error:
        raise InputError(
            f"{where}: has more or fewer bytes than its shape {shape} needs; replace it"
        ) from error


def _too_large(where: object, n_bytes: int) -> InputError:
    return InputError(
        f"{where}: found {n_bytes:,} bytes, expected at most {MOST_BYTES:,}; divide it, or reduce "
        "the pictures to 128x128 pixels"
    )
