"""MATLAB's files of level 5 (-v6, -v7) -> arrays by name, without scipy's parser.

scipy trusts the bytes: a changed one in a file that is not compressed crashes the interpreter,
and a declared size is allocated. Here every length is held against the bytes that are there. The
format is MathWorks' "MAT-File Format"; of `categorical` arrays, whose form is not published,
what is used is that their names and codes follow each other among the file's properties.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError

MOST_BYTES = 1 << 30
"""Of one variable, decompressed."""

_TYPES = {
    1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8",
    13: "<u8", 16: "u1", 17: "<u2", 18: "<u4",
}  # fmt: skip
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR, _OPAQUE = 1, 2, 4, 17
_NUMBERS = range(6, 16)
_UTF8 = 16
_DEEPEST = 8

Value = np.ndarray | list | dict


class _CutOffError(Exception):
    """Fewer bytes are there than are declared."""


def read(path: Path) -> dict[str, np.ndarray]:
    """Arrays of numbers and texts; those inside structs as `struct.field`.

    Returns:
        Numbers as they are stored, with MATLAB's shape; texts as str arrays (n,); of a
        `categorical` array, its values as texts (n,).

    Raises:
        InputError: no such file, damaged, or saved as -v7.3 or -v4.
    """
    with open(path, "rb") as stream:
        header = stream.read(128)
        if header[126:] != b"IM":
            kind = "-v7.3 (HDF5)" if header.startswith(b"MATLAB 7.3") else "another format"
            raise InputError(
                f"{path}: found {kind}, expected MATLAB data of level 5; save it in MATLAB with "
                "save(..., '-v7'), or as .npz"
            )
        try:
            return _flat(_variables(stream))
        except (_CutOffError, zlib.error, struct.error, ValueError, KeyError) as error:
            raise InputError(
                f"{path}: damaged or cut off ({error or type(error).__name__}); replace it"
            ) from error


def _variables(stream) -> dict[str, Value]:
    named, hidden, objects = {}, [], {}
    while tag := stream.read(8):
        kind, size = struct.unpack("<II", tag)
        content = stream.read(size)
        if len(content) < size:
            raise _CutOffError(f"{len(content):,} of {size:,} bytes are there")
        if kind == _COMPRESSED:
            kind, content = next(_elements(_inflated(content)))
        if kind != _MATRIX:
            continue
        name, value = _matrix(content, 0)
        if isinstance(value, _Object):
            objects[name] = value.number
        elif name:
            named[name] = value
        else:
            hidden.append(value)
    categories = [pair for value in hidden for pair in _categories(value)]
    for name, number in objects.items():
        if 0 < number <= len(categories):
            named[name] = categories[number - 1]
    return named


def _inflated(content: bytes) -> bytes:
    stream = zlib.decompressobj()
    result = stream.decompress(content, MOST_BYTES)
    if stream.unconsumed_tail:
        raise _CutOffError(f"a variable of more than {MOST_BYTES:,} bytes")
    if not stream.eof:
        raise _CutOffError("compressed data that does not end")
    return result


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and data of the elements that follow each other in `content`."""
    start, view = 0, memoryview(content)
    while start + 8 <= len(view):
        kind, size = struct.unpack("<II", view[start : start + 8])
        if kind >> 16:  # a small element has both in the first word
            kind, size, data = kind & 0xFFFF, kind >> 16, start + 4
            end = start + 8
            if size > 4:
                raise _CutOffError("a small element of more than 4 bytes")
        else:
            data = start + 8
            end = data + size + (-size % 8 if kind != _COMPRESSED else 0)
        if data + size > len(view):
            raise _CutOffError(f"{len(view) - data:,} of {size:,} bytes are there")
        yield kind, bytes(view[data : data + size])
        start = end


class _Object:
    """An object of a class that MATLAB stores elsewhere in the file."""

    def __init__(self, number: int) -> None:
        self.number = number


def _matrix(content: bytes, depth: int) -> tuple[str, Value | _Object | None]:
    """Name and value of one matrix element."""
    if not content or depth > _DEEPEST:
        return "", None
    elements = _elements(content)
    flags = np.frombuffer(next(elements, (0, b""))[1], "<u4")
    if not flags.size:
        raise _CutOffError("a matrix without flags")
    kind = int(flags[0] & 0xFF)
    if kind == _OPAQUE:
        return _opaque([*elements], depth)
    shape = _numbers(*next(elements, (5, b""))).astype(int).tolist()
    name = next(elements, (1, b""))[1].decode("utf-8", "replace")
    if not shape or min(shape) < 0:
        raise _CutOffError("a matrix without a shape")
    if kind == _CELL:
        return name, [_matrix(data, depth + 1)[1] for _, data in elements]
    if kind == _STRUCT:
        return name, _struct(elements, depth)
    stored = next(elements, (2, b""))
    if kind == _CHAR and stored[0] == _UTF8:
        text = stored[1].decode("utf-8", "replace")
        return name, np.array([text]) if shape[0] == 1 else None
    values = _numbers(*stored)
    if values.size != np.prod(shape, dtype=float):
        if kind == _CHAR:
            return name, None
        raise _CutOffError(f"{values.size:,} values for the shape {shape}")
    if kind == _CHAR:
        rows = values.reshape(shape, order="F").reshape(shape[0], -1)
        texts = np.array(["".join(map(chr, row)).rstrip() for row in rows.tolist()], dtype=str)
        return name, texts
    if kind in _NUMBERS:
        return name, values.reshape(shape, order="F")
    return name, None


def _numbers(kind: int, data: bytes) -> np.ndarray:
    if kind not in _TYPES:
        raise _CutOffError(f"an element of type {kind}")
    dtype = np.dtype(_TYPES[kind])
    return np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)


def _struct(elements: Iterator[tuple[int, bytes]], depth: int) -> dict[str, Value]:
    """Fields of a struct; of an array of structs, of its first."""
    length = int(_numbers(*next(elements, (5, b"")))[:1].sum())
    names = next(elements, (1, b""))[1]
    if length <= 0:
        return {}
    fields = [
        names[i : i + length].split(b"\0")[0].decode("utf-8", "replace")
        for i in range(0, len(names), length)
    ]
    return {
        field: _matrix(data, depth + 1)[1]
        for field, (_, data) in zip(fields, elements, strict=False)
    }


def _opaque(elements: list[tuple[int, bytes]], depth: int) -> tuple[str, Value | _Object | None]:
    """An object: its number in the file, or the file's store of all objects."""
    texts = [data.decode("latin-1") for kind, data in elements if kind == 1]
    values = [_matrix(data, depth + 1)[1] for kind, data in elements if kind == _MATRIX]
    if "FileWrapper__" in texts and values:
        return "", values[0]
    (name, *_) = texts or [""]
    numbers = values[0] if values and isinstance(values[0], np.ndarray) else np.zeros(0)
    return name, _Object(int(numbers.ravel()[-2]) if numbers.size >= 5 else 0)


def _categories(hidden: Value | None) -> Iterator[np.ndarray]:
    """Values of the `categorical` arrays in the store of objects, in their order."""
    if isinstance(hidden, np.ndarray) and hidden.dtype == np.uint8:
        # the store is a file of its own in a row of bytes, behind a header of 8
        store = next(_elements(hidden.tobytes(order="F")[8:]), (0, b""))
        yield from _categories(_matrix(store[1], 1)[1] if store[0] == _MATRIX else None)
    elif isinstance(hidden, dict):
        for value in hidden.values():
            yield from _categories(value if isinstance(value, dict | list) else None)
    elif isinstance(hidden, list):
        for names, codes in pairwise(hidden):
            texts = _texts(names)
            if texts is None or not isinstance(codes, np.ndarray) or codes.dtype.kind not in "ui":
                continue
            if codes.size and codes.min() > 0 and codes.max() <= len(texts):
                yield texts[codes.ravel(order="F").astype(int) - 1]


def _texts(value: Value | None) -> np.ndarray | None:
    """A cell of texts as a str array (n,)."""
    if not isinstance(value, list) or not value:
        return None
    parts = [v[0] for v in value if isinstance(v, np.ndarray) and v.dtype.kind == "U" and v.size]
    return np.array(parts, dtype=str) if len(parts) == len(value) else None


def _flat(named: dict[str, Value], prefix: str = "") -> dict[str, np.ndarray]:
    arrays = {}
    for name, value in named.items():
        if isinstance(value, dict):
            arrays |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, np.ndarray):
            arrays[prefix + name] = value
        elif (texts := _texts(value)) is not None:
            arrays[prefix + name] = texts
    return arrays
