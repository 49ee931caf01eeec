"""Who does the work, and schedulers that cannot be used, told with what to do."""

import os
import time
from contextlib import nullcontext
from unittest.mock import Mock

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import workers


def own_process(_):
    return os.getpid()


def slow_process(_):
    time.sleep(0.2)
    return os.getpid()


def test_so_many_processes_here_do_the_work():
    with workers.pool(4, 2, None) as each:
        seen = {*each(slow_process, range(4))}
    assert len(seen) == 2
    assert os.getpid() not in seen


@pytest.mark.parametrize(("n_tasks", "most"), [(1, 2), (4, 1)])
def test_one_process_alone_is_this_one(n_tasks, most):
    with workers.pool(n_tasks, most, None) as each:
        assert {*each(own_process, range(4))} == {os.getpid()}


def test_no_number_of_workers_is_one_for_each_core(monkeypatch):
    started = []
    monkeypatch.setattr(workers, "Processes", lambda n: started.append(n) or nullcontext(Mock()))
    monkeypatch.setenv(workers.CORES, "5")
    with workers.pool(9, 0, None), workers.pool(3, 0, None):
        pass
    assert started == [5, 3]


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "1600000 100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({}, 8),
    ],
)
def test_cores_are_those_that_a_container_may_use(monkeypatch, tmp_path, files, cores):
    monkeypatch.delenv(workers.CORES, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*range(8)}, raising=False)
    monkeypatch.setattr(workers, "CGROUP", tmp_path)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert workers.count_cores() == cores


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address"])
def test_a_scheduler_that_does_not_answer(address, monkeypatch):
    monkeypatch.setattr(workers, "TIMEOUT_S", 0.5)
    with (
        pytest.raises(InputError, match=rf"at '{address}', .*`dask scheduler`.*to null"),
        workers.pool(1, 1, address),
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
