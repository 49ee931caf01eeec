"""EMNIST's Matlab files: a struct `dataset` of structs train and test of images and labels."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.io

from glyph_transfer.images.formats._bytes import CHUNK_BYTES, KEYS, Arrays, parsing, wrong


def read(paths: Mapping[str, Path]) -> Arrays:
    """Read the file under `all`."""
    path = paths["all"]
    with parsing(path, "Matlab 5 data with EMNIST's struct `dataset`"):
        _check_mat(path)
        dataset = scipy.io.loadmat(path, variable_names=["dataset"])["dataset"]
        arrays = {}
        for key in KEYS:
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
            raise wrong(path, "another header", "that of little-endian Matlab 5 data")
        while tag := file.read(8):
            kind, size = struct.unpack("<II", tag)
            if kind != compressed:
                raise wrong(path, "uncompressed data", "data saved with compression (-v7)")
            stream = zlib.decompressobj()
            while size and (chunk := file.read(min(size, CHUNK_BYTES))):
                stream.decompress(chunk)
                size -= len(chunk)
            if size or not stream.eof:
                raise wrong(path, "a file that is cut off", "a whole one")
