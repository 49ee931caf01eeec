"""Logging to stores that fail or are slow: the work stands, and is logged later."""

import errno
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import OperationalError

from glyph_transfer.errors import InputError
from glyph_transfer.layout import conditions_file, record_file
from glyph_transfer.stages import program
from glyph_transfer.tracking import patience, store
from glyph_transfer.tracking.records import Dataset, Record, read_record
from tracked_conditions import CONDITIONS, active_runs, names


def finish(record):
    program.log(record, CONDITIONS)


def test_a_server_that_fails_for_a_while_gets_the_run_once(server, its_client, record):
    server.fails = lambda number, _: number in (3, 9, 10)
    store.log(record, CONDITIONS)
    assert names(active_runs(its_client)) == ["draw 0", "draw 1", "few (embedded)"]
    assert store.read(record).metrics == record.metrics


@pytest.mark.parametrize("last_answered", [0, 1, 4, 8, 12])
def test_a_server_that_is_lost_costs_a_warning_and_no_work(
    server, its_client, record, capsys, last_answered
):
    server.fails = lambda number, _: number > last_answered
    finish(record)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("warning: the work is done and kept")
    assert len(server.requests) <= last_answered + 4 * 10, "it is not asked for ever"
    server.fails = None
    store.log(record, CONDITIONS, restored=True)
    assert names(active_runs(its_client)) == ["draw 0", "draw 1", "few (embedded)"]


@pytest.mark.usefixtures("server")
def test_the_report_says_in_words_that_a_store_is_lost(record, running):
    _, behaviour = running
    run = (store.log(record, CONDITIONS), store.read(record))[1]
    behaviour.fails = lambda *_: True
    for read in (lambda: store.read(record), lambda: run.curve("accuracy")):
        with pytest.raises(InputError, match="API request"):
            read()


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("create_run", MlflowException("(sqlite3.OperationalError) database is locked", 503)),
        ("log_batch", OperationalError("INSERT ...", {}, Exception("database or disk is full"))),
        ("log_artifact", OSError(errno.ENOSPC, "No space left on device", "mlartifacts/x")),
        ("set_terminated", OSError(errno.EACCES, "Permission denied", "mlflow.db")),
        ("search_runs", requests.ConnectionError("reset")),
    ],
)
def test_a_locked_store_and_a_full_disk_cost_a_warning_and_no_work(
    client, record, monkeypatch, capsys, method, error
):
    monkeypatch.setattr(patience, "PAUSES_S", (0.0, 0.0))
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, method, lambda *_, **__: raise_(error))
        finish(record)
    printed = capsys.readouterr().err
    assert printed.startswith("warning: the work is done and kept")
    assert printed.count("\n") == 1
    store.log(record, CONDITIONS, restored=True)
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]


def test_a_database_that_is_broken_is_told_in_one_line(client, record, monkeypatch, capfd):
    """MLflow logs a traceback of each error of a database that it then raises."""
    monkeypatch.setattr(patience, "PAUSES_S", (0.0,))
    store.log(record, CONDITIONS)
    with closing(sqlite3.connect(client.tracking_uri.removeprefix("sqlite:///"))) as database:
        database.execute("DROP TABLE metrics")
    finish(replace(record, name="another"))
    printed = capfd.readouterr()
    assert printed.err.startswith("warning: the work is done and kept")
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def raise_(error):
    raise error


def test_what_a_stage_did_is_written_before_it_is_logged(record, monkeypatch):
    """Killed while it logs, it has not worked in vain: the report logs it."""
    seen = []

    def log(*_):
        seen.append((read_record(record_file("embedded", "few")) == record,
                     conditions_file("embedded", "few").exists()))  # fmt: skip

    monkeypatch.setattr(store, "log", log)
    program.finish(record, "embedded", "few", 0.0)
    assert seen == [(True, True)]


def test_pauses_grow_and_end():
    assert list(patience.PAUSES_S) == sorted(patience.PAUSES_S)
    assert 10 <= sum(patience.PAUSES_S) <= 60


def test_what_no_pause_mends_is_not_tried_again(monkeypatch):
    monkeypatch.setattr(patience.time, "sleep", lambda _: None)
    tried = []

    def fail(error):
        tried.append(error)
        raise error

    for error in (OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "")):
        with pytest.raises(patience.StoreError):
            patience.patiently(lambda error=error: fail(error))
    assert tried.count(tried[0]) == 1
    assert tried.count(tried[-1]) == 1 + len(patience.PAUSES_S)


def many(n):
    children = [
        Record(
            f"cell draw {draw}", "few", tags={"cell": "a/b", "draw": str(draw)},
            params={"draw": draw}, metrics={"test_accuracy": 0.5}, curves={"loss": [1.0] * 50},
            datasets=[Dataset(f"draw-{draw}", "train", "c" * 64, 5)],
        )
        for draw in range(n)
    ]  # fmt: skip
    return Record("few (embedded)", "few", {"stage": "transfer"}, children=children)


def test_a_replicate_costs_three_requests_several_at_once(server):
    """At 5 s each, a thousand replicates once took five to seven hours."""
    server.seconds = 0.005
    before = many(0)
    store.log(before, CONDITIONS)
    fixed = len(server.requests)
    server.requests.clear()
    n = 40
    store.log(many(n), CONDITIONS)
    assert len(server.requests) - 3 * n <= fixed + 5
    assert 4 <= server.most_at_once <= 8
    server.requests.clear()
    store.log(many(n), CONDITIONS, restored=True)
    assert len(server.requests) <= 8, "of what is there already"
