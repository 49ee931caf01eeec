"""Raw files of a role: from a local folder, or downloaded, always checked."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing, write_json
from glyph_transfer.images.download import download
from glyph_transfer.images.local import FoundFile, members, opened, search
from glyph_transfer.images.roles._facts import File, Form, Role
from glyph_transfer.images.sets import OTHER

_CHUNK_BYTES = 1 << 18
_MOST_SEEN = 12
"""Files that a message lists."""


def fetch_role(
    role: Role,
    folder: Path,
    downloads: Path,
    local: Path | None = None,
    allow_unofficial: bool | str = False,
) -> dict:
    """Put the raw files of `role` into `folder` and say in `source.json` what they are.

    Files are looked for by name anywhere below `local`, then at the official address, then
    at its mirrors. Of several local files of one name, the one with the catalogue's
    checksum, zipped or not, is taken, and a file whose checksum is another entry's, or that
    lies in a folder named for another set, never is. Other local files are used only if
    `allow_unofficial`.

    What is downloaded stays in `downloads` and is checked again at every use.

    Returns the content of `folder/source.json`, which is written last: role, provenance
    (`official` if every file has its published checksum; else `unofficial` where
    `allow_unofficial` is "published", as other files of the published images are called, and
    `other` where it is True: nothing published is held against images like those), form, and for
    each file name, size, sha256, official and origin. It depends on the files alone: the
    origin of a downloaded file is its official address even where a mirror answered.

    Raises:
        InputError: a local file is not official and not allowed, a choice is ambiguous, an
            archive is damaged, no address has the right bytes, or the disk is full.
    """
    folder, downloads = Path(folder), Path(downloads)
    (folder / "source.json").unlink(missing_ok=True)
    local_files, others = ([], []) if local is None else search(role, Path(local), folder)
    form, chosen = _choose(role, local_files, local, allow_unofficial)
    absent = [file for file in form.files.values() if file.name not in chosen]
    try:
        downloaded = _download_files(role, absent, downloads)
    except InputError as error:
        raise InputError(f"{error}{_unused(local, chosen, others)}") from error
    chosen |= {found.file.name: found for found in downloaded}

    _remove_other_files(role, folder)
    for found in chosen.values():
        _copy(found, folder / found.file.name)
    source = {
        "role": role.name,
        "provenance": _provenance(chosen, allow_unofficial),
        "form": form.kind,
        "files": [_describe(chosen[file.name]) for file in form.files.values()],
    }
    write_json(folder / "source.json", source)
    return source


def _provenance(chosen: dict[str, FoundFile], allow_unofficial: bool | str) -> str:
    if all(found.official for found in chosen.values()):
        return "official"
    return "unofficial" if allow_unofficial == "published" else OTHER


def _describe(found: FoundFile) -> dict:
    return {
        "name": found.file.name,
        "size": found.size,
        "sha256": found.sha256,
        "official": found.official,
        "origin": found.origin,
    }


def _choose(
    role: Role, local_files: list[FoundFile], local: Path | None, allow_unofficial: bool | str
) -> tuple[Form, dict[str, FoundFile]]:
    """The form to use and the local files for it, which lack only what is to be downloaded."""
    for form in role.forms:
        official = _official(form, local_files)
        if len(official) == len(form.files):
            return form, official
    unofficial = [file for file in local_files if not file.official]
    if not unofficial:
        return role.forms[0], _official(role.forms[0], local_files)
    if not allow_unofficial:
        raise InputError(_refusal(role, unofficial[0], local))
    for form in role.forms:
        sets = _complete_sets(form, local_files)
        if len(sets) == 1:
            return form, sets[0]
        if sets:
            folders = "".join(f"\n  {next(iter(files.values())).folder}" for files in sets)
            raise InputError(
                f"several places hold different unofficial files of {role.name}:{folders}\n"
                f"Leave one of them in {local} and remove or rename the others."
            )
    present = "".join(f"\n  {file.path}" for file in unofficial)
    expected = ", ".join(file.name for file in role.forms[0].files.values())
    raise InputError(
        f"found unofficial files of {role.name}, but no complete set in one folder:{present}\n"
        f"Expected all of {expected} (or all of another form). Add what is missing beside "
        f"them, or remove them from {local} to download the official files."
    )


def _official(form: Form, local_files: list[FoundFile]) -> dict[str, FoundFile]:
    names = {file.name for file in form.files.values()}
    # reversed: of equal files the first by path stays
    return {f.file.name: f for f in reversed(local_files) if f.official and f.file.name in names}


def _complete_sets(form: Form, local_files: list[FoundFile]) -> list[dict[str, FoundFile]]:
    """All files of the form from one place, once for each different content."""
    names = [file.name for file in form.files.values()]
    folders: dict[Path, dict[str, FoundFile]] = {}
    for candidate in local_files:
        if candidate.file.name in names:
            folders.setdefault(candidate.folder, {})[candidate.file.name] = candidate
    contents: dict[tuple[str, ...], dict[str, FoundFile]] = {}
    for files in folders.values():
        if len(files) == len(names):
            contents.setdefault(tuple(files[name].sha256 for name in names), files)
    return list(contents.values())


def _refusal(role: Role, found: FoundFile, local: Path | None) -> str:
    where = f"{found.member} in {found.path}" if found.member else f"{found.path}"
    if found.file.sha256:
        expected = f"expected {found.file.size:,} bytes with sha256 {found.file.sha256}"
    else:
        expected = "and no official checksum is published for a file of this name"
    return (
        f"{where}: not known to be official: found {found.size:,} bytes with sha256 "
        f"{found.sha256}, {expected}. To use it all the same, set allow_unofficial for "
        f"{role.name} under sets.official in params.yaml: to `published` if it holds images of "
        f"{role.title}, to `true` if it holds others; every figure that rests on it will say so. "
        f"To download the official files instead, remove it from {local}."
    )


def _unused(local: Path | None, chosen: dict[str, FoundFile], others: list[str]) -> str:
    """Say what was seen in the local folder, and why it was not enough."""
    if local is None:
        return ""
    seen = [f"{found.path}: one of the official files" for found in chosen.values()]
    # first what is named as a file of the role is: it is most likely what was meant
    seen += sorted(others, key=lambda line: ": not named" in line)
    more = f"\n  and {len(seen) - _MOST_SEEN:,} more" if len(seen) > _MOST_SEEN else ""
    listed = "".join(f"\n  {line}" for line in seen[:_MOST_SEEN])
    return f"\nSeen in {local}:{listed}{more}" if seen else f"\nSeen in {local}: no file."


# Downloads


def _download_files(role: Role, files: list[File], downloads: Path) -> list[FoundFile]:
    """The official files, each from its own address or all out of the role's archive."""
    if not files:
        return []
    if role.archive is None:
        return [_download_file(role, file, downloads / role.name) for file in files]
    archive = role.archive
    path = download(archive, archive.addresses, downloads)
    names = {file.name for file in files}
    found = [f for f in members(role, path, archive.addresses[0]) if f.file.name in names]
    if len(found) < len(files) or not all(file.official for file in found):
        raise InputError(
            f"{path}: has the published checksum but not the members that the catalogue lists "
            f"for {role.name}; correct its file in images/roles"
        )
    return found


def _download_file(role: Role, file: File, folder: Path) -> FoundFile:
    addresses = [mirror + file.name for mirror in role.mirrors]
    path = download(file, addresses, folder)
    return FoundFile(file, path, None, file.size, file.sha256, addresses[0])


# Writing


def _remove_other_files(role: Role, folder: Path) -> None:
    """Leave none of an earlier run's files, which may have been in another form."""
    for form in role.forms:
        for file in form.files.values():
            (folder / file.name).unlink(missing_ok=True)


def _copy(found: FoundFile, destination: Path) -> None:
    """Copy what was found, whole and unchanged since it was measured, or not at all."""
    with (
        _writing(destination),
        replacing(destination) as temporary,
        opened(found) as stream,
        open(temporary, "wb") as copy,
    ):
        digest = hashlib.sha256()
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            copy.write(chunk)
        if digest.hexdigest() != found.sha256:
            raise InputError(f"{found.path}: changed while it was copied; run the stage again")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn a full disk, or a folder that cannot be written, into an InputError."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}); free some space or check the "
            "folder's permissions, then run again (nothing half-written was kept)"
        ) from error
