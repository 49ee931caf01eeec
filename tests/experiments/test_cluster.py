"""The same replicates trained by a Dask cluster."""

import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.run import keep_network, run
from glyph_transfer.experiments.workers import pool
from toy_results import cell_bytes, copied, moments
from toy_study import (
    OWN_SOURCES,
    with_phase,
)


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each, and their scheduler."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


def test_a_dask_cluster_gives_the_bytes_of_one_worker(reference, plan, tmp_path, cluster):
    jobs = plan()
    run(jobs, 1, "cluster", cluster.scheduler_address)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_a_dask_cluster_does_so_with_sources_of_its_own(own_reference, plan, tmp_path, cluster):
    jobs = plan(score_every=1, **OWN_SOURCES)
    run(jobs, 1, "cluster", cluster.scheduler_address)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_a_network_is_kept_by_a_cluster(reference, plan, tmp_path, cluster, monkeypatch):
    """By paths from this process's folder, which is not the workers'."""
    monkeypatch.chdir(tmp_path)
    job = copied(reference, plan(parts=Path("parts")))[0]
    for name, scheduler in (("here", None), ("there", cluster.scheduler_address)):
        keep_network(job, Path(f"{name}.keras"), 1, scheduler)
    assert Path("here.keras").read_bytes() == Path("there.keras").read_bytes()


def test_a_cluster_tells_a_mistake_as_this_machine_does(plan, cluster):
    with pytest.raises(InputError, match=r"n_train is 41, .* training images, 40"):
        run(plan(n_train=[6, 41]), 1, "mistaken", cluster.scheduler_address)


def test_a_killed_dask_worker_loses_no_finished_replicate(reference, plan, tmp_path, cluster):
    """The scheduler gives what the dead worker had to the others."""
    longer = {"scratch": with_phase(epochs=30)["scratch"]}
    jobs = plan(draws=12, variants=longer)
    seen = []

    def kill():
        while sum(job.result.exists() for job in jobs) < 3:
            time.sleep(0.005)
        seen.extend(moments(jobs))
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    run(jobs, 1, "killed", cluster.scheduler_address)
    killer.join(timeout=60)
    kept = [now == then for now, then in zip(moments(jobs), seen, strict=True) if then]
    assert 3 <= sum(kept) == len(kept) < len(jobs)
    undisturbed = plan(parts=tmp_path / "undisturbed", draws=12, variants=longer)
    run(undisturbed, 1, "undisturbed")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(undisturbed, tmp_path / "b.npz")


def pages_mapped_for_an_array():
    """Pages that a megabyte takes from the system, where it is freed each time; as a mean."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(2**17)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 100


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's memory")
def test_a_clusters_workers_keep_freed_memory():
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        assert min(client.run(pages_mapped_for_an_array).values()) > 100, "Dask's own setting"
        with pool(1, 1, cluster.scheduler_address):
            assert max(client.run(pages_mapped_for_an_array).values()) < 10
