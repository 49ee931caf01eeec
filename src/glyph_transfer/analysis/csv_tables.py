"""Rows of a dataclass as CSV, and back: its fields are the columns, its types say how to read.

Imports neither pandas nor TensorFlow, for programs that start at once.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from types import NoneType
from typing import TypeVar, get_args, get_type_hints

from glyph_transfer.errors import InputError
from glyph_transfer.files import reading, write_text
from glyph_transfer.protocol import Cell

Row = TypeVar("Row")


def column(name: str | None = None, *, gaps_as_floats: bool = False) -> object:
    """Describe a column whose name, or whose numbers, are written otherwise than the field's.

    `gaps_as_floats`: whole numbers and those of single precision are written as doubles where a
    row has none. Committed tables have them so.
    """
    return field(metadata={"name": name, "gaps_as_floats": gaps_as_floats})


def columns(row_type: type[Row]) -> list[str]:
    """Names of the columns of a table, as in its CSV file."""
    return [_name(each) for each in fields(row_type)]


def write_csv(path: Path, rows: list[Row], row_type: type[Row]) -> None:
    """Write a table, whole or not at all; equal rows give equal bytes."""
    values = [_texts(each, [getattr(row, each.name) for row in rows]) for each in fields(row_type)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns(row_type))
    writer.writerows(zip(*values, strict=True))
    write_text(path, text.getvalue())


def read_csv(path: Path, row_type: type[Row]) -> list[Row]:
    """Read a table that `write_csv` has written.

    Fields with a default, the last ones, are columns that tables of earlier versions lack.

    Raises:
        FileNotFoundError: where there is none.
        InputError: where it is no table, the columns are others, or a value is not what its
            column holds.
    """
    kinds = [*get_type_hints(row_type).values()]
    earlier = [_name(each) for each in fields(row_type) if each.default is MISSING]
    with (
        open(path, newline="", encoding="utf-8") as file,
        reading(path, f"a table of {row_type.__name__}", "`dvc repro` makes it again."),
    ):
        reader = csv.reader(file)
        header = next(reader, [])
        if header not in (columns(row_type), earlier):
            raise InputError(
                f"{path}: has the columns {header}, but those of a {row_type.__name__} are "
                f"{columns(row_type)}. `dvc repro` makes it again."
            )
        try:
            return [row_type(*_values(kinds[: len(header)], texts)) for texts in reader]
        except ValueError as error:
            raise InputError(
                f"{path}: line {reader.line_num} is no {row_type.__name__} ({error}). "
                "`dvc repro` makes it again."
            ) from error


def _name(column: Field) -> str:
    return column.metadata.get("name") or column.name


def _texts(column: Field, values: list[object]) -> list[str]:
    if column.metadata.get("gaps_as_floats") and None in values:
        values = [None if value is None else float(value) for value in values]
    return ["" if value is None else str(value) for value in values]


def _values(kinds: Iterable[object], texts: list[str]) -> list[object]:
    return [_value(kind, text) for kind, text in zip(kinds, texts, strict=True)]


def _value(kind: object, text: str) -> object:
    """Parse the text of a column of a type, or of a type and None."""
    options = get_args(kind)
    if NoneType in options:
        if not text:
            return None
        (kind,) = (each for each in options if each is not NoneType)
    parse = {Cell: Cell.parse, bool: _boolean, int: _whole, int | str: _size}.get(kind, kind)
    return parse(text)


def _boolean(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"'{text}' is neither True nor False")
    return text == "True"


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"'{text}' is no whole number")
    return int(number)


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text
