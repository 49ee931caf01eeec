"""Who logs a run, so that one that was left unfinished is told from one that is being logged."""

import platform
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import psutil

OLD_S = 3600.0
"""After so long an unfinished run of another machine is taken for left behind."""


def tags() -> dict[str, str]:
    """Tags of a run that this process begins to log now."""
    return {"writer": writer(), "logged_from": str(int(time.time()))}


def writer() -> str:
    """Name this process by its machine, its id and when it began."""
    process = psutil.Process()
    return f"{_machine()}:{process.pid}:{process.create_time():.1f}"


def is_left_behind(run_tags: dict[str, str], started_ms: int) -> bool:
    """Whether nobody logs an unfinished run any more: its process has ended, or it is old.

    A process logs one record at a time, so that a run of this one was left behind, too.

    Args:
        run_tags: all tags of the run.
        started_ms: its start, which counts for runs that say nothing of their writer.
    """
    machine, _, process = run_tags.get("writer", "").partition(":")
    if run_tags.get("writer") == writer():
        return True
    if machine == _machine() and not _is_alive(process):
        return True
    return time.time() - float(run_tags.get("logged_from", started_ms / 1000)) > OLD_S


def _is_alive(process: str) -> bool:
    pid, _, began = process.partition(":")
    with suppress(psutil.NoSuchProcess, ValueError):
        return f"{psutil.Process(int(pid)).create_time():.1f}" == began
    return False


def _machine() -> str:
    """Name what has one id for one process: a machine, a boot of it, a container."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return sha256("\n".join(parts).encode()).hexdigest()[:12]
