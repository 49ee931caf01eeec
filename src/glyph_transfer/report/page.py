"""What a page is made of beside prose, and templates in, HTML and Markdown out.

The prose is in templates/content.j2, once; HTML and Markdown have macros of their own for it.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Generic, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from glyph_transfer.analysis import formats
from glyph_transfer.analysis.words import in_words
from glyph_transfer.charts import figures
from glyph_transfer.report.findings import capitalised

Row = TypeVar("Row")

MOST_PIXELS = 1320
"""Width of a photograph: 47 images of 28 pixels side by side."""


@dataclass(frozen=True)
class Value:
    """A table's value: its text, what it is sorted by, and its form in params.yaml.

    `tone` is good, bad or open, of a verdict; `code` is set in letters of one width.
    """

    text: str
    sort: float | None = None
    code: bool = False
    raw: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table; `name` is unique on the page, `title` what it shows, `shared` true of all lines."""

    kind: ClassVar[str] = "table"
    name: str
    title: str
    columns: list[str]
    rows: list[list[str | Value]]
    shared: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> list[list[list[str | float | None]]]:
        """Its values as plain ones: text, what it is sorted by, its other form, and its tone."""
        return [[[v.text, v.sort, v.raw, v.tone] for v in line] for line in self.lines]

    @property
    def texts(self) -> list[list[str]]:
        """What its values say."""
        return [[value.text for value in line] for line in self.lines]

    @property
    def lines(self) -> list[list[Value]]:
        """All of its values as such."""
        return [[v if isinstance(v, Value) else Value(v) for v in row] for row in self.rows]


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table: its heading, and what it has for a row."""

    heading: str
    value: Callable[[Row], str | Value]


def table(name: str, title: str, columns: list[Column[Row]], rows: Iterable[Row]) -> Table:
    """Make a table with a line for each of the rows.

    A column that has nothing in any row is left out.
    """
    rows = list(rows)
    values = {column.heading: [column.value(row) for row in rows] for column in columns}
    shown = [name for name, own in values.items() if {*map(_text, own)} != {NONE}]
    lines = [list(line) for line in zip(*(values[name] for name in shown), strict=True)]
    return Table(name, title, shown, lines)


def compact(wide: Table) -> Table:
    """Give a table whose columns that say the same in all of several lines are said once."""
    columns = [{*map(_text, column)} for column in zip(*wide.rows, strict=True)]
    same = [n > 0 and len(wide.rows) > 1 and len(texts) == 1 for n, texts in enumerate(columns)]
    kept = [n for n, is_same in enumerate(same) if not is_same]
    return replace(
        wide,
        columns=[wide.columns[n] for n in kept],
        rows=[[row[n] for n in kept] for row in wide.rows],
        shared={wide.columns[n]: columns[n].pop() for n in range(len(same)) if same[n]},
    )


NONE = "none"
"""What a table has where there is no value."""


def _text(value: str | Value) -> str:
    return value.text if isinstance(value, Value) else value


@dataclass(frozen=True)
class Chart:
    """A drawing; `name` is that of its file, `title` its finding, `alt` what it shows in words."""

    kind: ClassVar[str] = "chart"
    name: str
    svg: str
    title: str
    alt: str

    @property
    def element(self) -> Markup:
        """The drawing with its words for those who do not see it."""
        return Markup(f'<svg role="img" aria-label="{Markup.escape(self.alt)}"{self.svg[4:]}')

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.svg"

    @property
    def content(self) -> bytes:
        """What is in its file."""
        return figures.svg_file(self.svg).encode()


@dataclass(frozen=True)
class Photo:
    """A PNG; see `Chart`."""

    kind: ClassVar[str] = "photo"
    name: str
    png: bytes
    title: str
    alt: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return Image.open(io.BytesIO(self.png)).size

    @property
    def uri(self) -> str:
        """The picture itself as an address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.png"

    @property
    def content(self) -> bytes:
        """What is in its file."""
        return self.png


Picture = Chart | Photo


def photo(name: str, png: bytes, title: str, alt: str) -> Photo:
    """Give a picture in sixteen colours, no wider than `MOST_PIXELS`."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > MOST_PIXELS:
        height = round(image.height * MOST_PIXELS / image.width)
        image = image.resize((MOST_PIXELS, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.quantize(16).save(buffer, format="png", optimize=True)
    return Photo(name, buffer.getvalue(), title, alt)


def render(template: str, **content: object) -> str:
    """Render `html` or `markdown`; whatever is given is shown as text."""
    return _environment(template).get_template(f"{template}.j2").render(**content)


def lead(gain: object) -> str:
    """Give the answer in one sentence, as the page begins with, as plain text.

    Args:
        gain: of `first.gain`.
    """
    return said("lead", "lead", gain)


def said(template: str, macro: str, *values: object) -> str:
    """Give what a macro of a template writes, as plain text on one line."""
    macros = _environment(template).get_template(f"{template}.j2").module
    return str(_words(getattr(macros, macro)(*values).unescape()))


def _environment(template: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("glyph_transfer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_plain if template == "markdown" else None,
    )
    environment.filters |= {
        name.removeprefix("format_"): function
        for name, function in vars(formats).items()
        if name.startswith("format_")
    } | {
        "words": _words,
        "named": in_words,
        "capitalised": capitalised,
        "tidy": _tidy,
        "json": _json,
        "row": _row,
        "fenced": Markup,
    }
    environment.globals["series"] = figures.SERIES
    return environment


def _plain(value: object) -> Markup:
    """Escape what Markdown or its HTML would read as anything but text."""
    if isinstance(value, Markup):
        return value
    escaped = re.sub(r"([\\`*|~]|\](?=[(\[]))", r"\\\1", str(value))
    return Markup(" ".join(escaped.replace("&", "&amp;").replace("<", "&lt;").split()))


def _words(text: str) -> Markup:
    """Give a paragraph that was written over several lines as one; its fixed spaces stay."""
    return Markup(re.sub(r"[ \t\n]+", " ", text).strip(" "))


def _tidy(text: str) -> Markup:
    """Leave one empty line where there are several."""
    return Markup(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")


def _row(values: list[str | Value]) -> Markup:
    """Write the values of a line of a Markdown table."""
    return Markup(" | ").join(_plain(_text(value)) for value in values)


def _json(value: object) -> Markup:
    """Write a value into a script element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))
