"""Processes that do one task after the other: errors and deaths, and that none is left over."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import processes
from glyph_transfer.experiments.processes import Processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere none is a fork")


@pytest.fixture(autouse=True, params=["this has started TensorFlow", "it has not"])
def how(request, monkeypatch):
    """Processes are forks of this one, or of one that has imported as much as they need."""
    monkeypatch.setattr(processes, "LIBRARIES", "json")
    monkeypatch.setattr(processes, "RUNNING", "os" if "has started" in request.param else "none")


def square(x):
    return x * x


def own_process(_):
    return os.getpid()


def die_once(path):
    """Kill this process where it is the first that has the task."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die(task):
    with open(task, "a") as file:
        file.write("begun\n")
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(task):
    raise InputError(f"{task} is refused")


def hold_memory(megabytes, held=[]):  # noqa: B006 - to be kept
    held.append(b"x" * (megabytes * 2**20))
    return os.getpid()


def slow(seconds):
    time.sleep(seconds)


def sleep(_):
    os.write(1, b"asleep\n")
    time.sleep(60)


def test_every_task_is_done_once():
    with Processes(2) as two:
        assert sorted(two.each(square, range(5))) == [0, 1, 4, 9, 16]
        assert sorted(two.each(square, [7])) == [49]


def test_processes_are_kept_for_the_next_tasks():
    with Processes(1) as one:
        assert len({*one.each(own_process, range(3)), *one.each(own_process, range(3))}) == 1


def test_an_error_is_the_functions_own_with_where_it_arose():
    with Processes(2) as two, pytest.raises(InputError) as error:
        list(two.each(refuse, ["seven"]))
    assert str(error.value) == "seven is refused"
    assert "in refuse" in "".join(error.value.__notes__)


def test_the_task_of_a_killed_process_is_begun_again(tmp_path):
    with Processes(2) as two:
        names = [f"task-{n}" for n in range(4)]
        assert sorted(two.each(die_once, [tmp_path / name for name in names])) == names


def test_a_task_that_kills_its_processes_is_named(tmp_path):
    task = tmp_path / "task"
    with Processes(2) as two, pytest.raises(InputError, match=r"task: 3 processes .* -9.*workers"):
        list(two.each(die, [task]))
    assert task.read_text() == "begun\n" * 3


def test_a_process_that_was_killed_between_tasks_is_replaced():
    with Processes(1) as one:
        (pid,) = one.each(own_process, [0])
        os.kill(pid, signal.SIGKILL)
        (other,) = one.each(own_process, [0])
    assert other != pid


def test_a_process_that_has_grown_is_replaced(monkeypatch):
    monkeypatch.setattr(processes, "most_growth", lambda _: 50 * 2**20)
    with Processes(1) as one:
        first, second, third, fourth = one.each(hold_memory, [100, 1, 100, 1])
    assert first == second == third != fourth


def test_processes_may_grow_by_half_of_the_memory_together(monkeypatch):
    """300 MB each were too few: kept features of MNIST were computed anew every few replicates."""
    monkeypatch.setattr(processes.psutil, "virtual_memory", lambda: SimpleNamespace(total=16e9))
    assert processes.most_growth(2) == 4e9
    assert processes.most_growth(100) == processes.LEAST_GROWTH


def test_answers_to_earlier_tasks_are_not_taken_for_later_ones():
    with Processes(2) as two:
        assert next(two.each(square, [2, 3, 4])) in (4, 9)
        assert [*two.each(square, [5])] == [25]


def test_processes_end_with_the_block_whatever_they_do():
    with Processes(2) as two:
        pids = [*two.each(own_process, [0])]
        half_taken = two.each(slow, [0, 60, 60])
        next(half_taken)
    assert not multiprocessing.active_children()
    assert not any(map(psutil.pid_exists, pids))


PARENT = """\
import sys
sys.path.insert(0, sys.argv[1])
import test_processes
from glyph_transfer.experiments import processes
processes.LIBRARIES, processes.RUNNING = "json", sys.argv[2]
with processes.Processes(2) as two:
    list(two.each(test_processes.sleep, range(3)))
"""


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_processes_end_with_the_one_that_began_them(number):
    command = [sys.executable, "-c", PARENT, str(Path(__file__).parent), processes.RUNNING]
    environment = {**os.environ, "PYTHONPATH": str(Path(processes.__file__).parents[2])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as parent:
        assert [parent.stdout.readline() for _ in range(2)] == [b"asleep\n"] * 2
        below = psutil.Process(parent.pid).children(recursive=True)
        assert len(below) >= 2
        parent.send_signal(number)
        parent.wait(timeout=30)
        _, alive = psutil.wait_procs(below, timeout=30)
        assert not alive


IMPORTS_LONG = """\
import time
print("importing", flush=True)
time.sleep(60)
"""


@linux
def test_a_server_that_still_imports_ends_with_the_one_that_began_it(tmp_path):
    """It noticed only when it had imported TensorFlow, up to 20 s later."""
    (tmp_path / "imports_long.py").write_text(IMPORTS_LONG)
    code = PARENT.replace('"json"', '"imports_long"')
    paths = os.pathsep.join((str(tmp_path), str(Path(processes.__file__).parents[2])))
    with subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parent), "os"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    ) as parent:
        assert parent.stdout.readline() == b"importing\n"
        below = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
        _, alive = psutil.wait_procs(below, timeout=20)
        assert not alive
