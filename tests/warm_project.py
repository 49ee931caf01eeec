"""A folder with a stage in it, and a warm process for it that has imported nothing."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

import glyph_transfer
from glyph_transfer.commands import warm

SOURCES = str(Path(glyph_transfer.__file__).parent.parent)
LIGHT = """\
import sys
from glyph_transfer.commands import warm
warm.LIBRARIES = ()
warm.main(sys.argv[1])
"""
CLIENT = "import sys; from glyph_transfer.commands import warm; sys.exit(warm.run('stage'))"
WAITS = """\
import os, pathlib, time
pathlib.Path("begun").write_text(str(os.getpid()))
time.sleep(60)
"""


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_over(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


class Project:
    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "private" / "socket"
        self.server = None
        self.output = None

    @contextmanager
    def warm(self):
        """Have a warm process that has imported nothing."""
        self.socket.parent.mkdir()
        self.server = subprocess.Popen(
            [sys.executable, "-c", LIGHT, str(self.socket)],
            stdin=subprocess.PIPE, stdout=self.output, start_new_session=True, cwd="/",
            env={**os.environ, "PYTHONPATH": SOURCES},
        )  # fmt: skip
        until(self.socket.exists)
        try:
            yield
        finally:
            self.server.stdin.close()
            self.server.wait(timeout=60)

    def start(self, *words, cwd=None, **environment):
        return subprocess.Popen(
            [sys.executable, "-c", CLIENT, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=cwd or self.folder,
            env={**os.environ, "PYTHONPATH": f"{SOURCES}:{self.folder}",
                 warm.SOCKET: str(self.socket)} | environment,
        )  # fmt: skip

    def stage(self, text):
        (self.folder / "stage.py").write_text(text)

    def run(self, *words, given="", **how):
        process = self.start(*words, **how)
        out, errors = process.communicate(given, timeout=300)
        return process.returncode, out, errors

    def begun(self):
        """Give the process id that `WAITS` writes."""
        path = self.folder / "begun"
        until(lambda: path.exists() and path.read_text())
        pid = int(path.read_text())
        path.unlink()
        return pid

    def forked(self, pid):
        return self.server.pid in {parent.pid for parent in psutil.Process(pid).parents()}
