"""`dvc repro`, told stage by stage: `python -m glyph_transfer.reproduce [targets ...]`.

DVC says what it runs, but not of how many; here every stage is numbered, what is up to date
is passed over in silence, and the time that each took is told. What a stage has left of its
own work is its progress bar's to say.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator

DVC = (sys.executable, "-m", "dvc")
_STAGE = re.compile(r"(?:Running stage|Stage) '(?P<name>[^']+)'")
_ROUTINE = re.compile(r"> |Updating lock file|$")


def main(targets: list[str]) -> int:
    """Bring `targets`, or all, up to date; give DVC's exit code."""
    total = len(_listed(targets))
    with subprocess.Popen([*DVC, "repro", *targets], stdout=subprocess.PIPE, text=True) as dvc:
        for line in numbered(dvc.stdout, total, time.monotonic):
            print(line, flush=True)
    return dvc.returncode


def numbered(lines: Iterable[str], total: int, clock: Callable[[], float]) -> Iterator[str]:
    """Turn DVC's lines into one for each stage that runs, and what DVC says besides.

    Args:
        lines: of `dvc repro`, as they come.
        total: stages that it was expected to look at; it may look at more.
        clock: seconds from some moment on.
    """
    number, running, began = 0, None, 0.0
    for line in map(str.rstrip, lines):
        found = _STAGE.match(line)
        if found and running:
            yield f"{running} done in {clock() - began:.0f} s"
            running = None
        if found:
            number += 1
            if line.startswith("Running"):
                running, began = f"[{number}/{max(total, number)}] {found['name']}", clock()
                yield running
        elif not _ROUTINE.match(line):
            yield line
    if running:
        yield f"{running} done in {clock() - began:.0f} s"


def _listed(targets: list[str]) -> list[str]:
    done = subprocess.run(
        [*DVC, "stage", "list", "--name-only", *targets], capture_output=True, text=True
    )
    return done.stdout.split()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
