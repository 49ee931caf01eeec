"""Tables of a page: values with what they are sorted by, in lines under headings."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from glyph_transfer.analysis.formats import (
    format_interval,
    format_label_count,
    format_percent,
    format_verdict,
)
from glyph_transfer.analysis.rows import CellRow, ClaimRow, DifferenceRow, PublishedRow
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict

NONE = "none"
"""What a table has where there is no value."""

VERDICTS = tuple(DifferenceVerdict)

_TONES = {
    DifferenceVerdict.BETTER: "good",
    DifferenceVerdict.WORSE: "bad",
    ClaimVerdict.CONFIRMED: "good",
    ClaimVerdict.REFUTED: "bad",
}

Write = Callable[[float], str]


@dataclass(frozen=True)
class Value:
    """A table's value: its text, what it is sorted by, and its form in params.yaml.

    `tone` is good, bad or open, of a verdict; `code` is set in letters of one width;
    `link` is what it leads to, seen from the page.
    """

    text: str
    sort: float | None = None
    raw: str = ""
    tone: str = ""
    code: bool = False
    link: str = ""


@dataclass(frozen=True)
class Table:
    """A table; `name` is unique on the page, `title` what it shows, `shared` true of all lines."""

    name: str
    title: str
    columns: list[str]
    lines: list[list[Value]]
    shared: Mapping[str, str]

    @property
    def data(self) -> list[list[list[str | float | None]]]:
        """Its values as plain ones: text, what it is sorted by, its other form, and its tone."""
        return [[[v.text, v.sort, v.raw, v.tone] for v in line] for line in self.lines]


def table(
    rows: Sequence[Mapping[str, str | Value]], name: str, title: str, *, compact: bool = False
) -> Table:
    """Make a table of lines, each heading -> value; all have the same headings.

    A column that has nothing in any line is left out. Where the table is compact, one that says
    the same in all of several lines is said once, as `shared`.
    """
    lines = [{heading: _value(value) for heading, value in row.items()} for row in rows]
    texts = {heading: {line[heading].text for line in lines} for heading in (rows or [{}])[0]}
    said = {heading: own for heading, own in texts.items() if own != {NONE}}
    is_shared = compact and len(lines) > 1
    shared = {heading: min(own) for heading, own in said.items() if is_shared and len(own) == 1}
    columns = [heading for heading in said if heading not in shared]
    return Table(name, title, columns, [[line[c] for c in columns] for line in lines], shared)


def _value(value: str | Value) -> Value:
    return value if isinstance(value, Value) else Value(value)


def number(value: float) -> Value:
    """A whole number: `1,797`."""
    return Value(f"{value:,.0f}", value)


def optional(value: float | None, write: Write = format_percent, unit: float = 1.0) -> Value:
    """A number that may be missing, written in units."""
    return Value(NONE if value is None else write(unit * value), value)


def ends(low: float | None, high: float | None, write: Write = format_percent) -> Value:
    """An interval, sorted by its lower end."""
    return Value(format_interval(low, high, write), low)


def estimate(
    mean: float | None,
    low: float | None,
    high: float | None,
    write: Write = format_percent,
    unit: float = 1.0,
) -> Value:
    """A mean with its interval, written in units and sorted by the mean."""
    if mean is None:
        return Value(NONE)
    interval = format_interval(low, high, lambda end: write(unit * end))
    return Value(f"{write(unit * mean)} {interval}", mean)


def over_images(row: CellRow | DifferenceRow, write: Write) -> Value:
    """The interval over test images, which one image has not."""
    if row.images_low is None:
        return Value("(one image)")
    return ends(row.images_low, row.images_high, write)


def labels_within(smallest: int, largest: int) -> Write:
    """How a number of labels is written of which `smallest` to `largest` were tried."""
    beyond = f"not within {largest:,}"
    return lambda size: beyond if size > largest else format_label_count(size, smallest, largest)


def verdict(row: ClaimRow | DifferenceRow) -> Value:
    """A verdict, with its tone."""
    return Value(format_verdict(row), tone=_TONES.get(row.verdict, "open"))


def as_published(row: PublishedRow) -> str:
    """Write a published value as published, in percent, nats or times."""
    about = "about " if row.about else ""
    if row.score == "speedup":  # a quotient of two times
        return f"{about}{row.published:.2f}"
    unit = 100 if "accuracy" in row.score else 1
    digits = max(0, round(-math.log10(2 * unit * row.rounding)))
    return f"{about}{unit * row.published:.{digits}f}"
