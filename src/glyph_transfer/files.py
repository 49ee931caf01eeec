"""Whole files or none: atomic writes, digests, and what cannot be read."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.errors import InputError

if TYPE_CHECKING:
    import numpy as np


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds.

    A block that fails, whatever the reason (no space left included), leaves `path` as
    it was and removes the temporary file. Missing parent folders are created. The
    temporary name keeps the suffix, which some writers look at.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write `content` as indented JSON with a final newline, whole or not at all.

    Keys keep their order and NaN is refused (ValueError), so that equal content is
    equal bytes and every JSON reader can read it.
    """
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


REMEDY = "Remove it and run `make repro`, which makes it again even if DVC's copy is damaged."


@contextmanager
def reading(path: Path, expected: str, remedy: str = REMEDY) -> Iterator[None]:
    """Turn whatever goes wrong while the project's own file at `path` is read into an InputError.

    Exception is what there is to name: readers of zip, npy, JSON and Keras's files fail on
    damaged bytes with errors of a dozen kinds, of which they document none.

    Args:
        path: of the file that the block reads.
        expected: what it should be.
        remedy: what to do about one that is not.
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `dvc repro` makes it.") from None
    except Exception as error:
        what = f"{type(error).__name__}: {str(error).strip()}"
        raise InputError(f"{path}: not {expected} ({what}). {remedy}") from error


def read_json(path: Path, expected: str = "valid JSON") -> object:
    """Content of a JSON file; InputError where it is missing, or not JSON and so not `expected`."""
    with reading(path, expected):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def read_arrays(path: Path, expected: str) -> "dict[str, np.ndarray]":
    """Arrays of an .npz file that `numpy.savez` wrote, by name; nothing is unpickled.

    Raises:
        InputError: it is missing or damaged, or takes more memory than the file is long.
    """
    import numpy as np  # here, for programs that read nothing but JSON start at once

    with reading(path, expected):
        check_zip(path)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}


def check_zip(path: Path) -> None:
    """Raise unless the zip at `path` is whole, by its checksums, and nothing in it compressed.

    So reading it takes no more memory than it is long, whatever it declares.

    Raises:
        zipfile.BadZipFile: it is not, or something else that zipfile makes of damaged bytes.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise zipfile.BadZipFile("it is compressed, which this program writes nothing")
        held = Path(path).stat().st_size
        if sum(max(member.file_size, member.compress_size) for member in members) > held:
            raise zipfile.BadZipFile("it declares more than it holds")
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
