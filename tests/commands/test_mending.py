"""Damaged files of DVC's are noticed, and mended where nobody uses them."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from glyph_transfer.commands import dvc_files, mending, reproduce
from glyph_transfer.commands.dvc_process import Processes, bring_up_to_date
from glyph_transfer.errors import InputError

REPOSITORY = Path(__file__).parents[2]
WORDS = "as it was"
PARAMS = "chosen: {a: &a {b: [1]}, c: *a, d: &d [], e: [*a, *d], f: &f {g: 1}, h: [*f, *f]}\n"
"""Values that stand in several places; DVC numbers such through the whole of dvc.lock."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A pipeline of one stage, which has run, and gives a file and a folder."""
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "init", "-q", "--no-scm"], cwd=tmp_path, check=True)
    (tmp_path / "words").write_text(f"{WORDS}\n")
    copied = "for to in file folder/a folder/b; do cp words $to; done"
    command = f"echo ran >> runs; mkdir -p folder; {copied}"
    (tmp_path / "values.yaml").write_text(PARAMS)
    stages = {
        "made": {
            "cmd": command, "deps": ["words"], "params": [{"values.yaml": ["chosen"]}],
            "outs": ["file", "folder"],
        }
    }  # fmt: skip
    with open(tmp_path / "dvc.yaml", "w") as file:
        YAML().dump({"stages": stages}, file)
    monkeypatch.chdir(tmp_path)
    bring_up(tmp_path)
    return tmp_path


def bring_up(project):
    told = []
    ran = Processes().call(bring_up_to_date, "made", tell=told.append)
    return ran, "\n".join(told)


def copies(project, suffix=""):
    """DVC's copies of files, or its lists of those of folders."""
    files = (project / ".dvc/cache/files").rglob("*")
    return [each for each in files if each.is_file() and (each.suffix == ".dir") == bool(suffix)]


def flip(path):
    """Change a byte as a disk does: the mode, which DVC trusts, stays."""
    content, mode = bytearray(path.read_bytes()), path.stat().st_mode
    content[0] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(mode)


@pytest.mark.parametrize("lost", ["file", "folder/a"])
def test_what_dvc_restores_from_a_damaged_copy_is_made_again(project, lost):
    """It was called up to date, and to remove it restored the same damage, for ever."""
    (copy,) = copies(project)  # of all three, which are equal
    flip(copy)
    (project / lost).unlink()
    ran, told = bring_up(project)
    assert ran and lost in told
    assert [(project / name).read_text() for name in ("file", "folder/a")] == [f"{WORDS}\n"] * 2
    assert (project / "runs").read_text() == "ran\n" * 2
    (project / lost).unlink()
    assert bring_up(project) == (True, ""), "the copy is whole again"
    assert (project / lost).read_text() == f"{WORDS}\n"


def test_a_damaged_list_of_a_folders_files_is_made_again(project):
    (listed,) = copies(project, ".dir")
    flip(listed)
    for name in ("a", "b"):
        (project / "folder" / name).unlink()
    assert bring_up(project)[0]
    assert (project / "folder/b").read_text() == f"{WORDS}\n"


def test_what_is_whole_is_restored_and_not_made(project):
    (project / "file").unlink()
    assert bring_up(project) == (True, "")
    assert (project / "runs").read_text() == "ran\n"


# --- the list of locks


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / ".dvc/tmp"
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("content", [b"", b'{"write": {"a', b"[]", b"\xff", b'{"x": 1}', b"null"])
def test_a_list_of_locks_that_was_cut_is_removed(folder, content, capsys):
    (folder / "rwlock").write_bytes(content)
    mending.mend_locks(folder)
    assert not (folder / "rwlock").exists()
    assert str(folder / "rwlock") in capsys.readouterr().err


def test_a_run_begins_by_mending_the_list(project):
    (project / ".dvc/tmp/rwlock").write_text('{"write": {"a')
    with reproduce.only_run():
        assert not (project / ".dvc/tmp/rwlock").exists()


@pytest.mark.usefixtures("project")
def test_a_run_begins_by_mending_the_database(project):
    path = project / ".dvc/tmp/site/any/cache.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 5000)
    with reproduce.only_run():
        assert not path.exists()


@pytest.mark.parametrize("content", [{}, {"read": {}, "write": {"a": {"pid": 1, "cmd": "x"}}}])
def test_a_list_that_can_be_read_is_left(folder, content, capsys):
    (folder / "rwlock").write_text(json.dumps(content))
    mending.mend_locks(folder)
    assert json.loads((folder / "rwlock").read_text()) == content
    assert capsys.readouterr().err == ""


def test_without_a_list_there_is_nothing_to_mend(folder):
    mending.mend_locks(folder)


def test_while_a_process_of_dvc_is_alive_it_is_named_and_nothing_removed(folder):
    (folder / "rwlock").write_text("{")
    below = folder / "below"
    below.mkdir()
    program = "print(flush=True); input()"
    command = [sys.executable, "-c", program, "dvc", "repro"]
    with subprocess.Popen(
        command, cwd=below, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        with pytest.raises(InputError, match=f"process {process.pid} may use it"):
            mending.mend_locks(folder)
        process.communicate(b"\n")
    assert (folder / "rwlock").exists()
    mending.mend_locks(folder)


def test_dvc_in_another_project_is_nobody_here(folder, tmp_path_factory):
    (folder / "rwlock").write_text("{")
    command = [sys.executable, "-c", "print(flush=True); input()", "dvc"]
    with subprocess.Popen(
        command, cwd=tmp_path_factory.mktemp("other"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        mending.mend_locks(folder)
        process.communicate(b"\n")


def test_a_database_that_is_none_is_removed_and_a_run_goes_on(project, capsys):
    """Else every later run ended with "file is not a database"."""
    site = project / ".dvc" / "tmp" / "site"
    with_site = {"environment": {"DVC_SITE_CACHE_DIR": str(site)}}
    assert Processes().call(bring_up_to_date, "made", **with_site) is False
    paths = [*site.rglob("cache.db")]
    mending.mend_databases(site)
    assert paths
    assert all(path.exists() for path in paths), "what is whole stays"
    for path in paths:
        path.write_bytes(b"x" * path.stat().st_size)
    assert Processes().call(bring_up_to_date, "made", **with_site) is None
    mending.mend_databases(site)
    assert capsys.readouterr().err.count("was removed") == len(paths)
    assert Processes().call(bring_up_to_date, "made", **with_site) is False


def test_a_database_that_is_in_use_stays(tmp_path):
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("CREATE TABLE digests (path)")
    database.execute("BEGIN EXCLUSIVE")
    mending.mend_databases(tmp_path)
    assert (tmp_path / "cache.db").exists()
    database.close()


# --- dvc.lock


def test_dvc_lock_is_replaced_and_never_written_in_place(project):
    """A kill within the second that writing takes left an empty one, and no run went on."""
    lock = project / "dvc.lock"
    with open(lock) as before:
        (project / "words").write_text("other\n")
        assert bring_up(project)[0]
        assert before.read() != lock.read_text(), "the old one is whole for who reads it"
        before.seek(0)
        assert "schema" in before.read()


REPEATING = """\
  {0}:
    cmd: x
    params:
      values.yaml:
        a: &id00{1}
          b: 1
        c: *id00{1}
        d: '*id001'
"""


@pytest.mark.parametrize(
    "before",
    [
        None,
        "schema: '2.0'\nstages:\n  old@a:\n    cmd: x\n",
        "schema: '2.0'\nstages:\n  made:\n    cmd: x\n  old@a:\n    cmd: x\n",
        f"schema: '2.0'\nstages:\n{REPEATING.format('one', 1)}{REPEATING.format('two', 2)}",
        f"schema: '2.0'\nstages:\n  made:\n    cmd: x\n{REPEATING.format('two', 1)}",
        "# ours\nschema: '2.0'\nstages:\n  old@a:\n    cmd: x\n",
        "schema: '2.0'\nstages:\n    old@a: {cmd: x}\n",
        "schema: '2.0'\nstages:\n  old@a: {cmd: x}\n",
    ],
)
def test_dvc_lock_is_what_dvc_writes(project, before):
    """Only the lines of a stage are made anew; DVC reads and writes the whole file."""
    lock, plain = project / "dvc.lock", [sys.executable, "-m", "dvc", "repro", "-q", "--force"]
    written = []
    for run in (lambda: bring_up(project), lambda: subprocess.run(plain, check=True)):
        lock.unlink() if before is None else lock.write_text(before)
        (project / "words").write_text("other words that DVC has not seen\n")
        run()
        written.append(lock.read_text())
    assert written[0] == written[1]
    assert "made" in written[0]


def git(folder, *words):
    names = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("damage", [b"", b"schema: '2.0'\nstages:\n  ma", b"\0" * 99, b"x: 1\n"])
@pytest.mark.parametrize("committed", [True, False])
def test_a_dvc_lock_that_was_cut_is_replaced(project, damage, committed, capsys):
    whole = (project / "dvc.lock").read_bytes()
    if committed:
        git(project, "init", "-q")
        git(project, "add", "dvc.lock")
        git(project, "commit", "-qm", "a")
    (project / "dvc.lock").write_bytes(damage)
    assert dvc_files.mend_lockfile(project)
    assert "dvc.lock was damaged" in capsys.readouterr().err
    assert (project / "dvc.lock").exists() == committed
    assert not committed or (project / "dvc.lock").read_bytes() == whole
    bring_up(project)
    assert (project / "dvc.lock").read_bytes() == whole
    assert (project / "runs").read_text() == "ran\n", "what was done is in DVC's cache"


def test_a_dvc_lock_that_is_whole_or_absent_is_left(project):
    assert not dvc_files.mend_lockfile(project)
    (project / "dvc.lock").unlink()
    assert not dvc_files.mend_lockfile(project)


def test_a_run_goes_on_where_dvc_lock_was_cut(project):
    shutil.copy(REPOSITORY / "params.yaml", project)
    shutil.copy(REPOSITORY / "published.yaml", project)
    (project / "dvc.lock").write_text("")
    assert reproduce.reproduce(Processes(), [])
    assert "made" in (project / "dvc.lock").read_text()
