"""Templates in, text out: a page as HTML or Markdown, and lines for a terminal.

All words of a report are in templates/: the parts of a page once, with macros of their own for
HTML and for Markdown. Imports nothing heavy, as the answer on the terminal has to start at once.
"""

import json
import re
from collections.abc import Callable
from statistics import median

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from glyph_transfer.analysis import formats
from glyph_transfer.analysis.words import in_words
from glyph_transfer.report import answers, tables
from glyph_transfer.report.findings import capitalised, enumerated, largest_size
from glyph_transfer.report.times import per_image, speedup

FORMATS = {
    name.removeprefix("format_"): function
    for name, function in vars(formats).items()
    if name.startswith("format_")
}


def page(language: str, **content: object) -> str:
    """Render a page.

    Args:
        language: `html` or `markdown`.
        content: by name, for all templates; whatever is in it is shown as text.
    """
    environment = _environment(True, _plain if language == "markdown" else None)
    environment.globals |= content
    environment.globals["out"] = environment.get_template(f"{language}_macros.j2").module
    return environment.get_template(f"{language}.j2").render()


def lead(gain: object) -> str:
    """Give the answer in one sentence, as the page begins with, as plain text.

    Args:
        gain: of `first.gain`.
    """
    return _words(_environment(False).get_template("lead.j2").module.lead(gain))


def lines(template: str, **content: object) -> list[str]:
    """Render a template for a terminal; give its lines that are not empty."""
    text = _environment(False).get_template(f"{template}.j2").render(**content)
    return [line for line in text.splitlines() if line.strip()]


def _environment(autoescape: bool, finalize: Callable | None = None) -> Environment:
    environment = Environment(
        loader=PackageLoader("glyph_transfer.report"),
        extensions=["jinja2.ext.do"],
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=finalize,
    )
    environment.filters |= FORMATS | {
        "words": _words,
        "named": in_words,
        "unlearned": answers.unlearned,
        "capitalised": capitalised,
        "enumerated": enumerated,
        "median": lambda values: median(values) if values else None,
        "tidy": _tidy,
        "json": _json,
        "row": _row,
        "fenced": Markup,
        "number": tables.number,
        "estimate": tables.estimate,
        "ends": tables.ends,
        "optional": tables.optional,
        "table": tables.table,
        "as_published": tables.as_published,
    }
    environment.globals |= FORMATS | {
        "answers": answers,
        "largest_size": largest_size,
        "per_image": per_image,
        "speedup": speedup,
        "tables": tables,
        "value": tables.Value,
    }
    return environment


def _plain(value: object) -> Markup:
    """Escape what Markdown or its HTML would read as anything but text."""
    if isinstance(value, Markup):
        return value
    escaped = re.sub(r"([\\`*|~]|\](?=[(\[]))", r"\\\1", str(value))
    return Markup(" ".join(escaped.replace("&", "&amp;").replace("<", "&lt;").split()))


def _words(text: str) -> str:
    """Give a paragraph that was written over several lines as one; its fixed spaces stay."""
    return type(text)(re.sub(r"[ \t\n]+", " ", text).strip(" "))


def _tidy(text: str) -> Markup:
    """Leave one empty line where there are several."""
    return Markup(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")


def _row(values: list[str | tables.Value]) -> Markup:
    """Write the values of a line of a Markdown table."""
    return Markup(" | ").join(_plain(getattr(value, "text", value)) for value in values)


def _json(value: object) -> Markup:
    """Write a value into a script element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))
