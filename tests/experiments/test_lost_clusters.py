"""A cluster that loses its workers, or its scheduler, is told of in one message, in good time."""

import threading
import time
from concurrent.futures import CancelledError
from types import SimpleNamespace

import pytest
from distributed import LocalCluster
from distributed.scheduler import KilledWorker

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import workers
from glyph_transfer.experiments.workers import pool


@pytest.fixture
def cluster(monkeypatch):
    """Two workers in this process, which is looked at ten times a second."""
    monkeypatch.setattr(workers, "LOOK_S", 0.1)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as found:
        yield found


def slowly(seconds):
    time.sleep(seconds)
    return seconds


def results_while(cluster, act):
    """What comes of one short task and of one that would take a minute, while something happens."""
    found = []
    with pool(2, 2, cluster.scheduler_address) as each:
        for result in each(slowly, [0.01, 60]):
            found.append(result)
            threading.Thread(target=act, daemon=True).start()
    return found


def test_a_task_that_takes_longer_than_a_look_is_waited_for(cluster):
    with pool(2, 2, cluster.scheduler_address) as each:
        assert sorted(each(slowly, [0.01, 1.0])) == [0.01, 1.0]


def test_a_cluster_that_lost_all_its_workers_is_waited_for_no_longer(cluster):
    """It was waited for without end, and in silence."""
    with pytest.raises(InputError, match="no workers any more; what is finished is kept"):
        results_while(cluster, lambda: cluster.scale(0))


def test_workers_that_come_back_go_on(cluster, monkeypatch):
    monkeypatch.setattr(workers, "LOOKS", 600)
    cluster.scale(0)
    timer = threading.Timer(1, lambda: cluster.scale(1))
    with pool_without_check(monkeypatch, cluster) as each:
        timer.start()
        assert list(each(slowly, [0.01])) == [0.01]


def pool_without_check(monkeypatch, cluster):
    monkeypatch.setattr(workers, "_check", lambda *_: None)
    return pool(1, 1, cluster.scheduler_address)


class Lost:
    """A client, and a future of it, whose scheduler ends: at once, or after a task was given."""

    scheduler = SimpleNamespace(ncores=None)

    def __init__(self, cancels):
        self.cancels = cancels

    def submit(self, *_, **__):
        return self

    def add_done_callback(self, function):
        if self.cancels:
            function(self)

    def result(self):
        raise CancelledError

    def sync(self, *_, **__):
        raise OSError("nobody there")


@pytest.mark.parametrize("cancels", [True, False])
def test_a_scheduler_that_ends_is_told_of_in_one_message(cancels, monkeypatch):
    """FutureCancelledError and its traceback, or silence."""
    monkeypatch.setattr(workers, "LOOK_S", 0.01)
    with pytest.raises(InputError, match="scheduler does not answer any more"):
        list(workers._by_cluster(Lost(cancels), slowly, [1]))


class Killed:
    """What a client gives for a task whose workers die one after the other."""

    def add_done_callback(self, tell):
        tell(self)

    def result(self):
        raise KilledWorker("key", SimpleNamespace(address="tcp://a:1"), 3)


def test_a_task_whose_workers_are_lost_again_and_again_is_named():
    client = SimpleNamespace(submit=lambda *_, **__: Killed())
    with pytest.raises(InputError, match=r"(?s)^draw 7: workers .* 4 different .* is kept"):
        list(workers._by_cluster(client, slowly, ["draw 7"]))
