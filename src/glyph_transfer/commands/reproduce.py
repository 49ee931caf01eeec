"""The pipeline, two stages at a time: `python -m glyph_transfer.commands.reproduce [targets ...]`.

`dvc repro` runs one stage after the other, and while one downloads, draws or logs, all cores
but one are idle. DVC may be started several times at once, so here every stage that is out of
date is a `dvc repro --single-item` of its own, which begins as soon as the stages that it rests
on are done. Two run side by side and share the cores; the results are the same bits.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from graphlib import TopologicalSorter
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import joblib
import psutil
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

DVC = (sys.executable, "-m", "dvc", "--wait-for-lock")
MOST_LANES = 2

_EDGE = re.compile(r'"(?P<before>[^"]+)"(?: -> "(?P<after>[^"]+)")?;')
_RUNS = "Running stage "
_ROUTINE = re.compile(
    r"$|> |Stage '[^']+' (didn't change|is cached)|(Generating|Updating) lock file"
    r"|Data and pipelines are up to date|Use `dvc push`"
    r"|To (track the changes|enable auto staging)|\t(git add|dvc config) "
)

_ERASE = "\x1b[K"  # the rest of a terminal's line

Graph = Mapping[str, set[str]]
"""Names of stages, and of each those that it rests on."""


def main(targets: list[str]) -> int:
    """Bring `targets`, or all, up to date; 0 where that succeeds, else 1."""
    signal.signal(signal.SIGTERM, _terminate)  # Ctrl-C reaches the stages by itself
    try:
        lanes = count_lanes(params.load())
        changed = json.loads(_dvc("status", "--json"))
        graph = outdated(graph_of(_dvc("dag", "--dot")), changed, targets)
        return 0 if _reproduce(graph, lanes) else 1
    except InputError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; the next run goes on from here", file=sys.stderr)
    return 1


def _terminate(*_: object) -> None:
    """End the stages that run. DVC then says that they failed, and no other begins."""
    print("terminated; the next run goes on from here", file=sys.stderr)
    what_has_ended = suppress(psutil.NoSuchProcess)
    for dvc in psutil.Process().children():
        with what_has_ended:
            for process in dvc.children(recursive=True) or [dvc]:
                with what_has_ended:
                    process.terminate()


def count_lanes(settings: params.Params) -> int:
    """How many stages run at once.

    One, where it was chosen who trains: a number of workers, or a cluster.
    """
    if settings.workers or settings.scheduler:
        return 1
    return min(MOST_LANES, joblib.cpu_count())


def graph_of(dot: str) -> Graph:
    """Read what `dvc dag --dot` prints."""
    graph: dict[str, set[str]] = {}
    for edge in _EDGE.finditer(dot):
        graph.setdefault(edge["before"], set())
        if edge["after"]:
            graph.setdefault(edge["after"], set()).add(edge["before"])
    return graph


def outdated(graph: Graph, changed: Collection[str], targets: list[str]) -> Graph:
    """Give the part of a graph that may have to run: what changed, and what rests on it.

    Args:
        graph: of all stages.
        changed: those that are not as DVC knows them.
        targets: what is wanted, with all that it rests on; empty = everything.

    Raises:
        InputError: where a target is no stage.
    """
    if unknown := set(targets) - set(graph):
        raise InputError(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(graph)}")
    wanted, todo = set(), list(targets or graph)
    while todo:
        stage = todo.pop()
        wanted.add(stage)
        todo += graph[stage] - wanted
    stale: set[str] = set()
    for stage in TopologicalSorter(graph).static_order():
        if stage in wanted and (stage in changed or graph[stage] & stale):
            stale.add(stage)
    return {stage: before & stale for stage, before in graph.items() if stage in stale}


def run_all(graph: Graph, run: Callable[[str, bool], bool], lanes: int) -> bool:
    """Run every stage after those that it rests on; give whether all succeeded.

    Of the stages that are ready, those that the longest chain waits for go first. When one
    fails no other begins, and those that run are waited for.

    Args:
        graph: the stages.
        run: runs a stage and says whether it succeeded; called from `lanes` threads. It is told
            whether the stage is alone: nothing runs, or can begin, beside it.
        lanes: how many run at a time.
    """
    chain = _chains(graph)
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready, running, succeeded = [], {}, True
    with ThreadPoolExecutor(lanes) as pool:
        while running or (succeeded and sorter.is_active()):
            ready = sorted([*ready, *sorter.get_ready()], key=chain.get)
            while succeeded and ready and len(running) < lanes:
                stage = ready.pop()
                alone = not (running or ready)
                running[pool.submit(run, stage, alone)] = stage
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                sorter.done(running.pop(future))
                succeeded &= future.result()
    return succeeded


def _chains(graph: Graph) -> dict[str, int]:
    """How many stages long the longest chain is that waits for each stage."""
    chain = dict.fromkeys(graph, 0)
    for stage in reversed(list(TopologicalSorter(graph).static_order())):
        for before in graph[stage]:
            chain[before] = max(chain[before], chain[stage] + 1)
    return chain


def _reproduce(graph: Graph, lanes: int) -> bool:
    """Run a graph's stages in `lanes` lanes, telling of each when it begins and ends."""
    numbers = count(1)
    free = SimpleQueue()
    for lane in range(lanes):
        free.put(lane)
    done = "{n_fmt}/{total_fmt} stages |{bar}| {elapsed}"
    with tqdm(total=len(graph), bar_format=done, leave=False, disable=None) as bar:

        def run(stage: str, alone: bool) -> bool:
            lane = free.get()
            environment = _environment(lane, 1 if alone else lanes)
            try:
                return _run(stage, f"[{next(numbers)}/{len(graph)}] {stage}", environment)
            finally:
                free.put(lane)
                bar.update()

        return run_all(graph, run, lanes)


def with_this_python() -> dict[str, str]:
    """Environment in which dvc.yaml's `python` is the one that runs this."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return os.environ | {"PATH": path}


def _environment(lane: int, shares: int) -> dict[str, str]:
    """What a lane's stage finds: its share of the cores, and a line for its progress bar."""
    return with_this_python() | {
        "LOKY_MAX_CPU_COUNT": str(joblib.cpu_count() // shares),
        "TQDM_POSITION": str(lane + 1),
    }


def _run(stage: str, label: str, environment: dict[str, str]) -> bool:
    """Have DVC run a stage, if it has to; tell what it says beside the usual."""
    began, runs = time.monotonic(), False
    command = [*DVC, "repro", "--single-item", stage]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as dvc:
        for line in map(str.rstrip, dvc.stdout):
            if line.startswith(_RUNS):
                runs = True
                _tell(label)
            elif not _ROUTINE.match(line):
                _tell(line)
    if runs or dvc.returncode:
        end = "failed after" if dvc.returncode else "done in"
        _tell(f"{label} {end} {time.monotonic() - began:.0f} s")
    return dvc.returncode == 0


def _tell(line: str) -> None:
    """Print a line, over progress bars where there are any."""
    tqdm.write(f"{line}{_ERASE}" if sys.stdout.isatty() else line)
    sys.stdout.flush()


def _dvc(*words: str) -> str:
    """What a command of DVC prints."""
    done = subprocess.run([*DVC, *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(words)}` failed; its message is above")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
