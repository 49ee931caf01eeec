"""A stage's program with nothing to do but to log, for stores that misbehave."""

import os
import subprocess
import sys
from pathlib import Path

from mlflow import MlflowClient

from glyph_transfer import stages

STAGE = """
import os
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Record

def main():
    children = [
        Record(f"draw {n}", "few", {"draw": str(n)}, {"draw": n}, {"a": 1.0}, {"loss": [1.0] * 50})
        for n in range(int(os.environ["DRAWS"]))
    ]
    tags = {"stage": "transfer", "corpus": "embedded"}
    record = Record("few (embedded)", "few", tags, metrics={"a": 1.0}, children=children)
    program.finish(record, "embedded", "few", 0.0)

program.run(main)
"""
SOURCES = str(Path(stages.__file__).parents[2])
OUTPUT = Path("data/embedded/runs/few.json")


def run(folder, address, draws=2, timeout_s=600, **environment):
    """Run it in `folder` with a store; give its exit code and what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    given = {"PYTHONPATH": SOURCES, "MLFLOW_TRACKING_URI": address, "DRAWS": str(draws)}
    done = subprocess.run(
        [sys.executable, "-c", STAGE], cwd=folder, env=kept | given | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout_s,
    )  # fmt: skip
    return done.returncode, done.stdout


def check_warned(code, printed):
    """Raise unless a stage has ended well, with one warning."""
    assert code == 0, printed
    assert printed.startswith("warning: the work is done and kept"), printed
    assert printed.count("\n") == 1, printed


def check_logged(address, draws=2):
    """Raise unless a store has the parent and its replicates, each once and finished."""
    client = MlflowClient(address)
    experiments = [each.experiment_id for each in client.search_experiments()]
    runs = client.search_runs(experiments)
    expected = sorted(["few (embedded)", *(f"draw {n}" for n in range(draws))])
    assert sorted(run.info.run_name for run in runs) == expected, runs
    assert {run.info.status for run in runs} == {"FINISHED"}, runs
