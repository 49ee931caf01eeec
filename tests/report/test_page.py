"""Tables, pictures and templates: nothing but text comes through, in HTML and in Markdown."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from glyph_transfer.charts import accuracy_chart
from glyph_transfer.report import assembly, pictures, reading, tables
from glyph_transfer.report.pictures import Pictures
from glyph_transfer.report.tables import Value
from seen_page import Seen
from tracked_runs import convert, evaluated, runs, settings
from tracked_runs import tables as made_tables

EVIL = "</script><script>alert(1)</script> & | ` * [a](https://x.y) <b>"


def png(width=2000, height=10):
    """A picture of many greys."""
    pixels = np.random.default_rng(1).integers(0, 256, (height, width))
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, format="png")
    return buffer.getvalue()


def page_with(text):
    made = made_tables(class_1=text)
    tracked = runs(
        convert_digits=convert("digits", name=text),
        evaluate_few_labels=evaluated(made, question=text, note=text),
    )
    tracked["few_labels"].params["name"] = text
    return assembly.build("embedded", settings(), tracked)


@pytest.fixture(scope="module")
def plain():
    return page_with("word")


@pytest.fixture(scope="module")
def hostile():
    return page_with(EVIL)


def test_html_shows_markup_in_text_as_text(plain, hostile):
    seen = [Seen(assembly.html(each)) for each in (plain, hostile)]
    tags = [[tag for tag, _ in each.tags if tag not in ("use", "path")] for each in seen]
    assert [tag for tag in tags[0] if tag == "script"] == [t for t in tags[1] if t == "script"]
    assert "b" in tags[0]
    assert tags[0].count("b") == tags[1].count("b")
    assert EVIL in seen[1].text


def test_html_needs_nothing_from_anywhere(plain):
    text = assembly.html(plain)
    for tag, attributes in Seen(text).tags:
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), tag
    assert not re.search(r"url\((?!#)|@import", text)
    outside = re.sub(r"http://www\.w3\.org/\w+/\w+", "", text)
    assert "https:" not in outside
    assert "http:" not in outside


def test_markdown_escapes_what_would_break_a_table_or_become_markup(hostile):
    text = assembly.markdown(hostile)
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "<script" not in without_code
    assert "](http" not in without_code.replace(r"\](http", "")
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.endswith(" |")


def test_markdown_keeps_table_rows_together(plain):
    """A blank line between rows would end the table."""
    text = assembly.markdown(plain)
    head = text.index("| cell | right (%) |")
    first, second, third, fourth, *_ = text[head:].splitlines()
    assert set(second) == {"|", " ", "-"}
    assert first.count("|") == second.count("|") == third.count("|") == fourth.count("|")


def test_the_first_quoted_line_of_markdown_is_the_corpus(plain):
    """The summary on the terminal begins with it."""
    lines = [line for line in assembly.markdown(plain).splitlines() if line.startswith("> ")]
    assert lines[0].startswith("> Corpus embedded: ")


def test_a_photograph_is_made_small_in_few_colours():
    photo = Pictures().photo("name", png())
    assert photo.size[0] == pictures.MOST_PIXELS
    assert len(photo.content) < len(png())
    assert len(Image.open(io.BytesIO(photo.content)).getcolors()) <= 16
    assert base64.b64decode(photo.uri.partition(",")[2]) == photo.content


@pytest.fixture(scope="module")
def chart():
    """The accuracies of the tracked study."""
    study = reading.gather("embedded", settings(), runs()).studies["few_labels"]
    return Pictures().chart("name", accuracy_chart.accuracy_by_cell, study.cells, study.replicates)


def test_a_chart_says_what_it_shows_to_those_who_do_not_see_it(chart):
    (tag, attributes), *_ = Seen(str(chart.element('less < and "more"'))).tags
    assert (tag, attributes["role"]) == ("svg", "img")
    assert attributes["aria-label"] == 'less < and "more"'


def test_a_charts_file_is_light_or_dark_as_its_reader_is(chart):
    text = chart.content.decode()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "prefers-color-scheme: dark" in text
    used = {*re.findall(r"var\((--[\w-]+)\)", text)}
    assert used <= {*re.findall(r"(--[\w-]+):", text)}


def test_what_is_shown_twice_is_drawn_once():
    """A page is rendered twice, as HTML and as Markdown."""
    drawn = Pictures()
    first = drawn.photo("name", png())
    assert drawn.photo("name", png()) is first
    assert drawn.shown == {"name": first}


def test_a_column_with_nothing_in_it_is_left_out():
    rows = [{"word": each, "letters": tables.number(len(each)), "nothing": tables.NONE}
            for each in ("one", "three")]  # fmt: skip
    made = tables.table(rows, "name", "Words.")
    assert (made.name, made.title, made.columns) == ("name", "Words.", ["word", "letters"])
    assert made.lines == [[Value("one"), Value("3", 3)], [Value("three"), Value("5", 5)]]
    assert tables.table([], "name", "Words.").lines == []


def test_what_all_lines_of_a_compact_table_share_is_said_once():
    rows = [{"a": "1", "b": "x", "c": "2"}, {"a": "2", "b": "x", "c": "3"}]
    small = tables.table(rows, "n", "t", compact=True)
    assert (small.columns, small.shared) == (["a", "c"], {"b": "x"})
    assert small.lines == [[Value("1"), Value("2")], [Value("2"), Value("3")]]
    assert tables.table(rows, "n", "t").shared == {}
    alone = tables.table(rows[:1], "n", "t", compact=True)
    assert (alone.columns, alone.shared) == (["a", "b", "c"], {})
