"""Files of a role that are there already: in a folder, or as members of a zip archive."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from glyph_transfer.errors import InputError
from glyph_transfer.files import sha256
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.roles._facts import File, Role


@dataclass(frozen=True)
class FoundFile:
    """A file named as in the catalogue: at `path`, or as a `member` of the zip there."""

    file: File
    path: Path
    member: str | None
    size: int
    sha256: str
    origin: str

    @property
    def official(self) -> bool:
        """Whether it has the checksum of the catalogue."""
        return self.sha256 == self.file.sha256

    @property
    def folder(self) -> Path:
        """The folder or the zip that it is in."""
        return self.path if self.member else self.path.parent


def search(role: Role, local: Path, folder: Path) -> Iterator[FoundFile]:
    """Files below `local` that may serve, those in the output `folder` itself left out."""
    if not local.is_dir():
        raise InputError(
            f"{local}: not a folder; GLYPH_TRANSFER_DATA must name the folder that holds the "
            "data files, or be unset to download them"
        )
    wanted = {file.name: file for form in role.forms for file in form.files.values()}
    output = folder.resolve()
    for path in sorted(local.rglob("*")):
        if path.parent.resolve() == output or not path.is_file():
            continue
        origin = f"local: {path.relative_to(local).as_posix()}"
        if path.name in wanted:
            with _reading(path):
                size, digest = path.stat().st_size, sha256(path)
            found = [FoundFile(wanted[path.name], path, None, size, digest, origin)]
        elif role.archive and path.name == role.archive.name:
            found = members(role, path, origin)
        else:
            continue
        yield from (file for file in found if not _is_another_entry(file))


def _is_another_entry(found: FoundFile) -> bool:
    """MNIST and Fashion-MNIST name their files alike; only the checksum tells them apart."""
    known = {
        file.sha256
        for role in ROLES.values()
        for form in role.forms
        for file in form.files.values()
    }
    return found.sha256 in known and not found.official


def members(role: Role, path: Path, origin: str) -> list[FoundFile]:
    """Those of the role's official files that the zip at `path` holds."""
    with _reading(path), zipfile.ZipFile(path) as archive:
        present = set(archive.namelist())
    found = []
    for file in role.forms[0].files.values():
        member = f"{role.archive.folder}/{file.name}"
        if member in present:
            size, digest = _measure_member(path, member)
            found.append(FoundFile(file, path, member, size, digest, f"{origin}, {member}"))
    return found


def _measure_member(path: Path, member: str) -> tuple[int, str]:
    """Size and SHA-256 of what a member really holds."""
    with _reading(path), zipfile.ZipFile(path) as archive, archive.open(member) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size, declared = stream.tell(), archive.getinfo(member).file_size
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
    # zipfile's own, and what it lets through: RuntimeError for encryption and unknown
    # methods, ValueError for undecodable names
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise InputError(
            f"{path}: found a damaged zip archive ({error}), expected a whole one; replace it, "
            "or remove it to download the official one"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check it") from error
