"""EMNIST's Matlab files: a struct `dataset` of structs train and test of images and labels.

Read here and not by scipy, whose parser takes the memory that a file declares, and which a
damaged tag crashes. The format is that of MathWorks, "MAT-File Format", level 5.
"""

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from glyph_transfer.images.formats._bytes import CHUNK_BYTES, KEYS, Arrays, parsing, wrong

_NUMBERS = dict(
    zip(
        (1, 2, 3, 4, 5, 6, 7, 9, 12, 13),
        ("i1", "u1", "<i2", "<u2", "<i4", "<u4", "<f4", "<f8", "<i8", "<u8"),
        strict=True,
    )
)
"""Number of a type of data -> NumPy's name of it."""

_COMPRESSED = 15
_STRUCT, _NUMERIC = 2, range(6, 16)
"""Classes of arrays."""

_ELSE_BYTES = 1 << 20
"""What may be in a file beside images and labels, its mapping and structure."""


def read(paths: Mapping[str, Path], most: int) -> Arrays:
    """Read the file under `all`, whose four arrays together have at most `most` numbers."""
    path = paths["all"]
    with parsing(path, "Matlab 5 data with EMNIST's struct `dataset`"):
        dataset = _fields(_dataset(path, most + _ELSE_BYTES))
        arrays = {}
        for key in KEYS:
            split, content = key.split("_")
            where = f"{path} ({split} {content})"
            arrays[key] = where, _numbers(_fields(dataset[split])[content], where)
        return arrays


def _dataset(path: Path, most: int) -> memoryview:
    """The array named `dataset`, inflated, of a file that is whole, by its own checksum."""
    found = None
    with open(path, "rb") as file:
        if file.read(128)[124:] != b"\0\1IM":
            raise wrong(path, "another header", "that of little-endian Matlab 5 data")
        while tag := file.read(8):
            kind, size = struct.unpack("<II", tag)
            if kind != _COMPRESSED:
                raise wrong(path, "uncompressed data", "data saved with compression (-v7)")
            content = bytearray()
            stream = zlib.decompressobj()
            while size and (chunk := file.read(min(size, CHUNK_BYTES))):
                size -= len(chunk)
                content += stream.decompress(chunk, most + 1 - len(content))
                if len(content) > most:
                    raise wrong(path, f"more than {most:,} bytes", "those of the role's images")
            if size or not stream.eof:
                raise wrong(path, "a file that is cut off", "a whole one")
            (_, matrix), *_ = _elements(memoryview(content))
            _, flags = next(_elements(matrix))
            if flags[0] == _STRUCT and bytes(_parts(matrix)[1]) == b"dataset":
                found = matrix
    if found is None:
        raise wrong(path, "no array of that name", "EMNIST's struct `dataset`")
    return found


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each element; those of four bytes and less stand in their tags."""
    start = 0
    while start < len(data):
        kind, size = struct.unpack_from("<II", data, start)
        if kind >> 16:
            kind, size, begin = kind & 0xFFFF, kind >> 16, start + 4
            start += 8
        else:
            begin = start + 8
            start = begin + size + (-size % 8)
        if begin + size > len(data):
            raise ValueError("an element is longer than what it is in")
        yield kind, data[begin : begin + size]


def _parts(matrix: memoryview) -> tuple[tuple[int, tuple[int, ...]], memoryview, list]:
    """Class and dimensions of an array, its name, and its other elements."""
    (_, flags), (_, dimensions), (_, name), *rest = _elements(matrix)
    return (flags[0], tuple(np.frombuffer(dimensions, "<i4").tolist())), name, rest


def _fields(matrix: memoryview) -> dict[str, memoryview]:
    """The fields of a struct of one element."""
    (kind, shape), _, ((_, width), (_, names), *values) = _parts(matrix)
    if kind != _STRUCT or math.prod(shape) != 1:
        raise ValueError(f"an array of class {kind} and shape {shape}, not a struct of one element")
    (width,) = struct.unpack("<i", width)
    names = [bytes(names[at : at + width]) for at in range(0, len(names), width)]
    return {
        name.rstrip(b"\0").decode(): value for name, (_, value) in zip(names, values, strict=True)
    }


def _numbers(matrix: memoryview, where: str) -> np.ndarray:
    """The numbers of an array, as they are stored."""
    (kind, shape), _, rest = _parts(matrix)
    if kind not in _NUMERIC:
        raise wrong(where, f"an array of class {kind}", "numbers in EMNIST's struct `dataset`")
    (stored, content), *_ = rest
    return np.frombuffer(content, _NUMBERS[stored]).reshape(shape, order="F")
