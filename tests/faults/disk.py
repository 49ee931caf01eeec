"""A disk that is full for `make repro`, for a stage's outputs and for its store.

Linux makes a small disk for a process that is root in a namespace of its own.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from faults import stand_in, stops

SIZE = 8 << 20
LEFT = (0, 16, 100, 300, 600)
"""KiB that are free when `make repro` begins."""

INSIDE = "GLYPH_TRANSFER_SMALL_DISK"
ROOT_THERE = ["unshare", "--map-root-user", "--mount"]


@contextmanager
def small_disk():
    """Give a folder that holds no more than `SIZE`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", folder], check=True)
        try:
            yield Path(folder).resolve()
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(folder, but=0):
    """Fill the disk of a folder, but for so many KiB, while the block runs."""
    path = folder / "filling"
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - but * 1024))
    try:
        yield
    finally:
        path.unlink()


def repro(folder):
    """Run the pipeline on disks that are full, and each time when there is room again."""
    failed = 0
    for n, left in enumerate(LEFT):
        (folder / "0").write_text(f"begin {n}")
        with filled(folder, but=left):
            full = stops.run(folder)
        assert "Traceback" not in full.stderr, full.stderr
        failed += full.returncode != 0
        free = stops.run(folder)
        assert free.returncode == 0, f"with {left} KiB left before: {free.stderr}"
        assert (folder / "6").read_text() == (folder / "0").read_text()
    assert failed, "the disk was never full"
    return failed


def stage(folder):
    """Run a stage that has no room for its outputs, and then again."""
    with tempfile.TemporaryDirectory() as elsewhere:
        address = f"sqlite:///{elsewhere}/mlflow.db"
        with filled(folder):
            code, printed = stand_in.run(folder, address)
        assert code == 1, printed
        assert "no space left on the disk" in printed, printed
        assert printed.count("\n") == 1, printed
        assert not [path for path in folder.rglob("*") if path.is_file()], "half-written"
        assert stand_in.run(folder, address) == (0, "")
        stand_in.check_logged(address)


def store(folder):
    """Run a stage whose store has no room, and then again."""
    with tempfile.TemporaryDirectory() as elsewhere:
        address = f"sqlite:///{folder}/mlflow.db"
        assert stand_in.run(elsewhere, address, draws=0) == (0, "")  # makes the store
        with filled(folder):
            code, printed = stand_in.run(elsewhere, address, draws=200)
        stand_in.check_warned(code, printed)
        assert Path(elsewhere, stand_in.OUTPUT).exists()
        assert stand_in.run(elsewhere, address, draws=200) == (0, "")


def main():
    """Fill small disks."""
    if INSIDE not in os.environ:
        words = [*ROOT_THERE, sys.executable, "-m", "faults.disk"]
        raise SystemExit(subprocess.run(words, env=os.environ | {INSIDE: "1"}).returncode)
    with small_disk() as folder:
        stops.make(folder)
        failed = repro(folder)
    with small_disk() as folder:
        stage(folder)
    with small_disk() as folder:
        store(folder)
    print(
        f"`make repro` began {len(LEFT)} times with 0 to {LEFT[-1]} KiB left, failed {failed} "
        "times without a traceback, and with room again went on to the right end each time. A "
        "stage without room for its outputs ended with one message and nothing half-written; one "
        "whose store had no room ended well, with one warning, and logged all when it ran again."
    )


if __name__ == "__main__":
    main()
