"""Four idx files, gzipped or not: http://yann.lecun.com/exdb/mnist/ has the format."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from glyph_transfer.images.formats._bytes import Arrays, parsing, read_array, wrong


def read(paths: Mapping[str, Path], most: int) -> Arrays:
    """Read the file of each key, an array of at most `most` numbers."""
    return {key: (str(path), _read_file(path, most)) for key, path in paths.items()}


def _read_file(path: Path, most: int) -> np.ndarray:
    with parsing(path, "idx data"), open(path, "rb") as plain:
        # by content, not by name: some browsers unzip and keep the name
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        with gzip.open(plain) if zipped else plain as stream:
            magic = stream.read(4)
            if magic not in (b"\0\0\x08\x01", b"\0\0\x08\x03"):
                expected = "00000803 (images, uint8) or 00000801 (labels, uint8)"
                raise wrong(path, f"a file that begins with {magic.hex() or 'nothing'}", expected)
            header = stream.read(4 * magic[3])
            if len(header) != 4 * magic[3]:
                raise wrong(path, "a file that ends inside its header", "a whole one")
            shape = tuple(np.frombuffer(header, ">u4").tolist())
            return read_array(stream, path, most, shape, np.dtype(np.uint8))
