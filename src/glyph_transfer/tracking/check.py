"""Whether a store can be reached, asked before any work is done."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from glyph_transfer.errors import InputError
from glyph_transfer.tracking.secrets import hidden

_RETRIES, _TIMEOUT = "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"
_TIMEOUT_S = 30
_FILE_STORES = ("", "file")


def check_store(uri: str) -> None:
    """Raise InputError where `uri` is no store, or that of a server that does not answer.

    A server is asked by MLflow's own client, with the credentials, the TLS settings and the
    prefix that its logging has, too. An SQLite store is made when it is first needed.
    """
    scheme = _scheme(uri)
    if scheme == "sqlite":
        if uri.partition(":")[2].strip("/") in ("", ":memory:"):
            raise InputError(
                f"MLFLOW_TRACKING_URI is {uri}: a database in memory, which keeps no run. Name "
                "its file (sqlite:///runs.db), or unset the variable to use mlflow.db."
            )
        return
    if scheme in _FILE_STORES:
        raise InputError(
            f"MLFLOW_TRACKING_URI is {uri or 'empty'}: a folder, and MLflow 3 keeps no runs in "
            "folders. Unset the variable to use mlflow.db, or name a server (http://...) or a "
            "database (sqlite:///runs.db)."
        )
    from mlflow import MlflowClient

    from glyph_transfer.tracking.patience import FAILURES, in_one_line

    try:
        with _asked_once():
            MlflowClient(uri).search_experiments(max_results=1)
    except ImportError as error:
        raise InputError(
            f"MLFLOW_TRACKING_URI is {hidden(uri)}, and what reads such a database is not "
            f"installed ({error}). Install it, or unset the variable to use mlflow.db."
        ) from None
    except FAILURES as error:
        raise InputError(
            f"MLFLOW_TRACKING_URI is {hidden(uri)}, but no MLflow server answers there "
            f"({in_one_line(error)}). Start it, correct the address or the credentials "
            "(MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN), or "
            "unset the variable to use mlflow.db."
        ) from None


def _scheme(uri: str) -> str:
    """Give the scheme of an address; InputError where it is none, as with a `/` in a password."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        reason = hidden(str(error)) if "[" in uri else "what follows the last : is no port"
        raise InputError(
            f"MLFLOW_TRACKING_URI is {hidden(uri)}, which is no address ({reason}). Write signs "
            "such as / in a user or password as %2F, or give them as MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD."
        ) from None
    return parts.scheme


@contextmanager
def _asked_once() -> Iterator[None]:
    """Have MLflow send every request once, and wait no longer than it takes to answer it."""
    before = {name: os.environ.get(name) for name in (_RETRIES, _TIMEOUT)}
    os.environ.update({_RETRIES: "0", _TIMEOUT: str(_TIMEOUT_S)})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
