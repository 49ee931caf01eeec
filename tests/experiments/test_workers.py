"""Schedulers that cannot be used, told with what to do."""

import joblib
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import workers


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


ADDRESS = "tcp://10.0.0.1:8786"


def test_a_scheduler_without_workers():
    start = "`dask worker tcp://10.0.0.1:8786 "
    with pytest.raises(InputError, match=rf"has no workers\. Start some: {start}"):
        workers._check({}, ADDRESS)


def test_a_worker_that_would_train_twice_at_once():
    with pytest.raises(
        InputError, match=r"worker b has 2 threads, but has to have one. .*--nthreads 1"
    ):
        workers._check({"a": 1, "b": 2}, ADDRESS)
    workers._check({"a": 1, "b": 1}, ADDRESS)
