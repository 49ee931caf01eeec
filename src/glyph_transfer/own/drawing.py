"""The drawing page and what answers it, as an application of Flask for this machine alone.

Nothing is written and nothing is fetched. Other pages in the same browser can neither ask (the
Origin of a question is checked) nor reach the page under a name of their own (the Host is).
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask import Flask, Response, abort, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.decoding import BrokenPictureError, decode
from glyph_transfer.images.pictures.doubts import DOUBTS
from glyph_transfer.images.pictures.preparation import Prepared, Steps, prepare
from glyph_transfer.own.drawable import Task
from glyph_transfer.own.pictures import as_uri

HOST = "127.0.0.1"

SHOWN = 5
"""Classes that are shown, the likeliest."""

MOST_BYTES = 1 << 20
"""Of a drawing; the page sends some 10,000."""

MOST_SIDE = 1024
"""Of a drawing, pixels; the page sends 512."""

CERTAIN = 0.5
"""Probability below which the likeliest class is no answer."""

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(tasks: Mapping[str, Task], first: str, port: int) -> Flask:
    """Make the application.

    Args:
        tasks: that the page offers, by name.
        first: the one that it opens with.
        port: that it is served on.
    """
    app = Flask(__name__, static_folder=None)
    # Flask escapes in templates only by the end of their names
    app.jinja_options = {"autoescape": True, "undefined": StrictUndefined}
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    app.before_request(lambda: _check_sender(hosts))
    app.after_request(_with_headers)
    app.register_error_handler(HTTPException, _in_words)
    app.register_error_handler(InputError, lambda error: _text(str(error), 422))
    app.add_url_rule("/", view_func=lambda: _page(tasks, first), endpoint="page")
    app.add_url_rule(
        "/answer", view_func=lambda: _answer(tasks), endpoint="answer", methods=["POST"]
    )
    return app


def prepared(content: bytes, steps: Steps) -> Prepared:
    """Prepare a drawing as the pictures of a task are.

    Args:
        content: of a PNG with dark ink on light paper.
        steps: of the task, in which the ink may be light.

    Raises:
        InputError: no PNG, too large, damaged, or without ink.
    """
    if not content.startswith(_PNG) or len(content) < 24:
        raise InputError("found something else than a PNG, expected a drawing as one")
    # IHDR, which is the first chunk, has the sides as big-endian numbers of 4 bytes
    sides = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]
    if max(sides) > MOST_SIDE:
        raise InputError(
            f"found a drawing of {sides[0]:,} x {sides[1]:,} pixels, expected at most "
            f"{MOST_SIDE:,} x {MOST_SIDE:,}"
        )
    try:
        picture = decode(content)
    except BrokenPictureError as error:
        raise InputError(f"found a drawing that cannot be read: {error}") from error
    made = prepare(picture, replace(steps, ink="dark"))
    if not made.usable:
        raise InputError("There is no ink yet: draw a character.")
    return made


def in_words(likeliest: list[tuple[str, float]]) -> str:
    """Say what a drawing is taken for, from its likeliest classes and their probabilities."""
    shares = [f"{name} ({percent(share)})" for name, share in likeliest]
    if likeliest[0][1] >= CERTAIN:
        return f"Most likely {shares[0]}, else {shares[1]}."
    return f"Not sure: {', '.join(shares[:2])}{f' or {shares[2]}' if shares[2:] else ''}."


def percent(share: float) -> str:
    """Write a probability in whole percent, and none as 0 or 100 that is not."""
    text = f"{100 * share:.0f}"
    if 0.995 <= share < 1:
        text = "over 99"
    elif 0 < share < 0.005:
        text = "below 1"
    return f"{text}\N{NO-BREAK SPACE}%"


def _page(tasks: Mapping[str, Task], first: str) -> Response:
    nonce = secrets.token_urlsafe(16)
    offered = [
        {"name": each.name, "source": each.source, "classes": each.classes,
         "expected": each.expected}
        for each in tasks.values()
    ]  # fmt: skip
    response = Response(
        render_template("draw.html.j2", nonce=nonce, tasks=offered, first=first, shown=SHOWN)
    )
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    return response


def _answer(tasks: Mapping[str, Task]) -> dict[str, object]:
    if request.mimetype != "image/png":
        abort(415, f"found {request.mimetype or 'no type'}, expected image/png")
    name = request.args.get("task", "")
    if name not in tasks:
        abort(404, f"there is no task {name!r}; those there are: {', '.join(tasks)}")
    task = tasks[name]
    made = prepared(request.get_data(), task.steps)
    likeliest = task.likeliest(made.image, SHOWN)
    return {
        "prepared": as_uri(made.image),
        "classes": [
            {"name": name, "share": share, "percent": percent(share)} for name, share in likeliest
        ],
        "words": in_words(likeliest),
        "doubts": [DOUBTS[each] for each in made.doubts],
    }


def _check_sender(hosts: set[str]) -> None:
    """Refuse what another site makes the browser send, and this page under another name."""
    host = request.headers.get("Host", "")
    if host not in hosts:
        abort(
            403,
            f"found the address {host!r}, expected {' or '.join(sorted(hosts))}: this page answers "
            "to no other, so that no other site can pass for it. A tunnel must keep the port",
        )
    origin = request.headers.get("Origin", "")
    if request.method not in ("GET", "HEAD") and origin != f"http://{host}":
        abort(403, f"found a question from {origin or 'no page'!r}, expected one from this page")


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _in_words(error: HTTPException) -> Response:
    if error.code == 413:
        return _text(f"found more than {MOST_BYTES:,} bytes, expected a drawing of fewer", 413)
    return _text(error.description or error.name, error.code or 500)


def _text(words: str, status: int) -> Response:
    return Response(words, status, mimetype="text/plain")
