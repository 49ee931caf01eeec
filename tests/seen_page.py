"""A page as its reader has it: words, sentences, links and headings of its HTML."""

import json
import re
from html import unescape
from html.parser import HTMLParser

_HIDDEN = ("script", "style", "svg", "head")
_VOID = ("meta", "link", "img", "input", "br", "wbr")
_BLOCKS = ("p", "li", "dt", "dd", "figcaption", "summary", "h1", "h2", "h3", "td", "th", "small",
           "span", "strong", "pre", "title")  # fmt: skip


class Seen(HTMLParser):
    """What a page says.

    Attributes:
        tags: every tag with its attributes, in order.
        blocks: texts of what reads as one: the tag, whether it is in closed details, the text.
    """

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.blocks, self._parts = [], [], [], []
        self.feed(html)
        self.close()
        self._end()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in _BLOCKS:
            self._end()
        if tag not in _VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in _BLOCKS:
            self._end()
        while self.open and self.open[-1][0] != tag:
            if not any(name == tag for name, _ in self.open):
                return
            self.open.pop()
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        if not any(name in _HIDDEN for name, _ in self.open):
            self._parts.append(data)

    def _end(self):
        text = " ".join("".join(self._parts).split())
        self._parts = []
        if text:
            names = [name for name, _ in self.open]
            ids = [attributes.get("id", "") for _, attributes in self.open]
            is_closed = "details" in names and "summary" not in names
            self.blocks.append((names, ids, is_closed, text))

    @property
    def text(self):
        """All that can be read, details opened."""
        return " ".join(text for *_, text in self.blocks)

    def outside(self, anchor):
        """What can be read outside an element."""
        return " ".join(text for _, ids, _, text in self.blocks if anchor not in ids)

    def words(self, closed=True):
        """Words, numbers among them; those in closed details too unless told otherwise."""
        texts = [text for *_, is_closed, text in self.blocks if closed or not is_closed]
        return [word for text in texts for word in text.split()]

    @property
    def prose(self):
        """Running text: all but tables and what is to be typed."""
        return [text for names, *_, text in self.blocks if not {"table", "pre"} & {*names}]

    @property
    def sentences(self):
        """Sentences of running text."""
        return [s for text in self.prose for s in re.split(r"(?<=[.!?:;])\s+(?=[A-Z(])", text)]


def table_of(html, name):
    """Give the lines of a table of a page: heading -> text. None where it is not there.

    What all lines share is in each, and rows that are kept as data count.
    """
    before, _, after = html.partition(f'<table id="table-{name}">')
    if not after:
        return None
    shared = json.loads(unescape(before.rpartition('data-shared="')[2].partition('"')[0]))
    table = after.partition("</table>")[0]
    headings = _texts(re.findall(r"<th [^>]*>(.*?)</th>", table, re.S))
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in table.split("<tr>")[2:]]
    data = re.search(rf'<script type="application/json" id="rows-{name}">(.*?)</script>', html)
    lines = [[value[0] for value in row] for row in json.loads(data[1])] if data else []
    return [
        dict(zip(headings, line, strict=True)) | shared for line in [*map(_texts, rows), *lines]
    ]


def _texts(parts):
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", part)).split()) for part in parts]


def alternatives(html):
    """Give the name of each picture -> what it shows in words, in the order of the page."""
    figures = re.findall(r'id="figure-([^"]*)">(.*?)</figure>', html, re.S)
    words = {name: re.search(r'(?:aria-label|alt)="([^"]*)"', inside) for name, inside in figures}
    return {name: unescape(found[1]) for name, found in words.items()}
