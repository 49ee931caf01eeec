"""The gate on a real repository of Git and DVC."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glyph_transfer.commands import gate

FILE = "reports/embedded/few_labels/metrics.json"
SOURCE = "reports/embedded/sources/scores.json"
LATE = "reports/embedded/late/metrics.json"
ENVIRONMENT = "reports/embedded/environment.json"
CELL = "digits/tominet/letters/head_then_finetune/100"
SCRATCH = "digits/tominet/none/scratch/100"


def estimate(accuracy, half_width=0.02, prefix=""):
    return {
        f"{prefix}accuracy": accuracy,
        f"{prefix}accuracy_low": accuracy - half_width,
        f"{prefix}accuracy_high": accuracy + half_width,
    }


def git(folder, *arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(
        ["git", *identity, "-c", "commit.gpgsign=false", *arguments], cwd=folder, check=True
    )


def write(folder, **files):
    """Write the metrics of the study and of the source, None for none, text as it is."""
    for file, content in {FILE: files.get("study"), SOURCE: files.get("source")}.items():
        path = Path(folder, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content))


STUDY = {
    "cells": {
        CELL: estimate(0.77) | {"draws": 30},
        SCRATCH: estimate(0.67) | {"draws": 30},
    },
    "differences": {f"{CELL} - {SCRATCH}": estimate(0.10) | {"draws": 30}},
}
LETTERS = estimate(0.94, 0.01, "test_") | {"test_images": 20800}


def pipeline(*files):
    """A dvc.yaml with a stage that writes these files."""
    outs = "".join(f"\n    - {file}: {{cache: false}}" for file in files)
    return f"stages:\n  all:\n    cmd: 'true'\n    outs:{outs}\n"


PIPELINE = pipeline(FILE, SOURCE)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A Git and DVC repository with a commit for every base that the tests compare with."""
    folder = tmp_path_factory.mktemp("project")
    git(folder, "init", "-q", "-b", "main")
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=folder, check=True)
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")

    def commit(tag):
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", tag)
        git(folder, "tag", tag)

    commit("bare")
    (folder / "dvc.yaml").write_text(PIPELINE)
    commit("no_metrics")
    write(folder, study='{"cells": ', source="5")
    commit("corrupt")
    write(folder, study=STUDY, source=LETTERS)
    (folder / "dvc.yaml").write_text("stages: [")
    commit("broken_pipeline")
    (folder / "dvc.yaml").write_text(PIPELINE)
    commit("base")
    return folder


@pytest.fixture
def workspace(project, monkeypatch):
    git(project, "checkout", "-q", "--force", "base")
    monkeypatch.chdir(project)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return project


def with_cell(accuracy, cell=CELL):
    return {**STUDY, "cells": {**STUDY["cells"], cell: estimate(accuracy) | {"draws": 30}}}


@pytest.mark.usefixtures("workspace")
def test_unchanged_passes_in_one_line(capsys):
    assert gate.main(["base"]) == 0
    printed = capsys.readouterr().out
    assert "unchanged accuracies: 4\npassed" in printed
    assert CELL not in printed


def test_fall_within_the_interval_and_a_new_cell_pass(workspace, capsys):
    study = with_cell(0.745)
    study["cells"]["digits/tominet/fashion/frozen/10"] = estimate(0.3)
    write(workspace, study=study, source=LETTERS)
    assert gate.main(["base"]) == 0
    printed = capsys.readouterr().out
    assert "0.7700  0.7450  -0.0250  0.0283  ok" in printed
    assert "digits/tominet/fashion/frozen/10" in printed


def test_fall_beyond_the_interval_fails_from_a_subfolder(workspace):
    """Run as the program, whose exit code is what stops a merge."""
    write(workspace, study=with_cell(0.735), source=LETTERS)
    result = subprocess.run(
        [sys.executable, "-m", "glyph_transfer.gate", "base"],
        cwd=workspace / "reports",
        env=os.environ | {"PYTHONPATH": str(Path(gate.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert "0.7700  0.7350  -0.0350  0.0283  FELL" in result.stdout
    assert result.stdout.endswith("FAILED\n")


def test_missing_cell_and_nan_fail(workspace, capsys):
    study = {**STUDY, "cells": {CELL: STUDY["cells"][CELL]}}
    write(workspace, study=study, source=LETTERS | {"test_accuracy": math.nan})
    assert gate.main(["base"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in printed if SCRATCH in line] == ["MISSING"]
    assert [line.split()[-1] for line in printed if "test_accuracy" in line] == ["INVALID"]


def test_missing_and_corrupt_files_fail_and_are_named(workspace, capsys):
    write(workspace, study='{"cells": ', source=None)
    assert gate.main(["base"]) == 1
    printed = capsys.readouterr().out
    assert f"{FILE} does not parse as a JSON object" in printed
    assert f"{SOURCE} does not exist" in printed
    assert printed.count("(whole file)") == 2


def test_file_that_dvc_yaml_no_longer_declares_is_missing(workspace, capsys):
    (workspace / "dvc.yaml").write_text(pipeline(FILE))
    assert gate.main(["base"]) == 1
    assert f"{SOURCE}\n  (whole file)" in capsys.readouterr().out


def test_new_file_that_was_not_written_fails(workspace, capsys):
    """Nothing of it is in the diff, since the base has none of it either."""
    (workspace / "dvc.yaml").write_text(pipeline(FILE, SOURCE, LATE))
    assert gate.main(["base"]) == 1
    assert f"{LATE} does not exist" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("base", ["bare", "no_metrics"])
def test_base_without_metrics_passes_and_says_so(capsys, base):
    assert gate.main([base]) == 0
    assert f"{base} has no metrics" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("base", "names"), [("corrupt", [FILE, SOURCE]), ("broken_pipeline", ["dvc.yaml"])]
)
def test_unreadable_base_is_not_taken_for_an_empty_one(capsys, base, names):
    """`dvc metrics diff` exits with 0 and calls everything new."""
    assert gate.main([base]) == 2
    message = capsys.readouterr().err
    assert all(name in message for name in [base, *names])


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("base", ["nowhere", "workspace", "", "0" * 40])
def test_unknown_base_is_an_error(capsys, base):
    """`workspace` is DVC's word for the files at hand, which never differ from themselves."""
    assert gate.main([base]) == 2
    assert f"the base {base!r} is not a commit" in capsys.readouterr().err


def test_nothing_on_either_side_is_an_error(workspace, capsys):
    write(workspace)
    assert gate.main(["no_metrics"]) == 2
    message = capsys.readouterr().err
    assert "neither no_metrics nor the workspace has metrics" in message
    assert f"{SOURCE} does not exist" in message


def test_unreadable_pipeline_here_is_an_error(workspace, capsys):
    (workspace / "dvc.yaml").write_text("stages: [")
    assert gate.main(["base"]) == 2
    message = capsys.readouterr().err
    assert "the workspace" in message and "dvc.yaml" in message


def test_folder_without_dvc_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert gate.main(["HEAD"]) == 2
    assert "not a git repository" in capsys.readouterr().err
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "empty")
    assert gate.main(["HEAD"]) == 2
    assert "not inside of a DVC repository" in capsys.readouterr().err


# --- machines

MACHINE = {"machine": "AMD EPYC", "instruction_set": "AVX512_CORE", "versions": {"keras": "3.15"}}


@pytest.fixture
def measured(workspace):
    """A base that says which machine made its numbers."""
    (workspace / ENVIRONMENT).write_text(json.dumps(MACHINE))
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "with its machine")
    return workspace


def test_another_instruction_set_is_said_first_with_how_to_make_a_base_here(measured, capsys):
    (measured / ENVIRONMENT).write_text(json.dumps(MACHINE | {"instruction_set": "AVX2"}))
    assert gate.main(["HEAD"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert all(word in first for word in ("embedded", "AVX512_CORE", "AVX2", "make repro"))
    assert "EPYC" not in first and "keras" not in first


def test_of_the_same_machine_nothing_is_said(measured, capsys):
    assert gate.main(["HEAD"]) == 0
    assert capsys.readouterr().out.startswith("Metrics of the workspace")


@pytest.mark.parametrize(("base", "now"), [("base", json.dumps(MACHINE)), ("HEAD", "{")])
def test_a_machine_that_only_one_side_knows_is_not_compared(measured, capsys, base, now):
    (measured / ENVIRONMENT).write_text(now)
    assert gate.main([base]) == 0
    assert capsys.readouterr().out.startswith("Metrics of the workspace")


# --- the summary


def test_summary_has_what_moved_whether_it_is_named_or_github_s(workspace, tmp_path, monkeypatch):
    write(workspace, study=with_cell(0.735), source=LETTERS)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "github.md"))
    assert gate.main(["base"]) == gate.main(["base", "--summary", str(tmp_path / "named.md")]) == 1
    for name in ("github.md", "named.md"):
        text = (tmp_path / name).read_text()
        assert "0.7700 | 0.7350 | -0.0350 | 0.0283 | FELL |" in text
        assert "\nFAILED\n" in text
        assert "```mermaid" in text
        assert "bar [73.50]" in text


def test_a_summary_that_cannot_be_written_is_told_without_a_traceback(workspace, tmp_path, capsys):
    assert gate.main(["base", "--summary", str(tmp_path / "none" / "named.md")]) == 2
    assert "summary could not be written" in capsys.readouterr().err
