"""Replicates, trained side by side.

A finished replicate is a file that names, by its fingerprint, all that determines it. So
a run that is stopped, or that loses a worker, goes on with the replicates that are left,
and the results do not depend on which worker did what, or on how many there were.
"""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.results import is_finished, load_result
from glyph_transfer.experiments.workers import pool
from glyph_transfer.files import replacing


def run(jobs: list[Job], workers: int, title: str, scheduler: str | None = None) -> None:
    """Train the jobs that have no result yet, side by side.

    Args:
        jobs: of `plan`.
        workers: processes on this machine; 0 = one for each core.
        title: of the progress bar.
        scheduler: address of a Dask scheduler, whose workers take the place of those on this
            machine. They read and write the jobs' files, each file once in a process.

    Raises:
        InputError: where a variant does not fit its network, before anything trains, or where
            the scheduler or its workers cannot be used.
    """
    todo = unfinished(jobs)
    if not todo:
        return
    n_jobs = len({*map(str, jobs), *map(str, todo)})
    with (
        pool(len(todo), workers, scheduler) as each,
        tqdm(
            None, title, n_jobs, initial=n_jobs - len(todo), unit="replicate", disable=None
        ) as bar,
    ):
        list(each(_check, [job.with_absolute_paths() for job in to_check(todo)]))
        for wave in waves(todo):
            for _ in each(_train_once, [job.with_absolute_paths() for job in wave]):
                bar.update()


def keep_network(job: Job, path: Path, workers: int, scheduler: str | None = None) -> None:
    """Keep the network of a finished job in `path`.

    It is copied where it was kept for other jobs; else it is trained again, and held against
    its result.
    """
    if job.network is not None:
        with replacing(path) as temporary:
            shutil.copyfile(job.network, temporary)
        return
    first = load_result(job.result)
    with pool(1, workers, scheduler) as each:
        list(each(partial(_train, network=path.absolute()), [job.with_absolute_paths()]))
    if not np.array_equal(load_result(job.result).probability, first.probability):
        raise RuntimeError(f"{job}: trained twice, it gave two results; training has to repeat")


def to_check(jobs: list[Job]) -> list[Job]:
    """Give a job of every cell, and all whose heads may get too few images of a class by chance."""
    by_chance = [
        job for job in jobs if job.sampling == "random" and job.variant and job.variant.head
    ]
    first_of_cells = {job.cell: job for job in reversed(jobs)}.values()
    return list({str(job): job for job in [*first_of_cells, *by_chance]}.values())


def unfinished(jobs: list[Job]) -> list[Job]:
    """Give jobs without a result, and those whose networks they need and that are not there."""
    named = {str(job): job for job in jobs if not is_finished(job)}
    needed = [other for job in named.values() for other in job.comes_after]
    return list((named | {str(job): job for job in needed if not is_finished(job)}).values())


def waves(jobs: list[Job]) -> list[list[Job]]:
    """Divide jobs into those that need no other's network and the rest, the largest first."""
    first = [job for job in jobs if not job.comes_after]
    rest = [job for job in jobs if job.comes_after]
    return [sorted(wave, key=_size, reverse=True) for wave in (first, rest)]


def _size(job: Job) -> float:
    return float("inf") if job.cell.n_train == "all" else job.cell.n_train


# What a worker does. It imports TensorFlow, which takes seconds; this process need not.


def _check(job: Job) -> None:
    from glyph_transfer.experiments import replicate

    replicate.check(job)


def _train_once(job: Job) -> None:
    """Train unless it was done: Dask repeats what a worker did shortly before it died."""
    if not is_finished(job):
        _train(job)


def _train(job: Job, network: Path | None = None) -> None:
    from glyph_transfer.experiments import replicate

    replicate.train(job, network)
