"""What readers, browsers and hostile names make of a page."""

import base64
import re
from html.parser import HTMLParser

from glyph_transfer.report import page
from glyph_transfer.report.page import Code, Column, Page, Paragraph, Picture, Section, Table, Value

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAACkPW5eAAAADklEQVQI12P4z8DAAMQABQUBAWGRGvkAAAAASUVORK5CYII="
)
EVIL = '<script>alert("1")</script> & | `x` ](http://evil) *b*'


def made(*blocks, title="A title"):
    return Page(title, "mark", [Section("part", "Part", list(blocks))])


class Seen(HTMLParser):
    """Every start tag with its attributes, and all text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def everything(text):
    return made(
        Paragraph(text),
        Paragraph(text, "notice"),
        Code(text),
        Table(text, [text], [[text], [Value(text, 1.0)], [Value(text, code=True)]], caveat=text),
        Picture("name", PNG, alt=text, caption=text, caveat=text),
        title=text,
    )


def test_html_shows_markup_in_text_as_text():
    plain, hostile = Seen(page.html(everything("word"))), Seen(page.html(everything(EVIL)))
    tags = [[tag for tag, _ in seen.tags if tag != "wbr"] for seen in (plain, hostile)]
    assert tags[0] == tags[1]
    assert EVIL in hostile.text
    (image,) = [attributes for tag, attributes in hostile.tags if tag == "img"]
    assert image["alt"] == EVIL


def test_html_needs_nothing_from_anywhere():
    text = page.html(everything("word"))
    for tag, attributes in Seen(text).tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), tag
    assert not re.search(r"url\(|@import|https?:", text)


def test_html_holds_the_picture_itself_at_its_size():
    (image,) = [a for tag, a in Seen(page.html(everything("word"))).tags if tag == "img"]
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == PNG
    assert (image["width"], image["height"]) == ("2", "1")


def test_html_sorts_numbers_by_value_and_not_by_text():
    table = Table("t", ["n"], [[Value("1,000", 1000)], [Value("none")], ["text"]])
    cells = [attributes for tag, attributes in Seen(page.html(made(table))).tags if tag == "td"]
    assert [attributes.get("data-sort") for attributes in cells] == ["1000", "None", None]


def test_markdown_escapes_what_would_break_a_table_or_become_markup():
    text = page.markdown(everything(EVIL))
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "<script" not in without_code
    assert "](http" not in without_code.replace(r"\](http", "")
    row = next(line for line in text.splitlines() if line.startswith("| "))
    assert len(re.findall(r"(?<!\\)\|", row)) == 2


def test_markdown_keeps_table_rows_together():
    """A blank line between rows would end the table."""
    text = page.markdown(
        made(Table("caption", ["a", "b"], [["1", Value("2", 2)], ["3", "[4, 5]"]]))
    )
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | [4, 5] |\n" in text


def test_markdown_links_pictures_by_file():
    text = page.markdown(made(Picture("a b", PNG, "alt text", "A caption", "unofficial")))
    assert "![alt text](figures/a%20b.png)" in text
    assert "A caption _(unofficial)_" in text


def test_pictures_are_found_in_order():
    pictures = [Picture(name, PNG, "", "") for name in "ba"]
    assert made(pictures[0], Paragraph("between"), pictures[1]).pictures == pictures


def test_a_column_has_its_heading_and_its_values_in_one_place():
    columns = [
        Column("word", lambda row: row),
        Column("letters", lambda row: Value(str(len(row)), len(row))),
    ]
    made = page.table("Words.", columns, ["one", "three"], "a caveat")
    assert made == Table(
        "Words.",
        ["word", "letters"],
        [["one", Value("3", 3)], ["three", Value("5", 5)]],
        "a caveat",
    )
