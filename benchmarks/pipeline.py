"""The pipeline's own cost: a whole `dvc repro` of the embedded corpus, split up."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.timing import Section, at_least, at_most
from glyph_transfer.files import read_json

NOT_TRAINING = ("download", "convert", "evaluate", "visualise", "report")
REPEATS = 3
DVC_REPRO = [sys.executable, "-m", "dvc", "repro"]


def measure(folder: Path) -> Section:
    """Run the pipeline of a clean clone of the last commit, then again with nothing to do."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(clone / "src"),
    }
    started = time.perf_counter()
    walls = _walls(list(_events(clone, environment)), started)
    repeated = [_seconds(DVC_REPRO, clone, environment) for _ in range(REPEATS)]
    imports = {
        name: _seconds([sys.executable, "-c", f"import {_module(name)}"], clone, environment)
        for name in dict.fromkeys(stage.split("@")[0] for stage in walls if "@" in stage)
    }
    mlflow = _seconds([sys.executable, "-c", "import glyph_transfer.tracking"], clone, environment)
    return _section(walls, repeated, imports, mlflow, _work(clone, walls))


def _events(clone: Path, environment: dict) -> Iterator[tuple[float, str]]:
    """When each stage began, and the end."""
    with subprocess.Popen(
        [*DVC_REPRO, "--force"], cwd=clone, env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        for line in process.stdout:
            if found := re.match(r"Running stage '(.+)'", line):
                yield time.perf_counter(), found[1]
    if process.returncode:
        raise RuntimeError(f"`dvc repro` in {clone} ended with {process.returncode}")
    yield time.perf_counter(), "end"


def _walls(events: list[tuple[float, str]], started: float) -> dict[str, float]:
    """Seconds from one stage's beginning to the next one's; `dvc` up to the first."""
    walls = {"dvc": events[0][0] - started}
    for (begin, stage), (end, _) in pairwise(events):
        walls[stage] = end - begin
    return walls


def _work(clone: Path, walls: dict[str, float]) -> dict[str, float]:
    """Seconds that each stage says it worked, without imports and MLflow."""
    names = {stage: _conditions(stage) for stage in walls if "@" in stage}
    folder = clone / "data" / "embedded" / "conditions"
    return {
        stage: read_json(folder / f"{name}.json")["seconds"]
        for stage, name in names.items()
        if (folder / f"{name}.json").exists()
    }


def _conditions(stage: str) -> str:
    name, item = stage.split("@")
    part = item.removeprefix("embedded").removeprefix("-")
    return f"{name}-{part}" if name.startswith("pretrain") else f"{name}_{part}".rstrip("_")


def _module(name: str) -> str:
    stage = "pretrain" if name.startswith("pretrain") else name
    known = {*NOT_TRAINING, "pretrain", "search"}
    return f"glyph_transfer.stages.{stage if stage in known else 'transfer'}"


def _seconds(command: list[str], clone: Path, environment: dict) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _section(walls, repeated, imports, mlflow, work) -> Section:
    total = sum(walls.values())
    training = sum(s for stage, s in work.items() if not stage.startswith(NOT_TRAINING))
    parts = {
        "training and scoring": training,
        "other work of the stages": sum(work.values()) - training,
        "imports, MLflow's apart": sum(imports[s.split("@")[0]] for s in walls if "@" in s),
        "import of MLflow": mlflow * sum("@" in stage for stage in walls),
        "DVC before the first stage": walls["dvc"],
    }
    parts["the rest: MLflow's logging, DVC between stages"] = total - sum(parts.values())
    rows = [{"part": k, "s": round(v, 1), "share": f"{v / total:.0%}"} for k, v in parts.items()]
    rows.append({"part": "all", "s": round(total, 1), "share": "100%"})
    notes = [
        "`dvc repro --force` in a fresh clone with a new MLflow store, embedded corpus, all "
        "stages. Imports are timed by themselves, once for each program, and taken times the "
        "stages that run it; work is what the stages' conditions say.",
        f"A repeated `dvc repro`: {', '.join(f'{s:.1f}' for s in repeated)} s.",
    ]
    aims = [
        at_least("training's share", 100 * training / total, 65, " %"),
        at_most("a repeated `dvc repro`", median(repeated), 3, " s"),
    ]
    raw = {"stages_s": walls, "work_s": work, "imports_s": imports, "repeated_s": repeated}
    return Section("The pipeline's own cost", rows, aims, notes, raw)
