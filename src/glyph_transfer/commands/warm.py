"""A warm process, which has imported what stages need, and is forked for each of them.

Most stages take less time than their imports of TensorFlow, MLflow and the rest. So `reproduce`
has this process do them once; a stage's own process hands it what it was started with, waits
and ends as the fork does. On Linux alone; where there is no warm process, or one has died, a
stage imports for itself. What libraries read from the environment as they are imported they
have read in that of `reproduce`.
"""

import atexit
import ctypes
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO

from glyph_transfer.experiments.processes import forking

SOCKET = "GLYPH_TRANSFER_WARM"
"""Environment variable: the socket of a warm process, which is there when it is ready."""

PR_SET_PDEATHSIG = 1  # sys/prctl.h
NOTHING = 0  # to be told of no event but the end of the other side

LIBRARIES = (
    "glyph_transfer.learning.preloaded",
    "glyph_transfer.tracking",  # has settings for MLflow
    "jinja2",
    "matplotlib.figure",
    "mlflow",
    "pandas",
    "pydantic",
    "requests",
    "ruamel.yaml",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.decomposition",
    "sklearn.datasets",
    "sqlalchemy",
    "tqdm",
    "typer",
)


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """Have a warm process; gives what the environment of stages has to say of it."""
    if sys.platform != "linux":
        yield {}
        return
    with tempfile.TemporaryDirectory(
        prefix="glyph-transfer-", ignore_cleanup_errors=True
    ) as folder:
        path = str(Path(folder, "socket"))
        command = [sys.executable, "-m", "glyph_transfer.commands.warm", path]
        # in a session of its own: Ctrl-C is for the stages' own processes, which pass it on
        with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
            try:
                yield {SOCKET: path}
            finally:
                process.kill()


# --- a stage's own process


def run(program: str) -> int:
    """Run a stage with the words of `sys.argv`, in a fork of the warm process if there is one.

    Returns:
        The exit code of the fork; a signal that ended it gives 128 and its number.
    """
    path = os.environ.pop(SOCKET, None)
    if path is None:
        execute(program)
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [b"\0"], [0, 1, 2])
        with connection.makefile() as answer:
            if pid := answer.readline():
                _pass_on_signals(int(pid))
                state = program, sys.argv, sys.path, str(Path.cwd()), dict(os.environ)
                connection.sendall(json.dumps(state).encode())
                connection.shutdown(socket.SHUT_WR)
            if code := answer.readline():
                return int(code)
    # no process has the other end any more: if there was a fork, it is dead
    return os.execv(sys.executable, sys.orig_argv)


def _pass_on_signals(fork: int) -> None:
    def pass_on(number: int, _: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(fork, number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)


def execute(program: str) -> NoReturn:
    """Run a module as the interpreter runs a program, and end as it does, but at once.

    It would take seconds to free all that TensorFlow is made of, object by object.
    """
    code = 0
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        code = stop.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException as error:
        traceback.print_exc()
        code = 130 if isinstance(error, KeyboardInterrupt) else 1
    finally:
        threading._shutdown()  # what the interpreter does at its end, before it frees
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


# --- the warm process


def main(path: str) -> None:
    """Listen at `path` until standard input ends; in a fork, run the stage that it is for."""
    set_death_signal(signal.SIGKILL)  # while it imports it does not look at its input
    if has_ended(sys.stdin):  # with the process at its other end, before that signal was set
        return
    import_all(str(Path(path).parent))
    set_death_signal(NOTHING)
    with forking():
        connection = serve(path)
    if connection:
        execute(take_over(connection))


def has_ended(pipe: TextIO) -> bool:
    """Whether no process has the other end of a pipe any more."""
    ready = select.poll()
    ready.register(pipe, NOTHING)
    return bool(ready.poll(0))


def import_all(folder: str) -> None:
    """Import what stages need, but for modules of the project.

    Those read the environment, and their code, when the stage begins.

    Args:
        folder: for what libraries write for themselves, as Matplotlib does without a home folder.
            By themselves they remove it at the end, which here is that of every fork.
    """
    tempfile.tempdir = folder
    for name in LIBRARIES:
        import_module(name)
    tempfile.tempdir = None
    atexit.unregister(shutil.rmtree)
    for name in [name for name in sys.modules if name.partition(".")[0] == "glyph_transfer"]:
        del sys.modules[name]
    gc.freeze()  # no fork looks through what is there, page by page, for what could be freed


def serve(path: str) -> socket.socket | None:
    """Fork for every stage that connects.

    Returns:
        In a fork, the connection to its stage. Here None, once standard input has ended, as it
        does with the process at its other end, and the forks have.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    ready, own = select.poll(), os.getpid()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        ready.register(listener, select.POLLIN)
        ready.register(sys.stdin, NOTHING)
        while (sys.stdin.fileno(), select.POLLHUP) not in ready.poll():
            connection, _ = listener.accept()
            if os.fork() == 0:
                end_with(own)
                return fork(connection)
            connection.close()
    shutil.rmtree(Path(path).parent)
    with suppress(ChildProcessError):
        os.wait()
    return None


def fork(connection: socket.socket) -> socket.socket:
    """Fork, wait, and tell the stage the exit code; end the fork if the stage is killed.

    Returns:
        The connection, in the fork alone.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    own, ended = os.getpid(), select.poll()
    pid = os.fork()
    if pid == 0:
        end_with(own)
        return connection
    process = os.pidfd_open(pid)
    ended.register(process, select.POLLIN)
    ended.register(connection, NOTHING)
    if (process, select.POLLIN) not in ended.poll():
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(OSError):
        connection.sendall(b"%d\n" % (code if code >= 0 else 128 - code))
    os._exit(0)


def end_with(parent: int) -> None:
    """Have this process killed when `parent` ends, which forked it, whatever ends that."""
    set_death_signal(signal.SIGKILL)
    if os.getppid() != parent:  # it had ended already
        os._exit(1)


def set_death_signal(number: int) -> None:
    """Have this process sent a signal, or none, when the thread ends that started it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def take_over(connection: socket.socket) -> str:
    """Make this process what the stage's own was when it began; give the program to run."""
    _, descriptors, *_ = socket.recv_fds(connection, 1, 3)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    connection.sendall(b"%d\n" % os.getpid())
    with connection.makefile() as request:
        program, sys.argv, sys.path, folder, environment = json.load(request)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdout = _anew(sys.stdout, line_buffering=os.isatty(1))
    sys.stderr = _anew(sys.stderr, line_buffering=True)
    return program


def _anew(stream: TextIO, line_buffering: bool) -> TextIO:
    """Open a stream's descriptor again: the stream would ask a pipe how far its own file was."""
    how = {"encoding": stream.encoding, "errors": stream.errors, "closefd": False}
    return open(stream.fileno(), "w", 1 if line_buffering else -1, **how)


if __name__ == "__main__":
    main(*sys.argv[1:])
