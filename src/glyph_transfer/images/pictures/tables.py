"""csv files of pictures: a row a picture, its label first or last, or labels in a file apart."""

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.errors import InputError

SIDES = (8, 128)
"""Least and most rows and columns of a picture."""

MOST_VALUES = 1 << 30
"""Pixels of a file, a byte each."""

_ROWS = 5_000  # read at a time
_SAMPLE = 2_000  # rows by which the column of labels is told
_LABEL_NAMES = ("label", "labels", "class", "target", "y", "character", "digit", "letter")
_INDEX_NAMES = ("", "index", "id", "unnamed: 0")


@dataclass(frozen=True)
class Layout:
    """What cannot always be told from a table.

    Attributes:
        label: `first`, `last` or `none`; None to tell it from header and values.
        width: columns of a picture, pixels; None where pictures are square.
    """

    label: str | None = None
    width: int | None = None

    def __post_init__(self) -> None:
        """Refuse other words and sizes."""
        if self.label not in (None, "first", "last", "none"):
            raise InputError(f"label is {self.label!r}, expected first, last or none")
        if self.width is not None and not (isinstance(self.width, int) and self.width > 0):
            raise InputError(f"width is {self.width!r}, expected a whole number of pixels")


def read(path: Path, layout: Layout) -> dict[str, np.ndarray]:
    """Pictures and labels of a table.

    Separated by commas, semicolons or tabs; below a header or none; perhaps with a first
    column of row numbers, if the header says so.

    Returns:
        `<stem> images` (n, h, w), uint8 or float32 where values are no whole numbers 0..255,
        and `<stem> labels` (n,) of texts, either only if it is there.

    Raises:
        InputError: no table, an uneven one, a width that fits no picture, labels that may be
            at either end.
    """
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    separator, first, second = _beginning(path)
    header = first if _is_header(first, second) else None
    n_columns = len(first)
    skipped = int(header is not None and header[0].strip().lower() in _INDEX_NAMES)
    if n_columns - skipped <= 2:
        labels = _Table(path, separator, header is not None).texts(n_columns - 1)
        return {f"{stem} labels": labels}
    table = _Table(path, separator, header is not None)
    cells = header or [""] * n_columns
    label = _label_column(table, cells, skipped, layout)
    pixels = [column for column in range(skipped, n_columns) if column != label]
    shape = _shape(path, len(pixels), layout.width)
    found = {f"{stem} images": table.pixels(pixels).reshape(-1, *shape)}
    if label is not None:
        found[f"{stem} labels"] = table.texts(label)
    return found


def _open(path: Path):
    with open(path, "rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else open(path, "rb")


def _beginning(path: Path) -> tuple[str, list[str], list[str]]:
    """The separator, and the cells of the first two lines."""
    with _open(path) as stream:
        lines = [stream.readline(1 << 20).decode("utf-8-sig", "replace") for _ in range(2)]
    first, second = (line.strip("\r\n") for line in lines)
    if not first or "\0" in first:
        raise InputError(f"{path}: found no table, expected rows of numbers")
    separator = max(",;\t", key=first.count)
    cells = [[cell.strip("\"' ") for cell in line.split(separator)] for line in (first, second)]
    return separator, *cells


def _is_header(first: list[str], second: list[str]) -> bool:
    """Whether the first line names columns: texts where the second has numbers."""
    if len(first) == 1:
        return first[0].lower() in _LABEL_NAMES
    named = [not _is_number(cell) for cell in first]
    if len(first) == 2 and len(second) == 2:
        return first[1].lower() in _LABEL_NAMES
    return sum(named) > 2 or (
        sum(named) > 0 and sum(named) > sum(not _is_number(c) for c in second)
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class _Table:
    """The rows of one file."""

    def __init__(self, path: Path, separator: str, has_header: bool) -> None:
        self.path = path
        self.options = {
            "sep": separator,
            "header": None,
            "skiprows": int(has_header),
            "encoding": "utf-8-sig",
        }

    def texts(self, column: int, most: int | None = None) -> np.ndarray:
        """One column as str (n,)."""
        with _open(self.path) as stream:
            frame = pd.read_csv(
                stream, **self.options, usecols=[column], dtype=str, nrows=most,
                keep_default_na=False,
            )  # fmt: skip
        return frame.iloc[:, 0].str.strip().to_numpy(dtype=str)

    def pixels(self, columns: list[int]) -> np.ndarray:
        """Those columns as numbers (n, k)."""
        try:
            return self._chunks(columns, np.uint8)
        except (ValueError, OverflowError):
            values = self._chunks(columns, np.float32)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
            raise InputError(f"{self.path}: row {row + 1} lacks pixels; complete or remove it")
        return values

    def _chunks(self, columns: list[int], dtype: type) -> np.ndarray:
        chunks, n_values = [], 0
        with _open(self.path) as stream:
            for chunk in pd.read_csv(
                stream, **self.options, usecols=columns, dtype=dtype, chunksize=_ROWS
            ):
                n_values += chunk.size
                if n_values > MOST_VALUES:
                    raise InputError(
                        f"{self.path}: more than {MOST_VALUES:,} pixels; divide it, or give files"
                    )
                chunks.append(chunk.to_numpy())
        return np.concatenate(chunks)


def _shape(path: Path, n_pixels: int, width: int | None) -> tuple[int, int]:
    """Height and width of pictures of so many pixels."""
    side = math.isqrt(n_pixels)
    if width is None and side * side == n_pixels:
        width = side
    low, high = SIDES
    if width and n_pixels % width == 0:
        height = n_pixels // width
        if low <= height <= high and low <= width <= high:
            return height, width
    raise InputError(
        f"{path}: found {n_pixels:,} pixels a row, expected a square of {low}x{low} to "
        f"{high}x{high}, or what `width` divides; state `width`, or whether the label is "
        "`first`, `last` or `none`"
    )


def _label_column(table: _Table, header: list[str], skipped: int, layout: Layout) -> int | None:
    """The column of labels, told by the header, the number of columns, or the values."""
    first, last = skipped, len(header) - 1
    if layout.label:
        return {"first": first, "last": last, "none": None}[layout.label]
    for column in (first, last):
        if header[column].lower() in _LABEL_NAMES:
            return column
    n = last - first + 1
    if layout.width is None and math.isqrt(n) ** 2 == n:
        return None
    if layout.width and n % layout.width == 0 and (n - 1) % layout.width:
        return None
    return _told(table, first, last)


def _told(table: _Table, first: int, last: int) -> int:
    """Which end holds labels: texts, or numbers that vary where the other's do not."""
    columns = {column: table.texts(column, _SAMPLE) for column in (first, last)}
    texts = [c for c, values in columns.items() if not all(map(_is_number, values))]
    if len(texts) == 1:
        return texts[0]
    varied = {c: 1 - np.unique(v, return_counts=True)[1].max() / len(v) for c, v in columns.items()}
    for column, other in ((first, last), (last, first)):
        # the corner of a picture is nearly always paper
        if varied[column] >= 0.1 and varied[other] < varied[column] / 2:
            return column
    raise InputError(
        f"{table.path}: labels may stand in the first column or in the last; say `label=first` or "
        "`label=last`"
    )
