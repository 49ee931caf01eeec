"""Faults of YAML files, each with where it stands."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from glyph_transfer.errors import InputError
from glyph_transfer.protocol.by_corpus import Place, same

_LONGEST = 200  # characters of a place or a value in a message


def validated(kind: type, values: object, path: Path, place: Place = same) -> object:
    """Give what a file says as a frozen object; InputError with every fault that it has.

    Args:
        kind: of the object.
        values: that YAML holds, for one corpus.
        path: of the file.
        place: from where a value stands among these to where it stands in the file.
    """
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(fault, place)}" for fault in error.errors())
        raise InputError(f"{path}: {error.error_count()} fault(s)\n{faults}") from None


def _fault(fault: dict, place: Place) -> str:
    keys = tuple(key for key in fault["loc"] if not str(key).startswith("<"))  # tags of kinds
    where = _short(".".join(map(str, place(keys))) or "the file")
    found = fault["input"]
    shown = "" if isinstance(found, dict | list) else f", found {_short(repr(found))}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    return f"{where}: {fault['msg']}{shown}"


def _short(text: str) -> str:
    """Give a text on one line, cut where it would fill a page."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
