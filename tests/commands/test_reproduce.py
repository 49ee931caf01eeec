"""Stages side by side: what runs, in which order, and how it is told."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier

import joblib
import psutil
import pytest
from ruamel.yaml import YAML

from glyph_transfer.commands import reproduce
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

REPOSITORY = Path(__file__).parent.parent
DOT = """\
strict digraph {
"raw";
"sets" -> "study@a";
"raw" -> "sets";
"study@a" -> "report";
"sets" -> "other";
"other" -> "report";
}
"""
GRAPH = {
    "raw": set(),
    "sets": {"raw"},
    "study@a": {"sets"},
    "report": {"study@a", "other"},
    "other": {"sets"},
}


def test_every_stage_is_read_with_those_that_it_rests_on():
    assert reproduce.graph_of(DOT) == GRAPH


def test_what_changed_runs_and_all_that_rests_on_it():
    assert reproduce.outdated(GRAPH, {"other": []}, []) == {"other": set(), "report": {"other"}}


def test_a_target_runs_with_what_it_rests_on_and_nothing_else():
    changed = ["sets", "other"]
    assert reproduce.outdated(GRAPH, changed, ["study@a"]) == {"sets": set(), "study@a": {"sets"}}


def test_nothing_runs_where_nothing_changed():
    assert reproduce.outdated(GRAPH, [], []) == {}


def test_a_target_that_is_no_stage_is_named_with_those_that_are():
    with pytest.raises(InputError, match="no stage stduy; there are raw, sets, study@a"):
        reproduce.outdated(GRAPH, [], ["stduy"])


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
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
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
        "own.write_text(os.environ['LOKY_MAX_CPU_COUNT'])\n"
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


def told(project, *targets):
    done = subprocess.run(
        [sys.executable, "-m", "glyph_transfer.commands.reproduce", *targets],
        cwd=project, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.skipif(joblib.cpu_count() < 2, reason="one core runs one stage at a time")
def test_dvc_runs_stages_side_by_side_and_knows_that_they_are_done(project):
    code, lines, errors = told(project)
    assert code == 0, errors
    half = str(joblib.cpu_count() // 2)
    assert (project / "c").read_text() == half * 2
    labels = [line for line in lines if " done in " not in line]
    assert sorted(line.split("] ")[1] for line in labels) == ["a", "b", "c"]
    assert labels[-1] == "[3/3] c"
    assert told(project) == (0, [], "")


def test_a_stage_ends_with_the_command_that_began_it(project):
    """Else training would go on unseen after `kill`, as a CI's time limit does it."""
    set_commands(project, a="echo $$ > begun; sleep 60; touch a")
    command = [sys.executable, "-m", "glyph_transfer.commands.reproduce", "a"]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not (project / "begun").exists() or not (project / "begun").read_text():
            assert time.monotonic() < end
            time.sleep(0.05)
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the next run goes on from here" in errors
    assert not psutil.pid_exists(int((project / "begun").read_text()))
    assert not (project / "a").exists()


def test_a_stage_that_ends_by_itself_does_not_save_the_others(monkeypatch):
    """Between being listed and being told to end."""
    with subprocess.Popen(["sleep", "60"]) as other, subprocess.Popen(["true"]) as ended:
        listed = [psutil.Process(process.pid) for process in (ended, other)]
        ended.wait()
        below = psutil.Process.children
        monkeypatch.setattr(
            psutil.Process,
            "children",
            lambda process, recursive=False: below(process, True) if recursive else listed,
        )
        reproduce._terminate()
        assert other.wait(10) == -signal.SIGTERM


def test_a_stage_that_fails_is_named_and_nothing_after_it_begins(project):
    set_commands(project, a="exit 3", b="touch b")
    code, lines, errors = told(project)
    assert code == 1
    assert any("] a failed after " in line for line in lines)
    assert "failed to run: exit 3" in errors
    assert not (project / "c").exists()
