"""The code of a training, held against that of a commit."""

import subprocess

import pytest

from glyph_transfer.experiments import made_from
from glyph_transfer.tracking import code

PIPELINE = """
stages:
  study:
    foreach: [a]
    do:
      cmd: ${run} transfer a few
      deps: [src/learning, src/seeds.py, data/a.npz]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a program that depends on a folder and a file."""
    for module in (made_from, code):
        monkeypatch.setattr(module, "PROJECT", tmp_path)
    monkeypatch.setattr(code, "digest", code.digest.__wrapped__)
    (tmp_path / "src" / "learning").mkdir(parents=True)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "src" / "learning" / "loop.py").write_text("step = 1\n")
    (tmp_path / "src" / "seeds.py").write_text("seed = 2\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder, *words):
    named = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "m")


def test_the_folders_code_is_that_of_its_commit(project):
    assert code.digest("transfer") == code.digest_at("transfer", "HEAD")
    (project / "README.md").write_text("Not of the code.")
    (project / "src" / "learning" / "notes.txt").write_text("Nor this.")
    assert code.digest("transfer") == code.digest_at("transfer", "HEAD")


@pytest.mark.parametrize("name", ["src/learning/loop.py", "src/seeds.py", "src/learning/new.py"])
def test_another_line_is_other_code(project, name):
    before = code.digest("transfer")
    with open(project / name, "a") as file:
        file.write("another = 3\n")
    assert code.digest("transfer") != before == code.digest_at("transfer", "HEAD")
    commit(project)
    assert code.digest("transfer") == code.digest_at("transfer", "HEAD")


def test_a_file_of_another_name_is_other_code(project):
    before = code.digest("transfer")
    (project / "src" / "seeds.py").rename(project / "src" / "learning" / "seeds.py")
    (project / "src" / "seeds.py").touch()
    assert code.digest("transfer") != before


@pytest.mark.parametrize("commit", ["0123456789ab", "HEAD-dirty", "unknown"])
@pytest.mark.usefixtures("project")
def test_of_a_commit_that_is_not_here_nothing_is_known(commit):
    assert code.digest_at("transfer", commit) is None
