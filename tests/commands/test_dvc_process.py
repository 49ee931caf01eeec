"""Functions in processes of their own, and how they end."""

import os
import select
import threading
import time

import pytest

from glyph_transfer.commands.dvc_process import Processes


@pytest.fixture
def processes():
    """All that a test has left is killed."""
    processes = Processes()
    yield processes
    processes.stop()
    processes.stop()


def test_a_function_runs_in_another_process_which_leads_a_group(processes):
    assert processes.call(os.getpgid, 0) not in (None, os.getpgid(0))


def test_what_is_printed_is_told_line_by_line(processes):
    told = []
    processes.call(os.system, "echo one; echo $OF two", environment={"OF": "of"}, tell=told.append)
    assert told == ["one", "of two"]


def test_a_function_that_fails_gives_nothing(processes):
    assert processes.call(int, "five") is None


class Recorded(set):
    def add(self, process):
        raise AssertionError(f"{process} has begun")


def test_where_it_was_stopped_none_begins(processes):
    processes._running = Recorded()
    processes.stop()
    assert processes.call(os.getpid) is None


class StoppedOnAdding(set):
    """A signal comes between two instructions: the process has begun and is not known yet."""

    def add(self, process):
        self.processes.stop()
        super().add(process)


def test_one_that_is_begun_while_it_is_stopped_ends(processes):
    processes._running = StoppedOnAdding()
    processes._running.processes = processes
    assert processes.call(os.system, "sleep 30") is None


def running(processes, *what):
    """A call in a thread, its process begun and at work, and the lines it prints."""
    told, answers = [], []
    call = threading.Thread(
        target=lambda: answers.append(processes.call(*what, tell=told.append)), daemon=True
    )
    call.start()
    end = time.monotonic() + 60
    while not told:
        assert time.monotonic() < end
        time.sleep(0.01)
    return call, answers


def test_one_that_runs_ends_with_what_it_began(processes):
    call, answers = running(processes, os.system, "echo begun; sleep 60; echo ended")
    processes.stop()
    call.join(30)
    assert answers == [None]


def test_one_ends_that_runs_no_command(processes):
    """As DVC does while it reads and writes; the answer would be three empty lists."""
    answers = []
    call = threading.Thread(
        target=lambda: answers.append(processes.call(select.select, [], [], [], 60)), daemon=True
    )
    call.start()
    end = time.monotonic() + 60
    while not any(os.getpgid(process.pid) == process.pid for process in [*processes._running]):
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.2)  # it takes signals as soon as it leads its group
    processes.stop()
    call.join(30)
    assert answers == [None]


def test_told_twice_it_ends_what_does_not_listen(processes):
    deaf = "trap '' TERM; echo begun; while true; do sleep 0.1; done"
    call, answers = running(processes, os.system, deaf)
    processes.stop()
    call.join(0.5)
    assert not answers
    processes.stop()
    call.join(30)
    assert answers == [None]


def test_a_process_takes_signals_as_any_command_does(processes):
    """A signal that is ignored would be ignored by all that it begins."""
    told = []
    processes.call(os.system, "kill -TERM $$; echo survived", tell=told.append)
    assert told == []
