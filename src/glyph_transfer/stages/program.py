"""What the stages' programs share: how they start, fail and finish."""

import errno
import os
import signal
import sys
from collections.abc import Callable

import requests
import typer

from glyph_transfer.errors import InputError
from glyph_transfer.layout import conditions_file, record_file
from glyph_transfer.tracking.records import (
    Record,
    measured_conditions,
    write_conditions,
    write_record,
)

_SERVER_TIMEOUT_S = 10
_UNWRITABLE = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
}


def run(main: Callable[..., None]) -> None:
    """Run a program with the words of the command line.

    What the user can mend is told in one message, without a traceback, and exits with 1.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is open is closed
    try:
        check_tracking_server(os.environ.get("MLFLOW_TRACKING_URI", ""))
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command()(main)
        app()
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        name = error.filename or "a file"
        _fail(f"{name}: {_UNWRITABLE[error.errno]}; nothing half-written is kept")


def check_tracking_server(uri: str) -> None:
    """Raise InputError where `uri` is a server's that does not answer, before any work is done."""
    if not uri.startswith(("http://", "https://")):
        return
    try:
        requests.get(f"{uri.rstrip('/')}/health", timeout=_SERVER_TIMEOUT_S).raise_for_status()
    except requests.RequestException as error:
        raise InputError(
            f"MLFLOW_TRACKING_URI is {uri}, but no MLflow server answers there ({error}). "
            "Start it, correct the address, or unset the variable to use mlflow.db."
        ) from error


def finish(record: Record, corpus: str, stage: str, started: float, **measured: object) -> None:
    """Write what a stage did and the conditions it ran under, and log both.

    Args:
        record: what the stage did.
        corpus: whose stage it is.
        stage: its name, such as `pretrain_tominet-letters`.
        started: when it began, in seconds since the epoch.
        measured: further fields of `Conditions`.
    """
    from glyph_transfer.tracking import store

    conditions = measured_conditions(started, **measured)
    write_record(record, record_file(corpus, stage))
    write_conditions(conditions, conditions_file(corpus, stage))
    store.log(record, conditions)


def _fail(message: str) -> None:
    stage = os.environ.get("DVC_STAGE")
    print(f"{f'{stage}: ' if stage else ''}{message}", file=sys.stderr)
    raise SystemExit(1)
