"""Stages side by side: what runs, in which order, and how it is told."""

import sys
from pathlib import Path
from threading import Barrier

import pytest
from ruamel.yaml import YAML

from glyph_transfer.commands import reproduce
from glyph_transfer.experiments import workers
from glyph_transfer.protocol import params
from small_pipeline import make, set_commands, told

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
    return make(tmp_path)


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


@pytest.mark.parametrize(("there", "lacks"), [([".dvc"], "Git"), ([".git"], ".dvc")])
def test_a_folder_without_git_or_dvc_is_refused_in_words(tmp_path, there, lacks):
    """A zip download has no Git."""
    for name in there:
        (tmp_path / name).mkdir()
    code, lines, errors = told(tmp_path)
    assert (code, lines) == (1, [])
    assert lacks in errors and "Traceback" not in errors


def test_settings_of_dvcs_that_are_no_text_give_no_traceback(tmp_path):
    (tmp_path / ".dvc" / "config.d").mkdir(parents=True)
    (tmp_path / ".dvc" / "config.local").write_bytes(b"\xff")
    code, _, errors = told(tmp_path)
    assert code == 1
    assert "Git" in errors and "Traceback" not in errors


def test_stages_find_this_python_where_the_shell_has_no_path(monkeypatch):
    monkeypatch.delenv("PATH")
    assert reproduce.with_this_python()["PATH"].startswith(str(Path(sys.executable).parent))


def test_what_dvc_unpickles_lies_where_no_other_user_writes(project, monkeypatch):
    """By itself it takes /var/tmp/dvc, where everyone may: CVE-2025-69872."""
    monkeypatch.delenv("DVC_SITE_CACHE_DIR", raising=False)
    set_commands(project, a="touch a")
    code, _, errors = told(project, "a")
    assert code == 0, errors
    folder = project / ".dvc" / "tmp" / "site"
    assert [*folder.glob("repo/*")]
    assert folder.stat().st_mode & 0o077 == 0


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
