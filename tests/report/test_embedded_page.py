"""The committed page of the embedded corpus: plain, and complete."""

import itertools
import re
from pathlib import Path

import pytest

from glyph_transfer.protocol import params
from seen_page import Seen

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "reports" / "embedded"
SETTINGS = params.load(REPOSITORY / "params.yaml", "embedded")


@pytest.fixture(scope="module")
def html():
    """The page."""
    return (FOLDER / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seen(html):
    """The page, read."""
    return Seen(html)


def test_running_text_holds_no_raw_identifier(seen):
    """Those with an underscore, and cells: words that are of the field are words."""
    cell = re.compile(r"\w+(/\w+){3,}")
    raw = {name for study in SETTINGS.studies.values() for name in (*study.variants, study.model)}
    raw |= {*SETTINGS.studies, *SETTINGS.subsets}
    raw = {name for name in raw if "_" in name}
    for text in seen.prose:
        assert not cell.search(text), text
        assert raw & {*re.findall(r"\w+", text)} == set(), text


def test_cells_can_be_found_by_their_raw_form(html):
    for study in SETTINGS.studies.values():
        for cell in study.cells:
            assert f'title="{cell}"' in html or f'"{cell}"' in html, cell


def test_the_corpus_is_told_once(html):
    assert html.count("these images only") == 1
    assert "stand-ins for the published sets" not in html


def test_there_is_one_interval_for_every_difference(html):
    """A difference of a claim is that of its cells, wherever it stands."""
    for name, study in SETTINGS.studies.items():
        table = re.search(rf'id="table-{name}-differences">(.*?)</table>', html, re.DOTALL)
        claims = re.search(rf'id="table-{name}-claims">(.*?)</table>', html, re.DOTALL)
        if not table or not claims:
            continue
        found = {}
        for part in (table[1], claims[1]):
            for mean, ends in re.findall(r">([+\N{MINUS SIGN}][\d.]+) (\[[^\]]+\])<", part):
                found.setdefault(mean, set()).add(ends)
        assert study.cells
        assert max(map(len, found.values())) <= 2, "two differences may have one mean"


def test_every_study_has_a_card_and_published_ones_their_verdicts(html):
    for name, study in SETTINGS.studies.items():
        card = re.search(rf'aria-labelledby="study-{name}">(.*?)</article>', html, re.DOTALL)[1]
        assert study.question.replace("'", "&#39;") in card
        for claim in study.claims.values():
            assert claim.text.replace("'", "&#39;") in card
        assert (f'id="table-{name}-claims"' in card) == bool(study.claims)
        assert f'id="table-{name}-cells"' in card


def test_every_heading_can_be_linked_and_every_link_leads_somewhere(seen):
    ids = [attributes["id"] for _, attributes in seen.tags if attributes.get("id")]
    assert len(ids) == len({*ids}), "an identifier stands for one element"
    links = {attributes["href"][1:] for tag, attributes in seen.tags if tag == "a"}
    assert links <= {*ids}
    headings = {attributes["id"] for tag, attributes in seen.tags if tag in ("h1", "h2", "h3")}
    assert headings <= links


def test_headings_skip_no_level(seen):
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_pictures_have_alternatives_and_are_saved_by_name(seen):
    named = [a.get("alt") for tag, a in seen.tags if tag == "img"]
    named += [a.get("aria-label") for tag, a in seen.tags if tag == "svg"]
    assert all(named)
    files = {attributes["data-name"] for _, attributes in seen.tags if "data-name" in attributes}
    drawn = {path.name for path in (FOLDER / "figures").glob("*.svg")}
    assert {name for name in files if name.endswith(".svg")} == drawn
    tables = [a["id"] for tag, a in seen.tags if tag == "table"]
    assert {name for name in files if name.endswith(".csv")} == {
        f"{name.removeprefix('table-')}.csv" for name in tables
    }


def test_images_come_before_the_studies(seen):
    places = [n for n, (tag, _) in enumerate(seen.tags) if tag == "img"]
    studies = [
        n for n, (_, attributes) in enumerate(seen.tags) if attributes.get("id") == "studies"
    ]
    assert places[0] < studies[0]


def variables(html):
    """The colours of a page: light, dark and printed."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    sets = [dict(re.findall(r"--([\w-]+): (#\w+);", body)) for body in style.split(":root {")[1:]]
    light = sets[0]
    return {"light": light, "dark": light | sets[1], "print": light | sets[2]}


def luminance(colour):
    """Relative luminance as WCAG 2.1 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    bright, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_text_stands_out_from_its_ground(html, mode):
    """WCAG AA, 4.5 to 1; lines in charts have names in their colours."""
    colours = variables(html)[mode]
    text = ["ink", "soft", "link", "good", "bad", "open", *(n for n in colours if "series" in n)]
    assert len(text) == 12
    for ground in ("ground", "panel", "mark"):
        for name in text if ground == "ground" else ("ink", "soft", "link"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def test_the_committed_charts_are_of_the_committed_tables(html):
    """The page was made after the tables: their accuracies stand in it."""
    for name in SETTINGS.studies:
        lines = (FOLDER / name / "cells.csv").read_text(encoding="utf-8").splitlines()
        columns = lines[0].split(",")
        for line in lines[1:]:
            row = dict(zip(columns, line.split(","), strict=False))
            assert f"{100 * float(row['accuracy']):.1f} [" in html
