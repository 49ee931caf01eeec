"""What a full disk, a kill or a bad sector leaves of DVC's own files, noticed and mended.

DVC trusts them: it calls an output up to date that it has restored from a damaged copy, and fails
at every command where its list of locks is cut short.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from glyph_transfer.errors import InputError

if TYPE_CHECKING:
    from dvc.output import Output
    from dvc.stage import Stage


def mend_locks(folder: Path) -> None:
    """Remove DVC's list of locks where it cannot be read and no process of DVC is alive here.

    Args:
        folder: DVC's folder for what passes, `.dvc/tmp`.

    Raises:
        InputError: where a process may still have its lock in the list.
    """
    path = folder / "rwlock"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.keys() <= {"read", "write"}:
            return
    except FileNotFoundError:
        return
    except (ValueError, AttributeError):  # cut short, no text, no object
        pass
    if alive := next(users(folder), None):
        raise InputError(
            f"{path} is damaged, as by a full disk, and process {alive.pid} may use it "
            f"({' '.join(alive.cmdline())[:80]}). When that has ended, run this again."
        )
    path.unlink()
    print(f"{path} was damaged, as by a full disk; it was removed", file=sys.stderr)


def mend_databases(folder: Path) -> None:
    """Remove what DVC remembers of files' digests where it cannot be read; it looks again.

    Args:
        folder: where DVC has its databases, `.dvc/tmp/site`.
    """
    for path in sorted(folder.rglob("cache.db")):
        if not _is_whole(path):
            shutil.rmtree(path.parent)
            print(f"{path} was damaged, as by a full disk; it was removed", file=sys.stderr)


def _is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        try:
            return database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        except sqlite3.OperationalError:  # locked, and so in use
            return True
        except sqlite3.DatabaseError:
            return False


def users(folder: Path) -> Iterator[psutil.Process]:
    """Give processes that run DVC in the project of `folder`, but for this one and its parents."""
    project = folder.resolve().parents[1]
    own = {os.getpid(), *(each.pid for each in psutil.Process().parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            runs_dvc = any(Path(word).name == "dvc" for word in process.cmdline()[:4])
            if process.pid not in own and runs_dvc and project in _folders(process):
                yield process


def _folders(process: psutil.Process) -> list[Path]:
    folder = Path(process.cwd())
    return [folder, *folder.parents]


def remove_damaged_lists(stage: "Stage") -> None:
    """Remove DVC's lists of the files of a stage's outputs that are not what they are named for.

    It cannot go on from one; without one it makes the output again.
    """
    for output in stage.outs:
        if output.use_cache and output.hash_info and output.hash_info.isdir:
            _remove_unless(output.cache.oid_to_path(output.hash_info.value), output.hash_info.value)


def remove_damaged_copies(stage: "Stage") -> list[str]:
    """Remove what of a stage's outputs is not as DVC has noted it, and DVC's copy of it.

    Returns:
        The paths.
    """
    damaged = []
    for output in stage.outs:
        for path, digest in _noted(output):
            if _remove_unless(path, digest):
                _remove_unless(output.cache.oid_to_path(digest), digest)
                damaged.append(os.path.relpath(path))
    return damaged


def _noted(output: "Output") -> Iterator[tuple[str, str]]:
    """The files of an output that DVC keeps, each with the digest that it has noted."""
    if not (output.use_cache and output.hash_info):
        return
    if not output.hash_info.isdir:
        yield output.fs_path, output.hash_info.value
        return
    for key, _, digest in output.get_obj():
        yield str(Path(output.fs_path, *key)), digest.value


def _remove_unless(path: str, digest: str) -> bool:
    """Remove the file at a path unless it has an MD5; give whether that was done."""
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
    except FileNotFoundError:
        return False
    if found == digest.removesuffix(".dir"):
        return False
    Path(path).unlink()
    return True
