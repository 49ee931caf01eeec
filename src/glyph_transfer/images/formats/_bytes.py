"""What the readers of all forms share: their errors, and arrays out of streams of bytes."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from glyph_transfer.errors import InputError

CHUNK_BYTES = 1 << 20

KEYS = ("train_images", "train_labels", "test_images", "test_labels")

Arrays = dict[str, tuple[str, np.ndarray]]
"""What a reader gives: for each of `KEYS`, where the array was found (for messages) and the
array as it was stored."""


def wrong(where: object, found: str, expected: str) -> InputError:
    return InputError(
        f"{where}: found {found}, expected {expected}; replace the file, or remove it and run "
        "the download stage again"
    )


@contextmanager
def parsing(where: object, expected: str) -> Iterator[None]:
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
        raise wrong(where, found, expected) from error


def read_array(
    stream: BinaryIO, where: object, most: int, shape: tuple[int, ...], dtype: np.dtype
) -> np.ndarray:
    """The array that fills the rest of `stream`, if that is as long as its header says.

    Memory grows with the bytes that are there, whatever the header declares; more than `most`
    numbers, which the role's images cannot be, are refused before any is read.
    """
    if math.prod(shape) > most:
        raise wrong(where, f"an array of shape {shape}", f"at most {most:,} numbers")
    expected = math.prod(shape) * dtype.itemsize
    content = bytearray()
    while len(content) <= expected:
        chunk = stream.read(min(CHUNK_BYTES, expected + 1 - len(content)))
        if not chunk:
            break
        content += chunk
    if len(content) != expected:
        found = "more" if len(content) > expected else f"{len(content):,}"
        raise wrong(where, f"{found} bytes of data", f"{expected:,} for the shape {shape}")
    return np.frombuffer(content, dtype).reshape(shape)
