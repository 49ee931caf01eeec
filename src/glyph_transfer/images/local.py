"""Files of a role that are there already: in a folder, or as members of a zip archive."""

import gzip
import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from glyph_transfer.errors import InputError
from glyph_transfer.files import sha256
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.roles._facts import File, Role

FOLDER = "GLYPH_TRANSFER_DATA"
"""Environment variable: the folder with a user's own copies of the files."""

OTHER_SETS = ("KMNIST", "QMNIST", "notMNIST")
"""Published sets that are no role and name their files as MNIST does."""

_CHUNK_BYTES = 1 << 20
_MOST_BYTES = 1 << 26
"""More than any file of those sets holds when it is unzipped."""

_SLACK = 2
"""How many times the official size an unofficial member of an archive may have."""


@dataclass(frozen=True)
class FoundFile:
    """A file named as in the catalogue: at `path`, or as a `member` of the zip there."""

    file: File
    path: Path
    member: str | None
    size: int
    sha256: str
    origin: str
    content: str | None = None

    @property
    def digests(self) -> set[str]:
        """Of its bytes, and of what it holds if it is zipped."""
        return {self.sha256, self.content} - {None}

    @property
    def official(self) -> bool:
        """Whether it has a checksum of the catalogue, zipped or not."""
        return bool(self.digests & self.file.digests)

    @property
    def folder(self) -> Path:
        """The folder or the zip that it is in."""
        return self.path if self.member else self.path.parent


def named_folder() -> Path | None:
    """The folder that the environment names; None where it names none."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else None


def state(local: Path, own: Path) -> str:
    """SHA-256 of names, sizes and times of the files in a folder that may serve a role.

    It changes whenever such a file does, at no cost but a look at the folder.

    Args:
        local: the folder; where it is none, that is a state too.
        own: a folder whose files do not count, since the pipeline writes them.
    """
    names = {file.name for role in ROLES.values() for form in role.forms for file in
             form.files.values()}  # fmt: skip
    names |= {role.archive.name for role in ROLES.values() if role.archive}
    digest = hashlib.sha256()
    for path in _files(local, own.resolve()):
        if _usual(path.name) in names:
            facts = path.stat()
            line = f"{path.relative_to(local).as_posix()} {facts.st_size} {facts.st_mtime_ns}\n"
            digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def _usual(name: str) -> str:
    """A file's name as it is published; some have train-images.idx3-ubyte."""
    return name.replace(".idx", "-idx")


def search(role: Role, local: Path, folder: Path) -> tuple[list[FoundFile], list[str]]:
    """Look for files of a role.

    Args:
        role: whose files may serve.
        local: the folder to look in, and in all below it, links to others included.
        folder: the role's own output, which is left out.

    Returns:
        What may serve, and for every other file its path and why it does not.
    """
    if not local.is_dir():
        raise InputError(
            f"{local}: not a folder; GLYPH_TRANSFER_DATA must name the folder that holds the "
            "data files, or be unset to download them"
        )
    wanted = {file.name: file for form in role.forms for file in form.files.values()}
    found, others = [], []
    for path in _files(local, folder.resolve()):
        name = _usual(path.name)
        origin = f"local: {path.relative_to(local).as_posix()}"
        if name in wanted:
            candidates = [_measured(wanted[name], path, origin)]
        elif role.archive and name == role.archive.name:
            candidates = members(role, path, origin)
        else:
            others.append(f"{path}: not named as a file of {role.name} is")
            continue
        for each in candidates:
            if reason := _strangeness(each, role, local):
                others.append(f"{path}: {reason}")
            else:
                found.append(each)
    return found, others


def _files(local: Path, output: Path) -> Iterator[Path]:
    """Files below `local` in order, each folder once, however many links lead to it."""
    seen, found = {output}, []
    for name, folders, files in os.walk(local, followlinks=True):
        folder = Path(name).resolve()
        if folder in seen:
            folders.clear()
            continue
        seen.add(folder)
        folders.sort()  # so that of several links it is always the same one
        found += [Path(name, file) for file in files]
    return (path for path in sorted(found) if path.is_file())


def _measured(file: File, path: Path, origin: str) -> FoundFile:
    with _reading(path):
        size, digest = path.stat().st_size, sha256(path)
        content = None if digest == file.sha256 else _content_digest(path)
    return FoundFile(file, path, None, size, digest, origin, content)


def _content_digest(path: Path) -> str | None:
    """SHA-256 of what a gzip file holds; None for others, damaged ones, and more than is known."""
    digest, size = hashlib.sha256(), 0
    with suppress(Exception), gzip.open(path) as stream:  # Exception: as formats.parsing
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            if size > _MOST_BYTES:
                return None
        return digest.hexdigest()
    return None


def _strangeness(found: FoundFile, role: Role, local: Path) -> str | None:
    """Why a file that is named as one of the role's is not one, if that is known.

    MNIST, Fashion-MNIST and others name their files alike: the checksum tells them apart, and
    where that is nobody's, the name of the folder.
    """
    if found.official:
        return None
    for other in ROLES.values():
        known = {d for form in other.forms for file in form.files.values() for d in file.digests}
        if found.digests & known:
            what = "another file" if other.name == role.name else "a file"
            return f"by its checksum {what} of {other.title}"
    titles = {_plain(other.title): other.title for other in ROLES.values()}
    titles |= {_plain(name): name for name in OTHER_SETS}
    for part in map(_plain, found.path.relative_to(local).parent.parts):
        if part in titles and titles[part] != role.title:
            return f"not a known file, and in a folder of {titles[part]}"
    return None


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def members(role: Role, path: Path, origin: str) -> list[FoundFile]:
    """Those of the role's official files that the zip at `path` holds."""
    with _reading(path), zipfile.ZipFile(path) as archive:
        present = set(archive.namelist())
    found = []
    for file in role.forms[0].files.values():
        member = f"{role.archive.folder}/{file.name}"
        if member in present:
            size, digest = _measure_member(path, member, _SLACK * file.size)
            found.append(FoundFile(file, path, member, size, digest, f"{origin}, {member}"))
    return found


def _measure_member(path: Path, member: str, most: int) -> tuple[int, str]:
    """Size and SHA-256 of what a member really holds."""
    with _reading(path), zipfile.ZipFile(path) as archive:
        declared = archive.getinfo(member).file_size
        if declared > most:
            raise InputError(
                f"{path}: {member} declares {declared:,} bytes, expected at most {most:,}; "
                "replace the archive, or remove it to download the official one"
            )
        with archive.open(member) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    if size != declared:
        raise InputError(
            f"{path}: {member} declares {declared:,} bytes and holds {size:,}; the archive is "
            "damaged: replace it, or remove it to download the official one"
        )
    return size, digest


@contextmanager
def opened(found: FoundFile) -> Iterator[BinaryIO]:
    """Give the bytes of a file that was found, while the block runs."""
    if found.member is None:
        with open(found.path, "rb") as stream:
            yield stream
    else:
        with zipfile.ZipFile(found.path) as archive, archive.open(found.member) as stream:
            yield stream


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the file at `path`, a zip or not, into an InputError."""
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check it") from error
    except Exception as error:  # zipfile lets a dozen kinds through, and documents none
        raise InputError(
            f"{path}: found a damaged zip archive ({error}), expected a whole one; replace it, "
            "or remove it to download the official one"
        ) from error
