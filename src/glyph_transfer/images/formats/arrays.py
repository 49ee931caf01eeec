"""NumPy's arrays, upright: four npy files, or an npz file of four.

An npz file holds x_train, y_train, x_test and y_test, as Keras publishes MNIST, or
train_images, train_labels, test_images and test_labels.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glyph_transfer.images.formats._bytes import KEYS, Arrays, parsing, read_array, wrong

_KERAS_NAMES = dict(zip(KEYS, ("x_train", "y_train", "x_test", "y_test"), strict=True))


def read_npy(paths: Mapping[str, Path], most: int) -> Arrays:
    """Read the file of each key, an array of at most `most` numbers."""
    arrays = {}
    for key, path in paths.items():
        with parsing(path, "npy data"), open(path, "rb") as stream:
            arrays[key] = str(path), _read_stream(stream, path, most)
    return arrays


def read_npz(paths: Mapping[str, Path], most: int) -> Arrays:
    """Read the file under `all`, arrays of at most `most` numbers."""
    path = paths["all"]
    with parsing(path, "npz data"), zipfile.ZipFile(path) as archive:
        present = {name.removesuffix(".npy") for name in archive.namelist()}
        names = _KERAS_NAMES
        if not present.issuperset(names.values()):
            names = {key: key for key in KEYS}
        if not present.issuperset(names.values()):
            expected = f"{', '.join(_KERAS_NAMES.values())} or {', '.join(KEYS)}"
            raise wrong(path, f"arrays {', '.join(sorted(present)) or 'none'}", expected)
        arrays = {}
        for key, name in names.items():
            where = f"{path} ({name})"
            with archive.open(f"{name}.npy") as stream:
                arrays[key] = where, _read_stream(stream, where, most)
        return arrays


def _read_stream(stream: BinaryIO, where: object, most: int) -> np.ndarray:
    """One array in numpy's format, without numpy.load: it trusts the declared shape."""
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise wrong(where, f"npy data of version {version}", "version (1, 0)")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in "buif" or min(shape, default=0) < 0:
        found = f"values of type {dtype} and shape {shape}"
        raise wrong(where, found, "numbers (objects are never unpickled)")
    if is_fortran:
        return read_array(stream, where, most, shape[::-1], dtype).transpose()
    return read_array(stream, where, most, shape, dtype)
