"""A pipeline of three short stages, and `make repro`'s command run in it."""

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import psutil
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "glyph_transfer.commands.reproduce"]


def make(folder):
    """A pipeline whose first two stages each wait until the other has begun."""
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=folder, check=True)
    for name in ("params.yaml", "published.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    (folder / "meet.py").write_text(
        "import os, pathlib, sys, time\n"
        "own, other = map(pathlib.Path, sys.argv[1:])\n"
        "own.with_suffix('.begun').touch()\n"
        "end = time.monotonic() + 60\n"
        "while not other.with_suffix('.begun').exists():\n"
        "    time.sleep(0.05)\n"
        "    if time.monotonic() > end: sys.exit(f'{other} has not begun')\n"
        "own.write_text(os.environ['GLYPH_TRANSFER_WORKERS'])\n"
    )
    python = sys.executable
    stages = {
        "a": {"cmd": f"{python} meet.py a b", "outs": ["a"]},
        "b": {"cmd": f"{python} meet.py b a", "outs": ["b"]},
        "c": {"cmd": "cat a b > c", "deps": ["a", "b"], "outs": ["c"]},
    }
    with open(folder / "dvc.yaml", "w") as file:
        YAML().dump({"stages": stages}, file)
    return folder


def set_commands(project, **commands):
    path = project / "dvc.yaml"
    content = YAML().load(path)
    for stage, command in commands.items():
        content["stages"][stage]["cmd"] = command
    YAML().dump(content, path)


def told(project, *targets):
    done = subprocess.run(
        [*COMMAND, *targets], cwd=project, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextmanager
def started(project, *targets):
    """The command, killed at the end where it still runs."""
    with subprocess.Popen(
        [*COMMAND, *targets], cwd=project, stdout=PIPE, stderr=PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def begun(project, *targets):
    """The command, with its stage `a` at work; its shell's number is in the file `begun`."""
    with started(project, *targets) as process:
        wait_for(lambda: (project / "begun").exists() and (project / "begun").read_text())
        yield process


def is_running(file):
    number = int(file.read_text())
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE
