"""User and password in the address of a server: taken out of it, and never shown."""

import re
from collections.abc import MutableMapping
from urllib.parse import unquote, urlsplit, urlunsplit

_ADDRESSES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
_USER, _PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@'\"]*(?:@[^/\s@'\"]*)*@")
_MALFORMED = re.compile(r"(?<=://)[^/\s@'\"]*:(?!\d+(?:[/\s'\"]|$))[^\s'\"]*@")
"""A password with a / that is not written as %2F."""

_IN_QUERY = re.compile(
    r"(?<=[?&])((?:access|api|auth)?[_-]?(?:password|passwd|token|secret|key|sig))=[^&\s'\"]*"
)


def take_secrets(environment: MutableMapping[str, str]) -> None:
    """Move user and password from the addresses of servers to MLflow's own variables.

    MLflow prints its address, tags runs with it and puts it into its errors. Databases have no
    such variables: MLflow keeps their passwords to itself, and `hidden` keeps them from us.
    """
    for name in _ADDRESSES:
        try:
            parts = urlsplit(environment.get(name, ""))
        except ValueError:  # no address, which `check_store` tells
            continue
        if parts.scheme in ("http", "https") and "@" in parts.netloc:
            secret, _, host = parts.netloc.rpartition("@")
            user, _, password = secret.partition(":")
            environment[name] = urlunsplit(parts._replace(netloc=host))
            environment |= {_USER: unquote(user), _PASSWORD: unquote(password)}


def hidden(text: str) -> str:
    """Give a text without users, passwords and tokens in the addresses that it has."""
    return _IN_QUERY.sub(r"\1=***", _MALFORMED.sub("", _IN_ADDRESS.sub("", text)))
