"""Scaling: workers, a Dask cluster, and the cost of ten to a thousand replicates."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median

from distributed import LocalCluster

from benchmarks import inputs
from benchmarks.timing import (
    Aim,
    Section,
    alternate,
    at_least,
    median_ratio,
    processes,
)
from glyph_transfer.experiments.inputs import Files
from glyph_transfer.experiments.plan import Job, plan
from glyph_transfer.experiments.run import run
from glyph_transfer.images import sets
from glyph_transfer.protocol import Phase, Study, Training, Variant

ROUNDS, REPLICATES, EPOCHS = 3, 30, 50
"""Rounds, and replicates in each: as many as a cell of `few_labels` has, and as long."""

SIZES, FEW_EPOCHS = (10, 100, 1000), 3
"""Of ever larger studies, of short replicates: what is not training shows."""

TITLES = {"one": "1 worker", "two": "2 workers", "cluster": "Dask, 2 worker processes"}


def measure(folder: Path) -> Section:
    """Time rounds by 1 worker, 2 and a cluster, then ever larger studies by 2."""
    sets.save(inputs.embedded_digits(), folder / "embedded.npz")
    jobs = _plan(folder, REPLICATES, EPOCHS)
    short = _plan(folder, max(SIZES), FEW_EPOCHS)
    with _contenders() as pools:
        submit = {
            name: lambda jobs, name=name: pools[name].submit(CONTENDERS[name], jobs).result()
            for name in CONTENDERS
        }
        started = {name: submit[name](_fresh(jobs[:4], name)) for name in CONTENDERS}
        rounds = alternate(
            {
                name: lambda r, name=name: submit[name](_fresh(jobs, f"{name}{r}"))
                for name in CONTENDERS
            },
            ROUNDS,
        )
        submit["two"](_fresh(short[:4], "warm-up"))
        sizes = {n: submit["two"](_fresh(short[:n], f"size{n}")) for n in SIZES}
    rows = [
        {
            "contender": title,
            "replicates/s": REPLICATES / median(rounds[name]),
            "ratio to 1 worker": median_ratio(rounds["one"], rounds[name]),
            "first 4 replicates, s": started[name],
        }
        for name, title in TITLES.items()
    ]
    return Section(
        "Scaling: replicates a second",
        rows,
        _aims(rounds, sizes),
        [
            f"Embedded digits, TomiNet from scratch on 100 of them, {EPOCHS} epochs; {ROUNDS} "
            f"rounds of {REPLICATES} replicates. The first replicates bear the start of processes, "
            "imports and tracing.",
            f"Two workers, {FEW_EPOCHS} epochs: "
            + ", ".join(f"{n} replicates {s:.2f} s ({1e3 * s / n:.1f} ms each)"
                        for n, s in sizes.items())
            + f"; the straight line through the last two has {_fixed(sizes):.2f} s at none.",
        ],
        {"rounds_s": rounds, "first_s": started, "sizes_s": sizes},
    )  # fmt: skip


@contextmanager
def _contenders() -> Iterator[dict[str, ProcessPoolExecutor]]:
    """Give each contender a process; close the cluster, however the block ends."""
    with processes(*CONTENDERS) as pools:
        try:
            yield pools
        finally:
            pools["cluster"].submit(_stop_cluster).result()


def _aims(rounds: dict, sizes: dict) -> list[Aim]:
    each = [s / n for n, s in sizes.items()][1:]
    growth = each[1] / each[0]
    linear = Aim("cost of a replicate, 1,000 to 100", "0.8 to 1.2x", f"{growth:.3g}x",
                 0.8 <= growth <= 1.2)  # fmt: skip
    return [
        at_least("2 workers against 1", median_ratio(rounds["one"], rounds["two"]), 1.8),
        at_least("Dask cluster against 1", median_ratio(rounds["one"], rounds["cluster"]), 1.8),
        linear,
    ]


def _fixed(sizes: dict) -> float:
    (few, few_s), (many, many_s) = list(sizes.items())[1:]
    return few_s - few * (many_s - few_s) / (many - few)


def _plan(folder: Path, draws: int, epochs: int) -> list[Job]:
    study = Study(
        question="How fast?",
        targets=["digits"],
        model="tominet",
        n_train=[100],
        draws=draws,
        sampling="random",
        training=Training(optimizer="adam", batch_size=10, batch_norm_momentum=0.9),
        variants={
            "scratch": Variant(
                sources=["none"],
                load=[],
                phases=[Phase(train="all", epochs=epochs, learning_rate=0.001)],
            )
        },
    )
    files = Files({"digits": (folder / "embedded.npz", sets.Selection())}, {}, folder / "scaling")
    return plan(study, inputs.SEED, files)


def _fresh(jobs: list[Job], name: str) -> list[Job]:
    """Give the jobs with results in a folder of their own, so that none is finished."""
    return [replace(job, result=job.result.parent / name / job.result.name) for job in jobs]


def _seconds(jobs: list[Job], workers: int, scheduler: str | None = None) -> float:
    started = time.perf_counter()
    run(jobs, workers, "scaling", scheduler)
    return time.perf_counter() - started


def _one(jobs: list[Job]) -> float:
    return _seconds(jobs, 1)


def _two(jobs: list[Job]) -> float:
    return _seconds(jobs, 2)


def _cluster(jobs: list[Job]) -> float:
    return _seconds(jobs, 2, _started_cluster().scheduler_address)


@cache
def _started_cluster() -> LocalCluster:
    return LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)


def _stop_cluster() -> None:
    _started_cluster().close()


CONTENDERS = {"one": _one, "two": _two, "cluster": _cluster}
