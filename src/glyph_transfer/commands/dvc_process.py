"""What is asked of DVC, each time in a process of its own.

DVC takes a second to import, and two threads must not use it at once. So one process imports it,
and others are forked from that one in a tenth of a second: multiprocessing's "forkserver". What
DVC knows comes as data from its Python interface; its messages are only errors and warnings.
Every process leads a group, with the commands that it starts: they end together, at the latest
with the process that asked.
"""

import logging
import multiprocessing
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

import psutil

from glyph_transfer.commands import dvc_files, mending
from glyph_transfer.commands.stage_graph import Graph, always_first, needed_for
from glyph_transfer.errors import InputError, refusal

if TYPE_CHECKING:
    from dvc.repo import Repo

GRACE_S = 10
"""For what a killed run began to end by itself."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "glyph_transfer.commands.dvc_process",
        "filelock",
        "tqdm",
        "dvc.repo",
        "dvc.repo.index",
        "dvc.repo.reproduce",
        "dvc.dvcfile",
        "dvc.stage.cache",
        "dvc.stage.run",
    ]
)


def survey(targets: list[str]) -> tuple[Graph, set[str]]:
    """Give the stages that targets rest on, all where there are none, and those that changed.

    What runs every time and rests on nothing else runs here, as others may rest on it. It counts
    as changed where it gave something else than last time.

    Raises:
        InputError: where a target is no stage.
    """
    from dvc.repo import lock_repo

    with _repository() as repository, lock_repo(repository):  # so that files are read once
        stages = {stage.addressing: stage for stage in repository.index.stages}
        edges = repository.index.graph
        graph = {name: {before.addressing for before in edges[s]} for name, s in stages.items()}
        graph = needed_for(graph, targets)
        always = {n for n in graph if stages[n].always_changed or stages[n].is_callback}
        first = always_first(graph, always)
        for name in first:
            (stage,) = repository.stage.collect(name)  # another object than the one compared below
            stage.run(no_commit=True)
        status = repository.status()
    unchanged = {name for name in first if status.get(name) == ["always changed"]}
    return graph, status.keys() - unchanged


def bring_up_to_date(stage: str) -> bool:
    """Run a stage, or take what it gives from DVC's cache; False where it is up to date.

    What DVC has taken from a damaged copy is removed with that copy, and made again.
    """
    with _repository() as repository:
        (before,) = repository.stage.collect(stage)
        mending.remove_damaged_lists(before)
        made = repository.reproduce(stage, single_item=True)
        if not made:
            return False
        (after,) = made
        if damaged := mending.remove_damaged_copies(after):
            print(f"DVC's copy of {', '.join(damaged)} is damaged; it was removed and is made anew")
            repository.reproduce(stage, single_item=True, force=True)
        return True


def _repository() -> "Repo":
    from dvc.repo import Repo

    dvc_files.write_whole()
    return Repo(_wait_for_lock=True)


class Processes:
    """The processes of one run: begun one by one, from any thread, and stopped together."""

    def __init__(self) -> None:
        self._starting = threading.RLock()  # the main thread may be starting one when told to stop
        self._running: set[multiprocessing.process.BaseProcess] = set()
        self.stopped = False

    def call(
        self,
        function: Callable,
        *arguments: object,
        environment: Mapping[str, str] | None = None,
        tell: Callable[[str], None] = print,
    ) -> object:
        """Call one of the functions above in a process, and wait for all that this starts.

        Args:
            function: what is called.
            arguments: of the function.
            environment: variables that the process has beside those of this one.
            tell: is given every line that is printed.

        Returns:
            What the function returns, or None where it failed, for the reason that stands on the
            standard error output, or was stopped, or did not begin, because of that.
        """
        lines, told = _context.Pipe(duplex=False)
        answer, answered = _context.Pipe(duplex=False)
        what = (function, arguments, {**(environment or {})}, told, answered)
        with lines, answer:
            with told, answered, self._starting:
                if self.stopped:
                    return None
                process = _context.Process(target=_answer, args=what)
                process.start()
                self._running.add(process)
            if self.stopped:  # while it was begun
                _signal(process, signal.SIGTERM)
            try:
                with open(lines.fileno(), closefd=False, errors="replace") as text:
                    for line in text:
                        tell(line.rstrip())
                given = answer.recv()  # a command that is killed may end before what began it
                return None if self.stopped else given
            except EOFError:
                return None
            finally:
                process.join()
                self._running.discard(process)

    def stop(self) -> None:
        """Begin no other process, and end those that run: at once, where told twice."""
        with self._starting:
            how = signal.SIGKILL if self.stopped else signal.SIGTERM
            self.stopped = True
            for process in [*self._running]:  # threads take theirs out
                _signal(process, how)


def _signal(process: multiprocessing.process.BaseProcess, number: int) -> None:
    """Signal a process and its group, which it leads as soon as it has begun."""
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            return send(process.pid, number)
    return None


def _answer(
    function: Callable,
    arguments: tuple,
    environment: dict[str, str],
    told: Connection,
    answered: Connection,
) -> None:
    """What a process does: it calls the function and sends what that returns."""
    from dvc.exceptions import DvcException

    os.setpgrp()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # DVC then releases its locks
    parent = multiprocessing.parent_process().sentinel
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.environ.update(environment)
    with told:
        os.dup2(told.fileno(), sys.stdout.fileno())
    logging.getLogger("dvc").setLevel(logging.WARNING)
    try:
        answered.send(function(*arguments))
    except InputError as error:
        print(error, file=sys.stderr)
    except DvcException as error:
        causes = [error]
        while causes[-1].__cause__:
            causes.append(causes[-1].__cause__)
        print("ERROR:", ": ".join(map(str, causes)), file=sys.stderr)
    except OSError as error:
        if (reason := refusal(error)) is None:
            raise
        print("ERROR:", reason, file=sys.stderr)
    except sqlite3.Error as error:  # of what DVC remembers of files' digests
        print(f"ERROR: DVC's database: {error}, as where a disk is full", file=sys.stderr)
    finally:
        while wait([parent], timeout=0) and _is_accompanied():  # until the thread ends the group
            time.sleep(0.1)


def _end_with(parent: int) -> None:
    """End this process's group with its parent, whose end `parent` tells: first as it likes.

    Else a training would go on unseen where the process that asked for it was killed. A process
    may miss the first signal: Python drops what a handler raises while an object is freed.
    """
    wait([parent])
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_S)
    os.killpg(0, signal.SIGKILL)


def _is_accompanied() -> bool:
    """Whether another process of this one's group runs."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            own = process.pid != os.getpid() and os.getpgid(process.pid) == os.getpgrp()
            if own and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
