"""What DVC does not watch is written where stages can depend on it."""

import os
import shutil

import pytest

from glyph_transfer.files import read_json
from glyph_transfer.images.local import FOLDER
from glyph_transfer.layout import environment_file
from glyph_transfer.stages import environment

FILE = "raw/train-images.idx3-ubyte"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a file of images, beside the project that is worked in."""
    path = tmp_path / "own" / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1234")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv(FOLDER, str(tmp_path / "own"))
    return tmp_path / "own"


def images():
    environment.main()
    return read_json(environment_file())["images"]


def change(folder):
    (folder / FILE).write_bytes(b"12345")


def touch(folder):
    """Other bytes of the same number: only the time tells."""
    os.utime(folder / FILE, ns=(1, 1))


def grow(folder):
    """Other bytes of the same time, as a copy with its times has them."""
    facts = (folder / FILE).stat()
    (folder / FILE).write_bytes(b"12345")
    os.utime(folder / FILE, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def add(folder):
    shutil.copy(folder / FILE, folder / "letters.npz")


def rename(folder):
    (folder / "raw").rename(folder / "cooked")


def remove(folder):
    shutil.rmtree(folder)


@pytest.mark.parametrize("act", [change, touch, grow, add, rename, remove])
def test_what_happens_in_the_folder_of_images_changes_what_a_download_depends_on(folder, act):
    """The old images' report was given for the new ones."""
    before = images()
    assert images() == before
    act(folder)
    after = images()
    assert after["official"] != before["official"]
    assert after["embedded"] == before["embedded"]


def test_files_that_serve_no_role_change_nothing(folder):
    before = images()
    (folder / "notes.txt").write_text("x")
    assert images() == before


def test_what_the_pipeline_writes_below_the_folder_changes_nothing(folder, monkeypatch):
    monkeypatch.setenv(FOLDER, str(folder.parent))
    before = images()
    raw = folder.parent / "project/data/official/raw/digits"
    raw.mkdir(parents=True)
    shutil.copy(folder / FILE, raw)
    assert images() == before


def test_a_run_without_the_variable_leaves_what_the_last_one_said(folder, monkeypatch):
    before = images()
    monkeypatch.delenv(FOLDER)
    assert images() == before
    environment_file().write_text("{")
    assert images()["official"] == "none"


@pytest.mark.usefixtures("folder")
def test_what_the_disk_refuses_is_told_in_a_line(monkeypatch):
    """Every `dvc repro` begins with this stage, on a full disk too."""
    environment_file().mkdir(parents=True)
    with pytest.raises(SystemExit, match=r"environment: data/environment\.json: it is a folder"):
        environment.run()
