"""What libraries write for themselves while the warm process imports them."""

import os
import subprocess
import sys
from pathlib import Path

import glyph_transfer

LIBRARY = """\
import atexit, shutil, tempfile
folder = tempfile.mkdtemp()
atexit.register(shutil.rmtree, folder)
"""
PROGRAM = """\
import sys, tempfile
from glyph_transfer.commands import warm
warm.LIBRARIES = ("library",)
warm.import_all(sys.argv[1])
import library
print(library.folder, tempfile.gettempdir())
"""


def test_a_folder_of_a_librarys_own_outlives_the_fork_that_ends_first(tmp_path):
    """Without a home folder Matplotlib makes one, which the first stage removed: a traceback."""
    (tmp_path / "library.py").write_text(LIBRARY)
    shared = tmp_path / "shared"
    shared.mkdir()
    sources = os.pathsep.join((str(Path(glyph_transfer.__file__).parents[1]), str(tmp_path)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(shared)], env=os.environ | {"PYTHONPATH": sources},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    folder, of_stages = map(Path, done.stdout.split())
    assert folder.exists()
    assert folder.parent == shared, "it ends with the socket"
    assert of_stages != shared
