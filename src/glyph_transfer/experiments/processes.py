"""Processes on this machine that do one task after the other, and whose death loses no task."""

import multiprocessing
import os
import signal
import sys
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import TypeVar

import psutil

from glyph_transfer.errors import InputError

T, R = TypeVar("T"), TypeVar("R")

TRIES = 3
"""How often a task is begun whose processes are killed."""

LEAST_GROWTH = 300 * 2**20
"""Bytes that a process may grow by after its first task at least, however small the machine."""

LIBRARIES = "glyph_transfer.learning.preloaded"
RUNNING = "glyph_transfer.learning.backend"
"""Modules that import TensorFlow, and that start it."""

ENDING = "glyph_transfer.experiments.ends_with_parent"


class Processes:
    """So many processes at most, for use in a `with` block, at whose end they are killed."""

    def __init__(self, most: int):
        self._most = most
        self._most_growth = most_growth(most)
        self._idle: list[_Process] = []
        self._busy: dict[Connection, _Process] = {}

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        self._kill_busy()
        while self._idle:
            self._idle.pop().kill()

    def _kill_busy(self) -> None:
        while self._busy:
            self._busy.popitem()[1].kill()

    def each(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Give what `function` gives of every task, in the order in which they end.

        Args:
            function: is pickled, as are tasks and results.
            tasks: begun in this order.

        Raises:
            InputError: where the processes that had a task were killed, `TRIES` times.
            Exception: which the function raised.
        """
        try:
            yield from self._each(function, deque((task, TRIES) for task in tasks))
        finally:
            self._kill_busy()

    def _each(self, function: Callable[[T], R], todo: deque[tuple[T, int]]) -> Iterator[R]:
        while todo or self._busy:
            while todo and len(self._busy) < self._most:
                process = self._idle.pop() if self._idle else _Process()
                self._busy[process.connection] = process
                process.begin(function, *todo.popleft())
            for connection in wait([*self._busy]):
                process = self._busy.pop(connection)
                try:
                    result, error = process.answer()
                except (EOFError, OSError):
                    todo.appendleft(process.give_back())
                    continue
                if process.has_grown(self._most_growth):
                    process.kill()
                else:
                    self._idle.append(process)
                if error is not None:
                    raise error
                yield result


def most_growth(processes: int) -> int:
    """Give the bytes that each of so many processes may grow by, as training networks makes it.

    All together half of the memory, since they grow, too, by features that they keep: one that is
    replaced has to compute them anew.
    """
    return max(LEAST_GROWTH, psutil.virtual_memory().total // (2 * processes))


class _Process:
    """A process, the end of a pipe to it, and the task that it has."""

    def __init__(self):
        context = _context()
        self.connection, other_end = context.Pipe()
        self._process = context.Process(target=_work, args=(other_end,), daemon=True)
        with forking():
            self._process.start()
        other_end.close()
        self._first_size = None

    def begin(self, function: Callable, task: object, tries: int) -> None:
        self._task, self._tries = task, tries
        with suppress(OSError):  # it is dead, as its answer will tell
            self.connection.send((function, task))

    def answer(self) -> tuple[object, Exception | None]:
        """Give a result or an error; EOFError or OSError where the process died."""
        return self.connection.recv()

    def give_back(self) -> tuple[object, int]:
        """Give the task of a process that died, and how often it may still be begun."""
        self.kill()
        if self._tries == 1:
            raise InputError(
                f"{self._task}: {TRIES} processes that had begun it were killed, the last with "
                f"exit code {self._process.exitcode}. If memory is short, set `workers` in "
                "params.yaml to fewer; what is finished is kept."
            )
        return self._task, self._tries - 1

    def has_grown(self, most: int) -> bool:
        """Whether it should be replaced, since it has grown by more bytes since its first task."""
        try:
            size = psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return True
        self._first_size = self._first_size or size
        return size - self._first_size > most

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


@contextmanager
def forking() -> Iterator[None]:
    """Fork in this block where threads hold nothing that the fork uses; Python would warn of them.

    Such are the threads of a progress bar and of the libraries for linear algebra, which see to
    it themselves.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
        yield


def _context() -> multiprocessing.context.BaseContext:
    """How processes begin: as copies of one that has imported TensorFlow, where that is safe."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    if RUNNING not in sys.modules:
        import_module(LIBRARIES)
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([ENDING, LIBRARIES])
    return context


def _work(connection: Connection) -> None:
    """Do what comes through a pipe until it is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, which then kills this
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError):
        while True:
            function, task = connection.recv()
            try:
                answer = function(task), None
            except Exception as error:
                error.add_note(f"\nIn another process:\n{traceback.format_exc()}")
                answer = None, error
            connection.send(answer)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
