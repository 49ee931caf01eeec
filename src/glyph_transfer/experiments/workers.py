"""Who does the work: processes on this machine, or those of a Dask cluster."""

import ctypes
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import joblib

from glyph_transfer.errors import InputError

TIMEOUT_S = 10
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
KEPT_BYTES = 2**25
"""The largest piece of memory that glibc keeps when it is freed, unless told otherwise."""


@contextmanager
def pool(n_tasks: int, workers: int, scheduler: str | None) -> Iterator[joblib.Parallel]:
    """Give what runs tasks side by side and gives their results as they come.

    Args:
        n_tasks: the most that there are to do at once.
        workers: processes on this machine; 0 = one for each core.
        scheduler: as for `side_by_side`.
    """
    with side_by_side(min(workers or joblib.cpu_count(), n_tasks), scheduler):
        yield joblib.Parallel(return_as="generator_unordered")


@contextmanager
def side_by_side(workers: int, scheduler: str | None) -> Iterator[None]:
    """Have joblib use `workers` processes here, or all those of a Dask scheduler.

    Raises:
        InputError: where no scheduler answers at the address, or its workers cannot be used.
    """
    if scheduler is None:
        with joblib.parallel_config("loky", n_jobs=workers), warnings.catch_warnings():
            # loky replaces a worker whose memory has grown, as that of many networks does
            warnings.filterwarnings("ignore", "A worker stopped while some jobs were given")
            yield
    else:
        with _connected(scheduler), joblib.parallel_config("dask", n_jobs=-1):
            yield


@contextmanager
def _connected(scheduler: str) -> Iterator[None]:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            f"params.yaml names the scheduler '{scheduler}', but Dask is not installed: "
            "pip install 'glyph-transfer[cluster]', or set `scheduler` to null."
        ) from None
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
        yield


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
