"""What a served network is sent -> pictures."""

import base64
import binascii
from typing import TYPE_CHECKING

import numpy as np

from glyph_transfer.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

EXPECTED = (
    "expected a list or a column of the bytes of picture files (in JSON as base64 text), or whole "
    "numbers 0..255 of the shape (pictures, height, width), perhaps with 1 to 4 channels"
)


def pictures_of(
    given: "pd.DataFrame | np.ndarray | list | dict | bytes | str",
) -> list[bytes | np.ndarray]:
    """Take pictures apart.

    Args:
        given: bytes, or text in base64, of picture files: one, a list, an array, or a table or
            dictionary with one column of them; or pixels of pictures of one size.

    Raises:
        InputError: it is none of these.
    """
    if hasattr(given, "columns") or isinstance(given, dict):
        names = list(getattr(given, "columns", given))
        if len(names) != 1:
            raise InputError(f"found {len(names)} columns, {EXPECTED}")
        given = np.asarray(given[names[0]])
    if isinstance(given, np.ndarray) and not given.ndim:  # MLflow makes one of a text or a number
        given = given.item()
    if isinstance(given, bytes | str):
        given = [given]
    if given is None or isinstance(given, int | float):
        raise InputError(f"found {given}, {EXPECTED}")
    if len(given) and all(isinstance(each, bytes | str) for each in given):
        return [_decoded(each) for each in given]
    try:
        pixels = np.asarray(given)
    except ValueError as error:
        raise InputError(f"found pictures of several sizes, {EXPECTED}") from error
    if pixels.ndim not in (3, 4) or pixels.dtype.kind not in "buif" or not len(pixels):
        raise InputError(f"found {pixels.dtype} of the shape {pixels.shape}, {EXPECTED}")
    return list(pixels)


def _decoded(content: bytes | str) -> bytes:
    if isinstance(content, bytes):
        return content
    try:
        return base64.b64decode(content.partition("base64,")[2] or content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"found text that is no base64, {EXPECTED}") from error
