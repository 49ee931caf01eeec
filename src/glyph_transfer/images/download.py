"""One checked file from the network: resumable, from the first address that has it."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterable
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
_DROPPED = (
    requests.ConnectionError,
    requests.Timeout,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.TimeoutError,
    ConnectionError,
    TimeoutError,
)


PAUSES_S = (2, 10, 30)
"""Before addresses that failed for a reason that may pass are asked again."""

WINDOW_S, LEAST_BYTES_PER_S = 30, 1_000
"""An address that gives less a second, over so long, is left for the next."""


class _AddressError(Exception):
    """Why one address did not give the file; the next may.

    `passing` says whether the same address may, a little later.
    """

    def __init__(self, message: str, passing: bool = False):
        super().__init__(message)
        self.passing = passing


def download(
    file: File | Archive,
    addresses: Iterable[str],
    folder: Path,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Path:
    """Path in `folder` of `file`, checked, from the first of `addresses` that has it.

    What an interrupted download left in `<name>.part` is resumed; size and checksum of the
    whole decide. A file that is already there is checked, and replaced if it is wrong. Of
    processes that want the same file, one downloads it and the others wait. An address that
    drops the connection, is slow or busy is asked again when the others have been, after
    `PAUSES_S`, of which no more are made once none of them brings anything new.

    Args:
        file: its name, size in bytes and SHA-256.
        addresses: in order of preference.
        folder: of the file, which is made if it is not there.
        wait: for so many seconds.
        clock: seconds.

    Raises:
        InputError: no address gives the right bytes, or `folder` cannot be written.
    """
    path, part = folder / file.name, folder / f"{file.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{file.name}.lock"):
            if path.is_file() and _fault(path, file) is None:
                return path
            failures = _try_all(part, file, [*addresses], wait, clock)
            if failures is None:
                os.replace(part, path)
                return path
    except OSError as error:
        raise InputError(
            f"{part}: cannot be written ({error.strerror or error}); free some space or check the "
            "folder's permissions, then run again"
        ) from error
    listed = "".join(f"\n  {address}: {failure}" for address, failure in failures.items())
    raise InputError(
        f"{file.name} ({file.size:,} bytes, sha256 {file.sha256}) could not be downloaded to "
        f"{folder}:{listed}\nRun again when the network is there (what had arrived is "
        "resumed), or let GLYPH_TRANSFER_DATA name a local folder that holds the file."
    )


def _try_all(
    part: Path,
    file: File | Archive,
    addresses: list[str],
    wait: Callable[[float], None],
    clock: Callable[[], float],
) -> dict[str, _AddressError] | None:
    """Bring `part` to the whole file; else give why each address failed the last time."""
    failures, pauses = {}, iter(PAUSES_S)
    while True:
        before = _size(part)
        for address in addresses:
            try:
                return _complete(part, file, address, clock)
            except _AddressError as failure:
                failures[address] = failure
        addresses = [address for address in addresses if failures[address].passing]
        if _size(part) > before:
            pauses = iter(PAUSES_S)
        pause = next(pauses, None)
        if not addresses or pause is None:
            return failures
        wait(pause)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _complete(part: Path, file: File | Archive, address: str, clock: Callable[[], float]) -> None:
    """Bring `part` to the whole file, or delete it if the result is whole but wrong."""
    resumed = part.exists()
    if not resumed or part.stat().st_size < file.size:
        _receive(part, file, address, clock)
    fault = _fault(part, file)
    if fault is None:
        return
    part.unlink()
    if not resumed:
        raise _AddressError(fault)
    _complete(part, file, address, clock)  # the fault may lie in what an earlier run had left


def _fault(path: Path, file: File | Archive) -> str | None:
    """What is wrong with a downloaded file, if anything."""
    size = path.stat().st_size
    if size != file.size:
        return f"found {size:,} bytes, expected {file.size:,}"
    digest = sha256(path)
    if digest != file.sha256:
        return f"found sha256 {digest}, expected {file.sha256}"
    return None


def _receive(part: Path, file: File | Archive, address: str, clock: Callable[[], float]) -> None:
    """Append to `part` what it lacks, or write it anew if the server cannot resume."""
    start = _size(part)
    _require_space(part, file.size - start)
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with requests.get(address, headers=headers, stream=True, timeout=_TIMEOUT_S) as answer:
            if start and _refuses_to_resume(answer, start):
                part.unlink()
                return _receive(part, file, address, clock)
            if answer.status_code == 200:
                start = 0  # the server sends the whole, asked or not
            _check_answer(answer, file, start)
            _write(part, answer, file, start, clock)
    except (InputError, _AddressError):
        raise
    except Exception as error:  # a server's answer can break its parsers in any manner
        of_network = isinstance(error, (*_DROPPED, requests.RequestException))
        if isinstance(error, OSError) and not of_network:
            raise  # of the disk
        message = f"{type(error).__name__}: {error}"
        raise _AddressError(message, isinstance(error, _DROPPED)) from error


def _refuses_to_resume(answer: requests.Response, start: int) -> bool:
    """Whether the server has no such range, or sends another one."""
    content_range = answer.headers.get("Content-Range", "")
    return answer.status_code == 416 or (
        answer.status_code == 206 and not content_range.startswith(f"bytes {start}-")
    )


def _check_answer(answer: requests.Response, file: File | Archive, start: int) -> None:
    """Refuse an answer that cannot be the file before a byte of it is written."""
    if answer.status_code != (206 if start else 200):
        busy = answer.status_code in (408, 429) or answer.status_code >= 500
        raise _AddressError(f"answered {answer.status_code} {answer.reason}", busy)
    expected = file.size - start
    kind = answer.headers.get("Content-Type", "")
    length = answer.headers.get("Content-Length")
    if kind.startswith("text/html"):
        raise _AddressError(
            f"found a web page ({length or 'unknown'} bytes), expected {expected} bytes of data"
        )
    if length not in (None, str(expected)):
        raise _AddressError(f"found {length} bytes, expected {expected}")


def _write(
    part: Path,
    answer: requests.Response,
    file: File | Archive,
    start: int,
    clock: Callable[[], float],
) -> None:
    """Write what arrives fast enough, and no more than a chunk beyond what is expected."""
    began, arrived = clock(), 0
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
            while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=False):
                output.write(chunk)
                progress.update(len(chunk))
                if output.tell() > file.size:
                    return
                arrived += len(chunk)
                took = clock() - began
                if took >= WINDOW_S:
                    if arrived < LEAST_BYTES_PER_S * took:
                        raise _AddressError(f"too slow, {arrived:,} bytes in {took:.0f} s", True)
                    began, arrived = clock(), 0
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
