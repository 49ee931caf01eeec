"""User and password leave the address at once, and a store is asked as MLflow asks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from mlflow.exceptions import MlflowException

import glyph_transfer
from glyph_transfer.errors import InputError
from glyph_transfer.tracking.check import check_store
from glyph_transfer.tracking.patience import in_one_line
from glyph_transfer.tracking.secrets import hidden, take_secrets
from tracked_conditions import active_runs
from tracking_server import PASSWORD, USER


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"])
def test_user_and_password_leave_the_address_for_mlflows_own_variables(name):
    environment = {name: "https://a%40b:p%2Fw@host:8/mlflow", "OTHER": "x"}
    take_secrets(environment)
    assert environment == {
        name: "https://host:8/mlflow",
        "MLFLOW_TRACKING_USERNAME": "a@b",
        "MLFLOW_TRACKING_PASSWORD": "p/w",
        "OTHER": "x",
    }


@pytest.mark.parametrize("uri", ["https://host/x", "sqlite:///mlflow.db", "databricks", ""])
def test_an_address_without_a_secret_is_left_alone(uri):
    environment = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_USERNAME": "bob"}
    take_secrets(environment)
    assert environment == {"MLFLOW_TRACKING_URI": uri, "MLFLOW_TRACKING_USERNAME": "bob"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at postgresql://me:p@ss@db/x failed", "at postgresql://db/x failed"),
        ("see http://token@host/x?a=1", "see http://host/x?a=1"),
        ("http://host/x?token=abc&b=2", "http://host/x?token=***&b=2"),
        ("http://host/@user and me@example.org", "http://host/@user and me@example.org"),
        ("http://host:80/@user", "http://host:80/@user"),
        ("http://me:p/w@host/x failed", "http://host/x failed"),
        ("http://me:p/w@4/@host/x failed", "http://host/x failed"),
    ],
)
def test_no_message_has_a_secret(text, shown):
    assert hidden(text) == shown


def test_what_an_error_says_has_no_secret():
    said = in_one_line(MlflowException("Failed at\nhttp://alice:s3cret@host/x: 500"))
    assert said == "Failed at http://host/x: 500"
    assert len(in_one_line(MlflowException("a page of HTML " * 1000))) < 400


STAGE = """
import os, time
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Record

def main():
    record = Record("few (embedded)", "few", {"stage": "evaluate"}, metrics={"a": 1.0})
    program.finish(record, "embedded", "few", 0.0)
    print("its address:", os.environ["MLFLOW_TRACKING_URI"])

program.run(main)
"""


def run_stage(folder, address, **more):
    """Run a stage's program that logs a record; gives what it prints and its exit code."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("MLFLOW_TRACKING", "_MLFLOW"))}
    source = str(Path(glyph_transfer.__file__).parent.parent)
    environment = {**kept, "PYTHONPATH": source, "MLFLOW_TRACKING_URI": address, **more}
    done = subprocess.run(
        [sys.executable, "-c", STAGE], env=environment, cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.stdout + done.stderr, done.returncode


def test_no_secret_is_printed_tagged_or_written(server, running, its_client, tmp_path):
    server.asks_for_password = True
    secret = PASSWORD.replace("@", "%40")
    address = running[0].replace("http://", f"http://{USER}:{secret}@")
    printed, code = run_stage(tmp_path, address)
    assert code == 0, printed
    server.asks_for_password = False
    (run,) = active_runs(its_client)
    assert run.info.status == "FINISHED"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 2
    files = [path.read_bytes().decode(errors="replace") for path in written]
    for text in (printed, str(run.data.tags), run.info.artifact_uri, *files):
        assert USER not in text
        assert "s3cret" not in text
    assert f"its address: {running[0]}\n" in printed
    assert "View run" not in printed


def test_a_failing_server_is_told_without_the_secret_and_without_a_traceback(
    server, running, tmp_path
):
    """Of 60 to 106 lines, with the password in them."""
    server.asks_for_password = True
    wrong = running[0].replace("http://", "http://alice:wr0ng@")
    printed, code = run_stage(tmp_path, wrong)
    assert code == 1
    assert "MLFLOW_TRACKING_PASSWORD" in printed
    assert "wr0ng" not in printed
    assert "alice" not in printed
    assert printed.count("\n") <= 2
    assert not (tmp_path / "data").exists(), "before any work is done"


def test_a_server_is_asked_as_mlflow_asks_it(server, running, monkeypatch):
    """With its credentials and prefix; some servers have no /health."""
    server.asks_for_password, server.prefix = True, "/tracking"
    with pytest.raises(InputError, match="no MLflow server answers there"):
        check_store(f"{running[0]}/tracking")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    check_store(f"{running[0]}/tracking")
    with pytest.raises(InputError, match="no MLflow server answers there"):
        check_store(running[0])
    assert not [path for _, path in server.requests if path.endswith("/health")]


def test_a_server_that_fails_is_asked_once_before_work(server, running, monkeypatch):
    """By itself MLflow asks several times, with pauses that add up to minutes."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    server.fails = lambda *_: True
    with pytest.raises(InputError, match="no MLflow server answers there"):
        check_store(running[0])
    assert len(server.requests) == 1
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"


def test_a_server_is_asked_with_mlflows_tls_settings(monkeypatch):
    asked = []

    def send(self, request, **how):
        asked.append(how["verify"])
        raise requests.exceptions.SSLError("self-signed")

    monkeypatch.setattr(requests.Session, "send", send)
    for insecure in ("true", "false"):
        monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", insecure)
        with pytest.raises(InputError, match="self-signed"):
            check_store("https://127.0.0.1:1")
    assert asked[0] is False
    assert asked[-1], "a file of certificates, or those that are installed"


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/x", "not installed|no MLflow server"),
        ("mssql://me:s3cret@127.0.0.1:1/x", "not installed|no MLflow server"),
        ("other://me:s3cret@host/x", "no MLflow server"),
        ("http://me:s3cret/9@host/x", "no address.*%2F"),
        ("http://[me:s3cret@host", "no address"),
        ("http://me:s3cret@host:x/", "no address"),
    ],
)
def test_what_is_no_store_is_refused_without_its_password(uri, reason):
    """They gave tracebacks, some before the program began."""
    take_secrets({"MLFLOW_TRACKING_URI": uri})
    with pytest.raises(InputError, match=reason) as refused:
        check_store(uri)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("uri", ["./mlruns", "/tmp/mlruns", "file:///tmp/mlruns", "mlruns", ""])
def test_a_folder_is_refused_in_words(uri):
    """MLflow 3 refuses it in 63 lines, after the training."""
    with pytest.raises(InputError, match="keeps no runs in folders"):
        check_store(uri)


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_in_words(uri):
    """All runs were lost, and a file `None-lock` was left."""
    with pytest.raises(InputError, match="keeps no run"):
        check_store(uri)
    check_store("sqlite:///runs.db")
