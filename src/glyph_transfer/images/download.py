"""One checked file from the network: resumable, from the first address that has it."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import requests
import urllib3
from filelock import FileLock
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.files import sha256
from glyph_transfer.images.roles._facts import Archive, File

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = (10, 60)  # to connect, and between two arrivals of data


class _AddressError(Exception):
    """Why one address did not give the file; the next may."""


def download(file: File | Archive, addresses: Iterable[str], folder: Path) -> Path:
    """Path in `folder` of `file`, checked, from the first of `addresses` that has it.

    What an interrupted download left in `<name>.part` is resumed; size and checksum of the
    whole decide. A file that is already there is checked, and replaced if it is wrong. Of
    processes that want the same file, one downloads it and the others wait.

    Raises:
        InputError: no address gives the right bytes, or `folder` cannot be written.
    """
    path, part = folder / file.name, folder / f"{file.name}.part"
    failures = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{file.name}.lock"):
            if path.is_file() and _fault(path, file) is None:
                return path
            for address in addresses:
                try:
                    _complete(part, file, address)
                except _AddressError as failure:
                    failures += f"\n  {address}: {failure}"
                else:
                    os.replace(part, path)
                    return path
    except OSError as error:
        raise InputError(
            f"{part}: cannot be written ({error.strerror or error}); free some space or check the "
            "folder's permissions, then run again"
        ) from error
    raise InputError(
        f"{file.name} ({file.size:,} bytes, sha256 {file.sha256}) could not be downloaded to "
        f"{folder}:{failures}\nRun again when the network is there (what had arrived is "
        "resumed), or let GLYPH_TRANSFER_DATA name a local folder that holds the file."
    )


def _complete(part: Path, file: File | Archive, address: str) -> None:
    """Bring `part` to the whole file, or delete it if the result is whole but wrong."""
    resumed = part.exists()
    if not resumed or part.stat().st_size < file.size:
        _receive(part, file, address)
    fault = _fault(part, file)
    if fault is None:
        return
    part.unlink()
    if not resumed:
        raise _AddressError(fault)
    _complete(part, file, address)  # the fault may lie in what an earlier run had left


def _fault(path: Path, file: File | Archive) -> str | None:
    """What is wrong with a downloaded file, if anything."""
    size = path.stat().st_size
    if size != file.size:
        return f"found {size:,} bytes, expected {file.size:,}"
    digest = sha256(path)
    if digest != file.sha256:
        return f"found sha256 {digest}, expected {file.sha256}"
    return None


def _receive(part: Path, file: File | Archive, address: str) -> None:
    """Append to `part` what it lacks, or write it anew if the server cannot resume."""
    start = part.stat().st_size if part.exists() else 0
    _require_space(part, file.size - start)
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with requests.get(address, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
            if start and _refuses_to_resume(answer, start):
                part.unlink()
                return _receive(part, file, address)
            if answer.status_code == 200:
                start = 0  # the server sends the whole, asked or not
            _check_answer(answer, file, start)
            _write(part, answer, file, start)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _AddressError(f"{type(error).__name__}: {error}") from error


def _refuses_to_resume(answer: requests.Response, start: int) -> bool:
    """Whether the server has no such range, or sends another one."""
    content_range = answer.headers.get("Content-Range", "")
    return answer.status_code == 416 or (
        answer.status_code == 206 and not content_range.startswith(f"bytes {start}-")
    )


def _check_answer(answer: requests.Response, file: File | Archive, start: int) -> None:
    """Refuse an answer that cannot be the file before a byte of it is written."""
    if answer.status_code != (206 if start else 200):
        raise _AddressError(f"answered {answer.status_code} {answer.reason}")
    expected = file.size - start
    kind = answer.headers.get("Content-Type", "")
    length = answer.headers.get("Content-Length")
    if kind.startswith("text/html"):
        raise _AddressError(
            f"found a web page ({length or 'unknown'} bytes), expected {expected} bytes of data"
        )
    if length not in (None, str(expected)):
        raise _AddressError(f"found {length} bytes, expected {expected}")


def _write(part: Path, answer: requests.Response, file: File | Archive, start: int) -> None:
    """Write what arrives, and no more than a chunk beyond what is expected."""
    try:
        with (
            open(part, "ab" if start else "wb") as output,
            tqdm(
                desc=file.name,
                initial=start,
                total=file.size,
                unit="B",
                unit_scale=True,
                disable=None,
            ) as progress,
        ):
            # undecoded, since the checksum is that of the bytes as they are stored
            for chunk in answer.raw.stream(_CHUNK_BYTES, decode_content=False):
                output.write(chunk)
                progress.update(len(chunk))
                if output.tell() > file.size:
                    return
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            part.unlink(missing_ok=True)
        raise


def _require_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise InputError(
            f"{part}: {needed:,} bytes are needed and {free:,} are free on its disk; free some "
            "space, then run again"
        )
