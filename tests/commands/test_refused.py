"""What a disk refuses to `make repro` is told in a line."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glyph_transfer.commands import reproduce
from glyph_transfer.errors import InputError, refusal
from glyph_transfer.files import write_text
from glyph_transfer.own import predict


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_make_repro_tells_it(folder, monkeypatch, capsys, number):
    def write_text(path, _):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr("pathlib.Path.write_text", write_text)
    assert reproduce.main([]) == 1
    printed = capsys.readouterr().err
    assert "reproduce.pid" in printed
    assert printed.count("\n") == 1


def test_other_errors_keep_their_traceback(folder, monkeypatch):
    assert refusal(OSError(errno.EIO, "Input/output error")) is None
    monkeypatch.setattr("pathlib.Path.write_text", lambda *_: (_ for _ in ()).throw(OSError(5, "")))
    with pytest.raises(OSError, match="Errno 5"):
        reproduce.main([])


def test_a_folder_where_a_file_is_to_be_written_is_told(tmp_path):
    """By the name of the file that was meant, and by `predict` before it reads a picture."""
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(IsADirectoryError) as error:
        write_text(tmp_path / "out.csv", "x")
    assert refusal(error.value) == f"{tmp_path / 'out.csv'}: it is a folder"
    with pytest.raises(InputError, match=r"out\.csv is a folder"):
        predict.main("no-task", [], csv=tmp_path / "out.csv")


def fill(error):
    raise error


TELL = """
import errno, sqlite3, sys
sys.path.insert(0, sys.argv[1])
from test_refused import fill
from glyph_transfer.commands import dvc_process
full = OSError(errno.ENOSPC, "No space left", "data/x")
for error in (full, sqlite3.OperationalError("disk I/O error")):
    assert dvc_process.Processes().call(fill, error) is None
"""


def test_processes_of_dvcs_tell_it():
    """In a process of its own: what begins them keeps the error output that it was started with."""
    command = [sys.executable, "-c", TELL, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line[:7] for line in done.stderr.splitlines()] == ["ERROR: "] * 2
