"""`make faults`: the faults that take long to see, one after the other, and RESULTS.md.

`make faults ONLY="disk slow"` runs some; the rows of the others stay as they are.
"""

import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
WORDS = {
    "fuzz": ["10000"],
    "stops": ["20"],
    "clusters": [],
    "disk": [],
    "locked": [],
    "slow": [],
}
"""The scripts, with what they are given."""

COLUMNS = ("script", "what it shows", "result", "s", "date", "commit", "machine")
LONGEST = 700  # characters of what a script says; of a traceback the end is wanted


def shows(name):
    """The first line of a script's docstring."""
    source = (HERE / f"{name}.py").read_text(encoding="utf-8")
    return source.removeprefix('"""').partition('"""')[0].partition("\n")[0].rstrip(".")


def row(name):
    """Run a script; give its row, and whether all that it tries has held."""
    began = time.monotonic()
    paths = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-m", f"faults.{name}", *WORDS[name]],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    seconds = time.monotonic() - began
    held = done.returncode == 0
    said = " ".join((done.stdout if held else done.stderr).split()).replace("|", "\\|")
    result = f"held. {said[:LONGEST]}" if held else f"FAILED. {said[-LONGEST:]}"
    date = datetime.now(UTC).date().isoformat()
    machine = f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    cells = (f"`{name}.py`", shows(name), result, f"{seconds:.0f}", date, commit(), machine)
    return f"| {' | '.join(cells)} |", held


def commit():
    """The revision that is tried; with a plus where the program's own files differ from it."""
    git = ["git", "-C", str(HERE)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    kept = [":(top)src", ":(top)tests", ":(top,exclude)tests/faults/RESULTS.md"]
    changed = subprocess.run([*git, "status", "--porcelain", *kept], capture_output=True, text=True)
    return head.stdout.strip() + "+" * bool(changed.stdout)


def earlier():
    """Rows of the last runs, by script."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return {line.split("`")[1].removesuffix(".py"): line for line in lines if line[:3] == "| `"}


def page(rows):
    """The results as Markdown."""
    head = f"| {' | '.join(COLUMNS)} |\n|---|---|---|--:|---|---|---|"
    note = "Written by `make faults`. A commit with a plus had changes that it does not hold."
    lines = [rows[name] for name in WORDS if name in rows]
    return "\n".join(["# Faults that take long to see\n", note, "", head, *lines, ""])


def main(chosen):
    """Run all, or those that are named; give how many did not hold."""
    if unknown := {*chosen} - {*WORDS}:
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(WORDS)}")
    failed = 0
    for name in chosen or WORDS:
        line, held = row(name)
        failed += not held
        print(line, flush=True)
        RESULTS.write_text(page(earlier() | {name: line}), encoding="utf-8")
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
