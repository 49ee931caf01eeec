"""Stages in forks of a warm process: as if they ran by themselves, whoever is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from glyph_transfer.commands import warm
from warm_project import LIGHT, SOURCES, WAITS, Project, is_over, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")


@pytest.fixture
def project(tmp_path):
    """A folder to write `stage.py` in, which `start` runs."""
    return Project(tmp_path)


def test_a_stage_is_a_fork_with_what_its_own_process_was_started_with(
    project, tmp_path, monkeypatch
):
    project.stage(
        "import os, sys, psutil\n"
        "print(os.getcwd())\n"
        "print(ascii(os.environ['SEEN']), 'GONE' in os.environ, sys.argv[1:], input())\n"
        "print(__name__, file=sys.stderr)\n"
        "print([p.pid for p in psutil.Process().parents()])\n"
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("GONE", "with the warm process alone")
    with project.warm():
        monkeypatch.delenv("GONE")
        where = {"cwd": tmp_path / "elsewhere", "SEEN": "ß\udcff"}
        code, out, errors = project.run("a", "b c", given="typed", **where)
    assert (code, errors) == (0, "__main__\n")
    folder, seen, parents = out.splitlines()
    assert folder == str(tmp_path / "elsewhere")
    assert seen == f"{where['SEEN']!a} False ['a', 'b c'] typed"
    assert str(project.server.pid) in parents


def test_a_stage_prints_into_a_pipe_where_the_warm_process_prints_into_a_file(project, tmp_path):
    project.stage("import sys; sys.stdout.reconfigure(errors='backslashreplace'); print('seen')")
    with (tmp_path / "output").open("w") as project.output, project.warm():
        assert project.run() == (0, "seen\n", "")


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("print('ended', end='')", 0, ""),
        ("raise SystemExit('found a, expected b')", 1, "found a, expected b\n"),
        ("raise SystemExit(None)", 0, ""),
        ("def f(): raise ValueError('bad')\nf()", 1, "ValueError: bad\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, ""),
        ("import atexit; atexit.register(print, 'last', end='')", 0, ""),
        (
            "import threading, time\n"
            "threading.Thread(target=lambda: (time.sleep(.2), print('last', end=''))).start()",
            0,
            "",
        ),
    ],
)
def test_a_stage_ends_warm_as_it_does_cold(project, text, code, error):
    project.stage(text)
    cold = project.run()
    with project.warm():
        warmed = project.run()
    assert warmed[0] == code
    assert warmed[2].endswith(error)
    assert warmed[:2] == (cold[0] % 256 if cold[0] >= 0 else 128 - cold[0], cold[1])
    assert ("bad" in text) == ("stage.py" in warmed[2])


def test_two_stages_run_at_once(project):
    project.stage(WAITS)
    with project.warm():
        first = project.start()
        pids = {project.begun()}
        second = project.start()
        pids.add(project.begun())
        assert len(pids) == 2
        assert all(project.forked(pid) for pid in pids)
        first.kill()
        second.kill()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 130)]
)
def test_a_signal_reaches_the_fork(project, number, code):
    project.stage(WAITS)
    with project.warm():
        stage = project.start()
        fork = project.begun()
        stage.send_signal(number)
        assert stage.wait(timeout=30) == code
        assert is_over(fork)


def test_a_fork_may_end_in_its_own_way_on_a_signal(project):
    project.stage(
        f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n{WAITS}"
    )
    with project.warm():
        stage = project.start()
        project.begun()
        stage.terminate()
        assert stage.wait(timeout=30) == 5


def test_a_fork_ends_with_its_stage(project):
    project.stage(WAITS)
    with project.warm():
        stage = project.start()
        fork = project.begun()
        assert project.forked(fork)
        stage.kill()
        until(lambda: is_over(fork))


def test_a_stage_begins_again_by_itself_when_the_warm_process_is_killed(project):
    project.stage(WAITS)
    with project.warm():
        stage = project.start()
        fork = project.begun()
        project.server.kill()
        assert project.begun() == stage.pid
        assert is_over(fork)
        stage.kill()


def test_forks_end_before_the_warm_process_does_and_none_begins(project):
    project.stage(WAITS)
    with project.warm():
        stage = project.start()
        fork = project.begun()
        project.server.stdin.close()
        until(lambda: not project.socket.parent.exists())
        assert project.server.poll() is None
        assert not is_over(fork)
        cold = project.start()
        assert project.begun() == cold.pid
        for process in (cold, stage):
            process.terminate()
        assert project.server.wait(timeout=30) == 0
        assert is_over(fork)


def test_a_warm_process_whose_parent_was_killed_before_it_looked_imports_nothing(tmp_path):
    """The kernel tells of the end of a parent only those who have asked before it."""
    program = LIGHT.replace("warm.LIBRARIES = ()", "warm.import_all = lambda _: sys.exit(3)")
    end, of_the_parent = os.pipe()
    os.close(of_the_parent)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "socket")],
        stdin=end, timeout=60, env={**os.environ, "PYTHONPATH": SOURCES},
    )  # fmt: skip
    os.close(end)
    assert done.returncode == 0


def test_no_zombies(project):
    project.stage("")
    with project.warm():
        assert project.run()[0] == 0
        until(lambda: not psutil.Process(project.server.pid).children())


@pytest.mark.parametrize("left", ["nothing", "a file", "a socket that nobody listens at"])
def test_without_a_warm_process_a_stage_runs_by_itself(project, left):
    project.stage("import os; print(os.getpid())")
    project.socket.parent.mkdir()
    if left == "a file":
        project.socket.touch()
    elif left != "nothing":
        project.socket.parent.rmdir()
        with project.warm():
            project.server.kill()
            project.server.wait()
        assert project.socket.exists()
    stage = project.start()
    out, errors = stage.communicate(timeout=60)
    assert (out, errors) == (f"{stage.pid}\n", "")


TRAINS = """\
import hashlib, os, sys
first = [name in sys.modules for name in ("tensorflow", "mlflow", "pandas")]
from glyph_transfer import tracking
assert "MLFLOW_RUN_ID" not in os.environ  # else MLflow takes it for a run to go on with
from glyph_transfer.learning.backend import keras, tf
assert tf.config.threading.get_intra_op_parallelism_threads() == 1
keras.utils.set_random_seed(1)
images, labels = keras.random.uniform((64, 28, 28, 1), seed=2), [0, 1, 2, 3] * 16
layers = [keras.layers.Conv2D(16, 5), keras.layers.Flatten(), keras.layers.Dense(4)]
network = keras.Sequential([keras.Input((28, 28, 1)), *layers])
network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
network.fit(images, tf.constant(labels), epochs=2, verbose=0)
weights = b"".join(weight.tobytes() for weight in network.get_weights())
print(hashlib.sha256(weights).hexdigest(), tracking.ENCLOSING_RUN, first)
"""


def test_a_fork_trains_the_same_bits_in_its_own_run_with_all_imported(project, monkeypatch):
    """TensorFlow must be imported before the fork and started after it."""
    project.stage(TRAINS)
    monkeypatch.setenv("PYTHONPATH", SOURCES)
    monkeypatch.setenv("MLFLOW_RUN_ID", "of the warm process")
    with warm.server() as variables:
        project.socket = Path(variables[warm.SOCKET])
        code, cold, errors = project.run(MLFLOW_RUN_ID="own", **{warm.SOCKET: "/none"})
        assert code == 0, errors
        until(project.socket.exists, seconds=120)
        code, warmed, errors = project.run(MLFLOW_RUN_ID="own")
        assert code == 0, errors
    assert " own [False, False, False]" in cold
    assert warmed == cold.replace("False", "True")
    assert not project.socket.parent.exists()
