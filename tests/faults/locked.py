"""A SQLite store that another process has locked, for a while and for good."""

import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient

from faults import stand_in

HOLDS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""
A_WHILE_S, FOR_GOOD_S = 25, 3600
MOST_S = 300
"""For a stage that asks the store again and again, and then no more."""


@contextmanager
def locked(path, seconds):
    """Have another process hold a store, for so long and no longer than the block."""
    words = [sys.executable, "-c", HOLDS, path, str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield
        process.kill()


def log_while_locked(folder, seconds):
    """Run a stage against a locked store, and again when it is free; give what the first did."""
    path = Path(folder, "mlflow.db")
    address = f"sqlite:///{path}"
    MlflowClient(address).search_experiments()  # makes the store
    began = time.monotonic()
    with locked(path, seconds):
        code, printed = stand_in.run(folder, address)
    took = time.monotonic() - began
    assert took < MOST_S, took
    assert Path(folder, stand_in.OUTPUT).exists()
    assert stand_in.run(folder, address) == (0, "")
    stand_in.check_logged(address)
    return code, printed, took


def main():
    """Lock a store for a while and for good."""
    with tempfile.TemporaryDirectory() as folder:
        code, printed, a_while = log_while_locked(folder, A_WHILE_S)
        assert (code, printed) == (0, "")
    with tempfile.TemporaryDirectory() as folder:
        code, printed, for_good = log_while_locked(folder, FOR_GOOD_S)
        stand_in.check_warned(code, printed)
    print(
        f"Locked for {A_WHILE_S} s, it logged all, after {a_while:.0f} s. Locked for good, it "
        f"ended well after {for_good:.0f} s, with its output and one warning, and logged all when "
        "it ran again."
    )


if __name__ == "__main__":
    main()
