"""The pipeline, two stages at a time: `python -m glyph_transfer.commands.reproduce [targets ...]`.

`dvc repro` runs one stage after the other, and while one downloads, draws or logs, all cores
but one are idle. DVC may be started several times at once, so here DVC brings every stage that is
out of date up to date by itself, as soon as the stages that it rests on are done. Two run side by
side and share the cores; the results are the same bits.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from graphlib import TopologicalSorter
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from tqdm import tqdm

from glyph_transfer.commands import dvc_files, mending, warm
from glyph_transfer.commands.dvc_process import Processes, bring_up_to_date, survey
from glyph_transfer.commands.stage_graph import Graph, chains, outdated
from glyph_transfer.errors import InputError, refusal
from glyph_transfer.experiments import workers
from glyph_transfer.terminal import printing

if TYPE_CHECKING:
    from glyph_transfer.protocol.params import Params

MOST_LANES = 2
_TMP = Path(".dvc", "tmp")  # DVC's own; Git ignores it

_ERASE = "\x1b[K"  # the rest of a terminal's line


def main(targets: list[str]) -> int:
    """Bring `targets`, or all, up to date; 0 where that succeeds, else 1."""
    processes = Processes()
    try:
        with printing(), only_run():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: _stop(processes))
            succeeded = reproduce(processes, targets)
            return 0 if succeeded and not processes.stopped else 1
    except InputError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        if (reason := refusal(error)) is None:
            raise
        print(f"{reason}; when that is mended the next run goes on from here", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return 1


def _stop(processes: Processes) -> None:
    processes.stop()
    print("stopped; the next run goes on from here", file=sys.stderr)


@contextmanager
def only_run() -> Iterator[None]:
    """Wait until no other process runs the pipeline in this folder, and say which one does.

    Raises:
        InputError: in a folder without DVC or Git.
    """
    if _lacks_git():
        raise InputError(
            f"{Path.cwd()} is in no Git repository, which DVC needs; a zip download has none. "
            "Type `git init` and run this again, or clone the project."
        )
    try:
        _TMP.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise InputError(f"{Path.cwd()} has no .dvc; run this in the project's folder") from None
    _keep_private()
    holder, lock = _TMP / "reproduce.pid", FileLock(_TMP / "reproduce.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        name = f"process {holder.read_text()}" if holder.exists() else "another process"
        print(f"{name} runs the pipeline in this folder; waiting until it ends", file=sys.stderr)
        lock.acquire()
    try:
        holder.write_text(str(os.getpid()))
        mending.mend_locks(_TMP)
        mending.mend_databases(_TMP / "site")
        yield
    finally:
        lock.release()


def _keep_private() -> None:
    """Have DVC keep what it later unpickles where no other user can put something else.

    By itself it takes /var/tmp/dvc, where everyone may write (CVE-2025-69872).
    """
    folder = _TMP / "site"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("DVC_SITE_CACHE_DIR", str(folder.absolute()))


def _lacks_git() -> bool:
    """Whether DVC would look for a Git repository and find none."""
    files = [file for file in Path(".dvc").glob("config*") if file.is_file()]
    settings = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    is_repository = any((folder / ".git").exists() for folder in (Path.cwd(), *Path.cwd().parents))
    return not is_repository and not any("no_scm" in text for text in settings)


def reproduce(processes: Processes, targets: list[str]) -> bool:
    """Bring stages up to date; give whether that succeeded."""
    with warm.server() as variables:
        if (answer := _survey(processes, targets)) is None:
            return False
        stale = outdated(*answer)
        if not stale:
            print("everything is up to date")
            return True
        from glyph_transfer.protocol import params  # takes time that a run with nothing to do saves

        return _run_side_by_side(processes, stale, count_lanes(params.load()), variables)


def _survey(processes: Processes, targets: list[str]) -> tuple[Graph, set[str]] | None:
    """Ask DVC what there is to do, again where what it reads was damaged and could be mended."""

    def ask() -> tuple[Graph, set[str]] | None:
        return processes.call(survey, targets, environment=with_this_python())

    answer = ask()
    if answer is None and not processes.stopped and dvc_files.mend_lockfile(Path.cwd()):
        return ask()
    return answer


def count_lanes(settings: "Params") -> int:
    """How many stages run at once.

    One, where it was chosen who trains: a number of workers, or a cluster.
    """
    if settings.workers or settings.scheduler:
        return 1
    return min(MOST_LANES, workers.count_cores())


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
    chain = chains(graph)
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


def _run_side_by_side(
    processes: Processes, graph: Graph, lanes: int, variables: dict[str, str]
) -> bool:
    """Run a graph's stages in `lanes` lanes, telling of each when it begins and ends."""
    numbers = count(1)
    free = SimpleQueue()
    for lane in range(lanes):
        free.put(lane)
    done = "{n_fmt}/{total_fmt} stages |{bar}| {elapsed}"
    with tqdm(total=len(graph), bar_format=done, leave=False, disable=None) as bar:

        def run(stage: str, alone: bool) -> bool:
            lane = free.get()
            environment = _environment(lane, 1 if alone else lanes) | variables
            label = f"[{next(numbers)}/{len(graph)}] {stage}"
            try:
                return _run(processes, stage, label, environment)
            finally:
                free.put(lane)
                bar.update()

        return run_all(graph, run, lanes)


def with_this_python() -> dict[str, str]:
    """Environment in which dvc.yaml's `python` is the one that runs this."""
    folder = Path(sys.executable).parent
    path = os.pathsep.join((str(folder), os.environ.get("PATH", os.defpath)))
    return os.environ | {"PATH": path, "VIRTUAL_ENV": str(folder.parent)}


def _environment(lane: int, shares: int) -> dict[str, str]:
    """What a lane's stage finds: its share of the cores, and a line for its progress bar."""
    return with_this_python() | {
        workers.CORES: str(workers.count_cores() // shares),
        "TQDM_POSITION": str(lane + 1),
    }


def _run(processes: Processes, stage: str, label: str, environment: dict[str, str]) -> bool:
    """Have DVC bring a stage up to date; tell when it begins and ends, and all that it prints."""
    if processes.stopped:
        return False
    began = time.monotonic()
    _tell(label)
    ran = processes.call(bring_up_to_date, stage, environment=environment, tell=_tell)
    end = {None: "failed after", True: "done in", False: "unchanged after"}[ran]
    _tell(f"{label} {end} {time.monotonic() - began:.0f} s")
    return ran is not None


def _tell(line: str) -> None:
    """Print a line, over progress bars where there are any."""
    tqdm.write(f"{line}{_ERASE}" if sys.stdout.isatty() else line)
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
