"""The pipeline's own cost: a whole `make repro` of the embedded corpus, split up."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import PIPE

from benchmarks.timing import Section, at_least, at_most
from glyph_transfer.commands.reproduce import count_lanes, with_this_python
from glyph_transfer.files import read_json
from glyph_transfer.protocol import params

NOT_TRAINING = (
    "environment", "download", "convert", "unite", "evaluate", "visualise", "keep", "report",
)  # fmt: skip
REPEATS = 3
TRAINING = "training and scoring"
REPRO = [sys.executable, "-m", "glyph_transfer.commands.reproduce"]
DVC_REPRO = [sys.executable, "-m", "dvc", "repro"]


@dataclass(frozen=True)
class Seconds:
    """What `make repro` and its parts took, in seconds.

    Attributes:
        whole: from its start to its end.
        waited: until the first stage began.
        stages: each stage, from its beginning to its end.
        work: each stage that says how long it worked, without MLflow.
        repeated: each `dvc repro` with nothing to do.
    """

    whole: float
    waited: float
    stages: dict[str, float]
    work: dict[str, float]
    repeated: list[float]


def measure(folder: Path) -> Section:
    """Run the pipeline of a clean clone of the last commit, then again with nothing to do."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
    environment = with_this_python() | {"PYTHONPATH": str(clone / "src")}
    began = time.perf_counter()
    stages, waited = _stages(clone, environment)
    whole = time.perf_counter() - began
    repeated = [_seconds(DVC_REPRO, clone, environment) for _ in range(REPEATS)]
    work = _work(clone, stages)
    return _section(Seconds(whole, waited, stages, work, repeated))


def _stages(clone: Path, environment: dict) -> tuple[dict[str, float], float]:
    """Seconds from each stage's beginning to its end, and those before the first began."""
    began, stages, waited = {}, {}, 0.0
    started = time.perf_counter()
    with subprocess.Popen(REPRO, cwd=clone, env=environment, text=True, stdout=PIPE) as process:
        for line in process.stdout:
            if not (found := re.match(r"\[\d+/\d+\] (?P<stage>\S+)(?P<ends> done in)?", line)):
                continue
            now = time.perf_counter()
            waited = waited or now - started
            if found["ends"]:
                stages[found["stage"]] = now - began[found["stage"]]
            else:
                began[found["stage"]] = now
    if process.returncode:
        raise RuntimeError(f"`{' '.join(REPRO)}` in {clone} ended with {process.returncode}")
    return stages, waited


def _work(clone: Path, stages: dict[str, float]) -> dict[str, float]:
    """Seconds that each stage says it worked, without MLflow; not all of them say it."""
    names = {stage: _conditions(stage) for stage in stages}
    folder = clone / "data" / "embedded" / "conditions"
    return {
        stage: read_json(folder / f"{name}.json")["seconds"]
        for stage, name in names.items()
        if (folder / f"{name}.json").exists()
    }


def _conditions(stage: str) -> str:
    name, _, item = stage.partition("@")
    if name == "visualise":
        return "visualise_few_labels"
    part = item.removeprefix("embedded").removeprefix("-")
    return f"{name}-{part}" if name.startswith("pretrain") else f"{name}_{part}".rstrip("_")


def _seconds(command: list[str], clone: Path, environment: dict) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _section(seconds: Seconds) -> Section:
    lanes = count_lanes(params.load())
    total = seconds.whole * lanes
    parts = _parts(seconds, lanes)
    rows = [{"part": k, "s": round(v, 1), "share": f"{v / total:.0%}"} for k, v in parts.items()]
    rows.append({"part": "all", "s": round(total, 1), "share": "100%"})
    notes = [
        "What `make repro` runs, in a fresh clone with a new MLflow store: the embedded corpus, "
        f"all {len(seconds.stages)} stages, {lanes} at a time. It took {seconds.whole:.0f} s; "
        "the table has the seconds of all that ran side by side. Work is what the stages' "
        "conditions say. Stages are forked from a process that has imported what they need.",
        f"A repeated `dvc repro`: {', '.join(f'{s:.1f}' for s in seconds.repeated)} s.",
    ]
    aims = [
        at_most("`make repro`, set up", seconds.whole, 360, " s"),
        at_least("training's share", 100 * parts[TRAINING] / total, 65, " %"),
        at_most("a repeated `dvc repro`", median(seconds.repeated), 3, " s"),
    ]
    raw = {
        "whole_s": seconds.whole, "stages_s": seconds.stages, "work_s": seconds.work,
        "repeated_s": seconds.repeated,
    }  # fmt: skip
    return Section("The pipeline's own cost", rows, aims, notes, raw)


def _parts(seconds: Seconds, lanes: int) -> dict[str, float]:
    """Divide the seconds of all lanes by what they went to."""
    worked = sum(seconds.work.values())
    training = sum(
        work for stage, work in seconds.work.items() if not stage.startswith(NOT_TRAINING)
    )
    parts = {TRAINING: training, "other work of the stages": worked - training}
    parts["the rest of the stages: MLflow's logging, DVC"] = sum(seconds.stages.values()) - worked
    parts["before the first stage: DVC's start, imports"] = seconds.waited * lanes
    total = seconds.whole * lanes
    parts["between stages: DVC, waiting"] = total - sum(parts.values())
    return parts
