"""What the stages' programs share: how they start, fail and finish."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from glyph_transfer.errors import InputError, refusal
from glyph_transfer.layout import conditions_file, record_file
from glyph_transfer.terminal import printing
from glyph_transfer.tracking import code
from glyph_transfer.tracking.check import check_store
from glyph_transfer.tracking.records import (
    Conditions,
    Record,
    measured_conditions,
    write_conditions,
    write_record,
)


def run(main: Callable[..., None]) -> None:
    """Run a program with the words of the command line.

    What the user can mend is told in one message, without a traceback, and exits with 1.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what is open is closed
    try:
        if (name := Path(main.__code__.co_filename).stem) in code.TRAININGS:
            code.digest(name)  # now: what is changed while it trains has trained nothing
        check_store(os.environ["MLFLOW_TRACKING_URI"])  # it has no secret: see `tracking`
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command()(main)
        with printing():
            app()
    except InputError as error:
        _fail(str(error))
    except OSError as error:
        if (reason := refusal(error)) is None:
            raise
        _fail(f"{reason}; nothing half-written is kept")


def finish(record: Record, corpus: str, stage: str, started: float, **measured: object) -> None:
    """Write what a stage did and the conditions it ran under, and log both.

    Args:
        record: what the stage did.
        corpus: whose stage it is.
        stage: its name, such as `pretrain_tominet-letters`.
        started: when it began, in seconds since the epoch.
        measured: further fields of `Conditions`.
    """
    if record.tags["stage"] in code.TRAININGS:
        measured["code"] = code.digest(record.tags["stage"])
    conditions = measured_conditions(started, **measured)
    write_record(record, record_file(corpus, stage))
    write_conditions(conditions, conditions_file(corpus, stage))
    log(record, conditions)


def log(record: Record, conditions: Conditions) -> None:
    """Log a finished stage; where the store fails in spite of all patience, say so in one line.

    What the stage wrote stands, and the report logs whatever the store lacks.
    """
    from glyph_transfer.tracking import store

    try:
        store.log(record, conditions)
    except store.StoreError as error:
        _tell(
            f"warning: the work is done and kept, but the tracking store has not taken the run "
            f"'{record.name}' ({error}). The stage report logs it as soon as the store can."
        )


def _fail(message: str) -> None:
    _tell(message)
    raise SystemExit(1)


def _tell(message: str) -> None:
    stage = os.environ.get("DVC_STAGE")
    print(f"{f'{stage}: ' if stage else ''}{message}", file=sys.stderr)
