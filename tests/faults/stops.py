"""SIGTERM and SIGKILL at any moment of a pipeline: it ends, leaves no process, and goes on later.

`python -m faults.stops N` stops a pipeline of six short stages N times.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "glyph_transfer.commands.reproduce"]
MOST_S = 120
"""For a process to end that still imports, as under load it may for long."""


def make(folder):
    """A pipeline whose stages take a quarter of a second each, one after the other."""
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=folder, check=True)
    for name in ("params.yaml", "published.yaml"):
        (folder / name).write_bytes((REPOSITORY / name).read_bytes())
    (folder / "0").write_text("begin")
    stages = {
        f"s{n}": {"cmd": f"sleep 0.25; cp {n - 1} {n}", "deps": [str(n - 1)], "outs": [str(n)]}
        for n in range(1, 7)
    }
    with open(folder / "dvc.yaml", "w") as file:
        YAML().dump({"stages": stages}, file)


def run(folder):
    """Let the pipeline end."""
    return subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, timeout=10 * MOST_S)


def left(folder):
    """Processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder:
                found.append(process)
        except psutil.Error:
            pass
    return found


def told(processes):
    return [" ".join(process.cmdline())[:200] for process in processes]


def main(n):
    """Stop a pipeline n times, each time with one signal or the other; then let it end."""
    rng, began = random.Random(0), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        make(folder)
        for i in range(n):
            (folder / "0").write_text(f"begin {i}")
            number = (signal.SIGTERM, signal.SIGKILL)[i % 2]
            process = subprocess.Popen(COMMAND, cwd=folder, stdout=-3, stderr=-3)
            time.sleep(rng.uniform(0.5, 6))
            os.kill(process.pid, number)
            process.wait(MOST_S)
            end = time.monotonic() + MOST_S
            while left(folder):
                assert time.monotonic() < end, f"left by {number}: {told(left(folder))}"
                time.sleep(0.1)
        ended = run(folder)
        assert ended.returncode == 0, ended.stderr
        assert (folder / "6").read_text() == (folder / "0").read_text()
    print(
        f"{n} stops in {time.monotonic() - began:.0f} s, by SIGTERM and SIGKILL in turn: it ended "
        "each time, no process was left, and the next run went on to the right end"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
