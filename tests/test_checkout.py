"""A checkout on another system, and DVC that is started from outside the environment."""

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
