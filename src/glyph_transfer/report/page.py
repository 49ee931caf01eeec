"""What a report says, apart from where it comes from: a page of text, tables and pictures.

The same page is rendered as HTML, one file that needs nothing else, and as Markdown.
"""

import base64
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

Row = TypeVar("Row")


@dataclass(frozen=True)
class Value:
    """A table's value that is sorted by a number or set as code."""

    text: str
    sort: float | None = None
    code: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A piece of text; `style` is text, question, lead (the answer) or notice (a warning)."""

    kind: ClassVar[str] = "paragraph"
    text: str
    style: str = "text"


@dataclass(frozen=True)
class Code:
    """Lines to be typed somewhere."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True)
class Table:
    """A table; `caveat` is what a reader has to know before believing it."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: list[str]
    rows: list[list[str | Value]]
    caveat: str = ""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a table: its heading, and what it has for a row."""

    heading: str
    value: Callable[[Row], str | Value]


def table(caption: str, columns: list[Column[Row]], rows: Iterable[Row], caveat: str = "") -> Table:
    """Make a table with a line for each of the rows."""
    return Table(
        caption,
        [column.heading for column in columns],
        [[column.value(row) for column in columns] for row in rows],
        caveat,
    )


@dataclass(frozen=True)
class Picture:
    """A PNG; `name` is that of its file, without the suffix."""

    kind: ClassVar[str] = "picture"
    name: str
    png: bytes
    alt: str
    caption: str
    caveat: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, from the PNG's header."""
        return struct.unpack(">II", self.png[16:24])

    @property
    def uri(self) -> str:
        """The picture itself as an address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True)
class Section:
    """A part of the page; `anchor` is unique and fit for an address."""

    anchor: str
    title: str
    blocks: list[Paragraph | Code | Table | Picture]


@dataclass(frozen=True)
class Page:
    """The whole; `notice` is what the images are, said before anything else."""

    title: str
    notice: str
    sections: list[Section]

    @property
    def pictures(self) -> list[Picture]:
        """Every picture on the page, in order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return [block for block in blocks if isinstance(block, Picture)]


def html(page: Page) -> str:
    """Render a page as one self-contained HTML file; its text is escaped."""
    return _environment().get_template("report.html.j2").render(page=page)


def markdown(page: Page) -> str:
    """Render a page as GitHub's Markdown; pictures are looked for in `figures/`."""
    return _environment().get_template("report.md.j2").render(page=page)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("glyph_transfer.report"),
        autoescape=lambda name: name == "report.html.j2",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": _plain, "breakable": _breakable}
    return environment


def _plain(text: str) -> str:
    """Escape what Markdown or its HTML would read as anything but text."""
    escaped = re.sub(r"([\\`*|~]|\](?=[(\[]))", r"\\\1", text)
    return " ".join(escaped.replace("&", "&amp;").replace("<", "&lt;").split())


def _breakable(text: str) -> Markup:
    """Let the names of cells break between their parts."""
    return Markup(str(Markup.escape(text)).replace("/", "/<wbr>"))
