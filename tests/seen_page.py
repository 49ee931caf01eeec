"""A page as its reader has it: words, sentences, links and headings of its HTML."""

import re
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
