"""Patience with a store: what fails is tried again, with pauses, a bounded number of times."""

import errno
import time
from collections.abc import Callable
from typing import TypeVar

import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from glyph_transfer.errors import InputError
from glyph_transfer.tracking.secrets import hidden

FAILURES = (MlflowException, SQLAlchemyError, requests.RequestException, OSError)
"""What MLflow raises where its store, or the way there, fails."""

PAUSES_S = (1.0, 5.0, 15.0)
"""Pauses between attempts."""

_HOPELESS = ("INVALID_PARAMETER_VALUE", "PERMISSION_DENIED", "UNAUTHENTICATED")
_DELETED = "must be in the 'active' state"  # of a run; the store has no code of its own for it
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_LONGEST = 300  # characters of a message; some have a page of HTML, or all of a statement's values

Result = TypeVar("Result")


class StoreError(InputError):
    """The tracking store failed, in one line without secrets."""


def patiently(attempt: Callable[[], Result]) -> Result:
    """Call `attempt`, again after every pause where it fails.

    Raises:
        StoreError: where the last attempt fails, or one that no pause would mend.
    """
    for pause in PAUSES_S:
        try:
            return attempt()
        except FAILURES as error:
            if _is_hopeless(error):
                raise StoreError(in_one_line(error)) from None
        time.sleep(pause)
    try:
        return attempt()
    except FAILURES as error:
        raise StoreError(in_one_line(error)) from None


def in_one_line(error: Exception) -> str:
    """What an error says, in one line of bounded length, without secrets."""
    line = " ".join(hidden(str(error) or type(error).__name__).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _is_hopeless(error: Exception) -> bool:
    """Tell whether no pause would mend it; a run that another process deleted is logged anew."""
    if _DELETED in str(error):
        return False
    code = getattr(error, "error_code", None)
    return code in _HOPELESS or getattr(error, "errno", None) in _FULL
