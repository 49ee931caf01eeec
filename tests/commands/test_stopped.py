"""A pipeline that is stopped or killed ends with all that it began; two in a folder take turns."""

import signal

import psutil
import pytest

from glyph_transfer.commands import reproduce
from glyph_transfer.commands.dvc_process import Processes
from small_pipeline import begun, is_running, make, set_commands, started, told, wait_for


@pytest.fixture
def project(tmp_path):
    return make(tmp_path)


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
