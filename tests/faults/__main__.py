"""`make faults`: the faults that take long to see, one after the other, and RESULTS.md."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RUNS = {
    "Damaged files": ["faults.fuzz", "10000"],
    "Stops": ["faults.stops", "20"],
    "Lost clusters": ["faults.clusters"],
}


def main():
    """Run all, or those that are named; 0 where each held."""
    chosen = {name: words for name, words in RUNS.items() if words[0].split(".")[1] in sys.argv[1:]}
    paths = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    lines, failed = [], 0
    for name, words in (chosen or RUNS).items():
        done = subprocess.run(
            [sys.executable, "-m", *words],
            capture_output=True, text=True, env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip
        failed += done.returncode != 0
        said = " ".join((done.stdout if done.returncode == 0 else done.stderr).split())
        verdict = "held" if done.returncode == 0 else "FAILED"
        lines.append(f"## {name}\n\n{verdict}. {said[-900:]}\n")
        print(lines[-1])
    if not chosen:
        when = datetime.now(UTC).date().isoformat()
        head = f"# Faults that take long to see\n\nMade by `make faults` on {when}, Python "
        head += f"{platform.python_version()}, {platform.system()}, {os.cpu_count()} cores.\n"
        (HERE / "RESULTS.md").write_text("\n".join([head, *lines]), encoding="utf-8")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
