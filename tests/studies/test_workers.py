"""Schedulers that cannot be used, told with what to do."""

import joblib
import pytest
from distributed import LocalCluster

from glyph_transfer.errors import InputError
from glyph_transfer.studies import workers


@pytest.fixture
def threaded():
    """A scheduler whose workers are threads here; starts as many as it is told."""
    with LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster:
        yield cluster


def test_without_a_scheduler_the_work_is_done_by_so_many_processes_here():
    with workers.side_by_side(3, None):
        assert joblib.effective_n_jobs(None) == 3


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address"])
def test_a_scheduler_that_does_not_answer(address, monkeypatch):
    monkeypatch.setattr(workers, "TIMEOUT_S", 0.5)
    with (
        pytest.raises(InputError, match=rf"at '{address}', .*`dask scheduler`.*to null"),
        workers.side_by_side(1, address),
    ):
        pass


def test_a_scheduler_without_workers(threaded):
    with (
        pytest.raises(InputError, match=r"has no workers\. Start some: `dask worker inproc"),
        workers.side_by_side(1, threaded.scheduler_address),
    ):
        pass


def test_a_worker_that_would_train_twice_at_once(threaded):
    threaded.scale(n=1)
    threaded.wait_for_workers(1)
    with (
        pytest.raises(InputError, match=r"has \d+ threads, but has to have one. .*--nthreads 1"),
        workers.side_by_side(1, threaded.scheduler_address),
    ):
        pass
