"""A checkout on another system, and DVC that is started from outside the environment."""

import shutil
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parent.parent
PIPELINE = YAML(typ="safe").load(REPOSITORY / "dvc.yaml")


def test_lines_end_alike_whatever_git_is_told(tmp_path):
    """With core.autocrlf, DVC saw 255 modified dependencies."""
    (tmp_path / ".gitattributes").write_bytes((REPOSITORY / ".gitattributes").read_bytes())
    (tmp_path / "some.py").write_bytes(b"a\nb\n")
    git = ["git", "-c", "core.autocrlf=true", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    (tmp_path / "some.py").unlink()
    subprocess.run([*git, "checkout", "-q", "--", "some.py"], cwd=tmp_path, check=True)
    assert (tmp_path / "some.py").read_bytes() == b"a\nb\n"


def test_every_stage_finds_the_projects_own_environment():
    """DVC by its full path ended in "python: not found"."""
    (run,) = [each["run"] for each in PIPELINE["vars"] if isinstance(each, dict) and "run" in each]
    assert "VIRTUAL_ENV" in run
    assert "-.venv" in run
    for name, stage in PIPELINE["stages"].items():
        command = stage.get("do", stage).get("cmd")
        assert command.startswith("${run} "), name


def test_a_folder_of_images_may_have_any_name(tmp_path):
    """A quote or a backquote in it was the shell's, which ran what followed."""
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (bin_folder / "python").chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", ".venv/installed"):
        (tmp_path / name).touch()
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    name = 'my "own" pictures; `touch ran`'
    done = subprocess.run(
        ["make", "--no-print-directory", "advise", f"IMAGES={name}", "TASK=it's"], cwd=tmp_path,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2:5] == [name, "--task", "it's"]
    assert not (tmp_path / "ran").exists()
