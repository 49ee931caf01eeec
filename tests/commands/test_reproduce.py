"""Stages side by side: what runs, in which order, and how it is told."""

import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from threading import Barrier

import psutil
import pytest
from ruamel.yaml import YAML

from glyph_transfer.commands import reproduce
from glyph_transfer.commands.dvc_process import Processes
from glyph_transfer.experiments import workers
from glyph_transfer.protocol import params

REPOSITORY = Path(__file__).parents[2]
GRAPH = {
    "raw": set(),
    "sets": {"raw"},
    "study@a": {"sets"},
    "report": {"study@a", "other"},
    "other": {"sets"},
}


def test_stages_wait_for_what_they_rest_on():
    ended = []

    def run(stage, _):
        assert GRAPH[stage] <= set(ended)
        ended.append(stage)
        return True

    assert reproduce.run_all(GRAPH, run, lanes=2)
    assert sorted(ended) == sorted(GRAPH)


def test_the_stage_that_the_longest_chain_waits_for_goes_first():
    graph = {"short": set(), "first": set(), "brief": set(), "next": {"first"}, "last": {"next"}}
    ran = []
    assert reproduce.run_all(graph, lambda stage, _: not ran.append(stage), lanes=1)
    assert ran[:2] == ["first", "next"]


def test_a_stage_that_nothing_can_run_beside_is_alone():
    told = {}
    assert reproduce.run_all(GRAPH, lambda stage, alone: told.update({stage: alone}) is None, 2)
    assert told == {"raw": True, "sets": True, "study@a": False, "other": False, "report": True}


def test_two_stages_that_do_not_rest_on_each_other_run_at_once():
    both = Barrier(2, timeout=30)  # broken, and an error, if one is run after the other

    def run(stage, _):
        if stage in ("study@a", "other"):
            both.wait()
        return True

    assert reproduce.run_all(GRAPH, run, lanes=2)


def test_after_a_failure_no_stage_begins_and_those_that_run_are_waited_for():
    both, ended = Barrier(2, timeout=30), []

    def run(stage, _):
        if stage in ("study@a", "other"):
            both.wait()
        ended.append(stage)
        return stage != "other"

    assert not reproduce.run_all(GRAPH, run, lanes=2)
    assert sorted(ended) == ["other", "raw", "sets", "study@a"]


@pytest.mark.parametrize(
    ("cores", "chosen", "expected"),
    [
        (8, {}, 2),
        (1, {}, 1),
        (8, {"workers": 4}, 1),
        (8, {"scheduler": "tcp://10.0.0.1:8786"}, 1),
    ],
)
def test_stages_share_the_cores_unless_it_was_chosen_who_trains(
    monkeypatch, cores, chosen, expected
):
    monkeypatch.setattr(workers, "count_cores", lambda: cores)
    settings = params.load(REPOSITORY / "params.yaml")
    assert reproduce.count_lanes(settings.model_copy(update=chosen)) == expected


@pytest.fixture
def project(tmp_path):
    """A pipeline whose first two stages each wait until the other has begun."""
    subprocess.run(
        [sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=tmp_path, check=True
    )
    for name in ("params.yaml", "published.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "meet.py").write_text(
        "import os, pathlib, sys, time\n"
        "own, other = map(pathlib.Path, sys.argv[1:])\n"
        "own.with_suffix('.begun').touch()\n"
        "end = time.monotonic() + 60\n"
        "while not other.with_suffix('.begun').exists():\n"
        "    time.sleep(0.05)\n"
        "    if time.monotonic() > end: sys.exit(f'{other} has not begun')\n"
        "own.write_text(os.environ['GLYPH_TRANSFER_WORKERS'])\n"
    )
    python = sys.executable
    stages = {
        "a": {"cmd": f"{python} meet.py a b", "outs": ["a"]},
        "b": {"cmd": f"{python} meet.py b a", "outs": ["b"]},
        "c": {"cmd": "cat a b > c", "deps": ["a", "b"], "outs": ["c"]},
    }
    with open(tmp_path / "dvc.yaml", "w") as file:
        YAML().dump({"stages": stages}, file)
    return tmp_path


def set_commands(project, **commands):
    path = project / "dvc.yaml"
    content = YAML().load(path)
    for stage, command in commands.items():
        content["stages"][stage]["cmd"] = command
    YAML().dump(content, path)


COMMAND = [sys.executable, "-m", "glyph_transfer.commands.reproduce"]


def told(project, *targets):
    done = subprocess.run(
        [*COMMAND, *targets], cwd=project, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.skipif(workers.count_cores() < 2, reason="one core runs one stage at a time")
def test_dvc_runs_stages_side_by_side_and_knows_that_they_are_done(project):
    code, lines, errors = told(project)
    assert code == 0, errors
    half = str(workers.count_cores() // 2)
    assert (project / "c").read_text() == half * 2
    labels = [line for line in lines if " done in " not in line]
    assert sorted(line.split("] ")[1] for line in labels) == ["a", "b", "c"]
    assert labels[-1] == "[3/3] c"
    assert told(project) == (0, ["everything is up to date"], "")


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def started(project, *targets):
    """The command, killed at the end where it still runs."""
    with subprocess.Popen(
        [*COMMAND, *targets], cwd=project, stdout=PIPE, stderr=PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def begun(project, *targets):
    """The command, with its stage `a` at work; its shell's number is in the file `begun`."""
    with started(project, *targets) as process:
        wait_for(lambda: (project / "begun").exists() and (project / "begun").read_text())
        yield process


def is_running(file):
    number = int(file.read_text())
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stage_ends_with_the_command_that_began_it(project, number):
    """Else training would go on unseen after `kill`, as a CI's time limit does it."""
    set_commands(project, a="echo $$ > begun; sleep 60; touch a")
    with begun(project, "a") as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the next run goes on from here" in errors
    assert not is_running(project / "begun")
    assert not (project / "a").exists()


def test_a_stage_ends_where_the_command_is_killed_and_the_next_run_succeeds(project):
    set_commands(project, a="echo $$ > begun; sleep 60; touch a")
    with begun(project, "a") as process:
        process.kill()
        wait_for(lambda: not is_running(project / "begun"))
    set_commands(project, a="echo a > a")
    code, _, errors = told(project, "a")
    assert (code, errors) == (0, "")


def test_what_does_not_end_by_itself_is_killed_with_the_command(project):
    """Python drops what a signal's handler raises while an object is freed, as in an import."""
    set_commands(project, a="trap '' TERM; echo $$ > begun; sleep 600; touch a")
    with begun(project, "a") as process:
        group = psutil.Process(int((project / "begun").read_text())).parents()[0]
        process.kill()
        wait_for(lambda: not is_running(project / "begun"))
        wait_for(lambda: not group.is_running())


def test_what_is_told_to_stop_begins_no_other_stage(capsys):
    """Between two stages as well, where nothing runs that could be ended."""
    processes = Processes()
    reproduce._stop(processes)
    assert not reproduce._run(processes, "a", "[1/2] a", {})
    assert not reproduce.reproduce(processes, [])
    assert capsys.readouterr().out == ""


def test_a_second_run_waits_and_says_for_which_process(project):
    set_commands(project, a="echo $$ > begun; while [ ! -e go ]; do sleep 0.1; done; echo a > a")
    with begun(project, "a") as first, started(project, "a") as other:
        assert f"process {first.pid} runs" in other.stderr.readline()
        (project / "go").touch()
        assert first.wait(60) == other.wait(60) == 0
        assert other.stdout.read() == "everything is up to date\n"


@pytest.mark.parametrize(("there", "lacks"), [([".dvc"], "Git"), ([".git"], ".dvc")])
def test_a_folder_without_git_or_dvc_is_refused_in_words(tmp_path, there, lacks):
    """A zip download has no Git."""
    for name in there:
        (tmp_path / name).mkdir()
    code, lines, errors = told(tmp_path)
    assert (code, lines) == (1, [])
    assert lacks in errors and "Traceback" not in errors


@pytest.fixture
def versions(project):
    """A pipeline that rests on what runs every time, as the versions of libraries do."""
    stages = {
        "versions": {
            "cmd": "echo ran >> runs; cat given > versions",
            "always_changed": True,
            "outs": ["versions"],
        },
        "d": {"cmd": "cat versions >> all; touch d", "deps": ["versions"], "outs": ["d"]},
    }
    with open(project / "dvc.yaml", "w") as file:
        YAML().dump({"stages": stages}, file)
    (project / "given").write_text("1")
    assert told(project)[0] == 0
    (project / "runs").unlink()
    return project


def test_what_runs_every_time_runs_and_nothing_else_where_it_gives_the_same(versions):
    assert told(versions) == (0, ["everything is up to date"], "")
    assert (versions / "runs").read_text() == "ran\n"
    assert (versions / "all").read_text() == "1"


def test_what_rests_on_what_runs_every_time_runs_where_that_gives_something_else(versions):
    (versions / "given").write_text("2")
    assert told(versions)[0] == 0
    assert (versions / "all").read_text() == "12"
    assert told(versions) == (0, ["everything is up to date"], "")


def test_where_what_runs_every_time_fails_nothing_else_begins(versions):
    (versions / "given").unlink()
    set_commands(versions, d="touch begun d")
    code, lines, errors = told(versions)
    assert (code, lines) == (1, [])
    assert "failed to run: echo ran" in errors
    assert not (versions / "begun").exists()


def test_a_stage_that_fails_is_named_and_nothing_after_it_begins(project):
    set_commands(project, a="exit 3", b="touch b")
    code, lines, errors = told(project)
    assert code == 1
    assert any("] a failed after " in line for line in lines)
    assert "failed to run: exit 3" in errors
    assert not (project / "c").exists()
