"""Who does the work: processes on this machine, or those of a Dask cluster."""

import ctypes
import logging
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.processes import Processes

if TYPE_CHECKING:
    from distributed import Client, Future

T, R = TypeVar("T"), TypeVar("R")

Each = Callable[[Callable[[T], R], Iterable[T]], Iterator[R]]
"""Calls a function with every task and gives the results in the order in which they come."""

CORES = "GLYPH_TRANSFER_WORKERS"
"""Environment variable: the cores that a stage has, where that is not all of them."""

CGROUP = Path("/sys/fs/cgroup")
QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Files, of the second and the first version of Linux's control groups, with the time that a
container may compute in a period, and the period; `max`, or a negative time, is no limit."""

TIMEOUT_S = 10
LOOK_S, LOOKS = 10, 6
"""Seconds without a result after which a cluster is looked at, and how often it may have nobody."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
KEPT_BYTES = 2**25
"""The largest piece of memory that glibc keeps when it is freed, unless told otherwise."""


@contextmanager
def pool(n_tasks: int, workers: int, scheduler: str | None) -> Iterator[Each]:
    """Give what does tasks side by side; one process alone is this one.

    Args:
        n_tasks: the most that there are to do at once.
        workers: processes on this machine; 0 = one for each core.
        scheduler: address of a Dask scheduler, whose workers take their place.

    Raises:
        InputError: where no scheduler answers at the address, or its workers cannot be used; and
            while it works, where a task's worker is killed again and again.
    """
    most = min(workers or count_cores(), n_tasks)
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield lambda function, tasks: _by_cluster(client, function, tasks)
    elif most > 1:
        with Processes(most) as processes:
            yield processes.each
    else:
        yield map


def count_cores() -> int:
    """Count the cores that this process may use: it may be bound to some, or have a share."""
    if given := os.environ.get(CORES):
        return int(given)
    bound = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if bound else os.cpu_count() or 1
    for names in QUOTAS:
        with suppress(OSError, ValueError):  # without a limit, or without such files
            quota, period = map(int, " ".join((CGROUP / n).read_text() for n in names).split())
            return min(cores, math.ceil(quota / period)) if quota > 0 else cores
    return cores


def _by_cluster(client: "Client", function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
    """Give results as they come, while the cluster has workers.

    Dask gives what a lost worker had to the others; to three of them, and then no more.
    """
    from distributed.scheduler import KilledWorker

    done = SimpleQueue()
    futures = {client.submit(function, task, pure=False): task for task in tasks}
    for future in futures:
        future.add_done_callback(done.put)
    for _ in futures:
        future = _next(done, client)
        try:
            yield future.result()
        except KilledWorker as error:
            raise InputError(
                f"{futures[future]}: workers that had begun it were lost, again and again "
                f"({error}). What is finished is kept."
            ) from error
        except CancelledError as error:
            raise InputError(_LOST.format("scheduler does not answer any more")) from error


_LOST = (
    "The Dask {}; what is finished is kept. Start what is missing and run again, or set "
    "`scheduler` in params.yaml to null."
)


def _next(done: "SimpleQueue[Future]", client: "Client") -> "Future":
    """Wait for a task that ends, and no longer than `LOOKS` looks find nobody who works."""
    missed = 0
    while True:
        try:
            return done.get(timeout=LOOK_S)
        except Empty:
            reason = _lacks(client)
        missed = missed + 1 if reason else 0
        if missed == LOOKS:
            raise InputError(_LOST.format(reason))


def _lacks(client: "Client") -> str | None:
    """What the cluster of a client lacks for work to go on."""
    try:
        workers = client.sync(client.scheduler.ncores, callback_timeout=TIMEOUT_S)
    except (OSError, TimeoutError, RuntimeError, ValueError, CancelledError):
        return "scheduler does not answer any more"
    return None if workers else "scheduler has no workers any more"


@contextmanager
def _connected(scheduler: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            f"params.yaml names the scheduler '{scheduler}', but Dask is not installed: "
            "pip install 'glyph-transfer[cluster]', or set `scheduler` to null."
        ) from None
    # what goes wrong is told here, in one message
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at '{scheduler}', which params.yaml names ({error}). "
            "Start one with `dask scheduler`, or set `scheduler` to null."
        ) from None
    with client:
        _check(client.nthreads(), scheduler)
        client.register_worker_callbacks(keep_freed_memory)
        yield client


def keep_freed_memory() -> None:
    """Have this process keep freed memory for the next tensors, as glibc does by itself.

    Dask has its workers give back all but 64 KB at once (MALLOC_TRIM_THRESHOLD_). Every tensor
    is then mapped anew, and a step of training takes 1.2 times as long.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, 2 * KEPT_BYTES)


def _check(threads: dict[str, int], scheduler: str) -> None:
    """Raise InputError unless there are workers and each has one thread."""
    start = f"`dask worker {scheduler} --nworkers <cores> --nthreads 1`"
    if not threads:
        raise InputError(f"the Dask scheduler at '{scheduler}' has no workers. Start some: {start}")
    for worker, count in threads.items():
        if count > 1:
            # threads of one process would train the same network at once
            raise InputError(
                f"the Dask worker {worker} has {count} threads, but has to have one. "
                f"Start it with {start}"
            )
