"""The page in a browser: Chromium without a window, from disk."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from glyph_transfer.report import assembly
from tracked_runs import claim_row, evaluated, runs, settings, tables

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = ((390, 844), (1280, 800))  # pixels: a phone and a laptop
WIDTHS = [width for width, _ in SIZES]
EVIL = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on the PATH")

# A window cannot be made as narrow as a phone, a frame can.
FRAMES = """<!DOCTYPE html><meta charset="utf-8"><title>frames</title>
{frames}
<pre id="seen"></pre>
<script>
"use strict";
const look = (frame) => {{
  const page = frame.contentDocument, view = frame.contentWindow;
  const sorted = [...page.querySelectorAll("table")].map((table) => {{
    const values = (number) =>
      [...table.tBodies[0].rows].map((row) => row.cells[number].dataset.sort);
    const numeric = [...table.tHead.rows[0].cells]
      .map((_, number) => number).filter((number) => !values(number).includes(undefined));
    if (!numeric.length || !table.tBodies[0].rows.length) return null;
    const column = numeric.find((number) => new Set(values(number)).size > 1) ?? numeric[0];
    const read = () => {{
      table.tHead.rows[0].cells[column].querySelector("button").click();
      return values(column);
    }};
    return {{
      up: read(), first: table.tHead.rows[0].cells[column].getAttribute("aria-sort"),
      down: read(), second: table.tHead.rows[0].cells[column].getAttribute("aria-sort"),
    }};
  }});
  const bottom = (selector) => page.querySelector(selector)?.getBoundingClientRect().bottom;
  const first = [".lead", ".tiles", ".first .notice", ".first svg"].map(bottom);
  const closed = [...page.querySelectorAll("details")].filter((each) => !each.open).length;
  page.querySelectorAll("details").forEach((each) => {{ each.open = true; }});
  const saved = [];
  view.Blob = class {{ constructor(parts) {{ saved.push(parts[0]); }} }};
  view.URL.createObjectURL = () => "#";
  view.HTMLAnchorElement.prototype.click = () => {{}};
  page.querySelectorAll("button.save").forEach((button) => button.click());
  const find = page.getElementById("find");
  const search = (text) => {{
    find.value = text;
    find.dispatchEvent(new view.Event("input"));
    return page.querySelectorAll("tbody tr:not(.out)").length;
  }};
  const rows = [search("tominet/none/scratch"), search("")];
  return {{
    grounds: [...new Set([...page.querySelectorAll("figure")]
      .map((figure) => view.getComputedStyle(figure).backgroundColor))],
    saved, rows, filled: [...page.querySelectorAll("tbody")].every((body) => body.rows.length),
    first, closed, details: page.querySelectorAll("details").length,
    letters: Math.min(...[...page.querySelectorAll("svg")].map((svg) => {{
      const texts = [...svg.querySelectorAll("text, tspan")];
      const size = Math.max(...texts.map((text) => parseFloat(text.style.fontSize) || 0));
      return size * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    }})),
    scrolling: [...page.querySelectorAll("table")].filter((table) =>
      table.scrollWidth > table.parentElement.clientWidth + 1).map((table) => table.id),
    width: view.innerWidth,
    needed: page.documentElement.scrollWidth,
    images: [...page.images].map((image) => ({{
      alt: image.alt, drawn: image.naturalWidth,
      right: image.getBoundingClientRect().right,
    }})),
    unreachable: [...page.querySelectorAll("p, h1, h2, h3, li, figcaption, pre, td")]
      .filter((block) => block.getBoundingClientRect().right > view.innerWidth)
      .map((block) => block.textContent),
    anchors: [...page.links].filter((link) => !page.querySelector(link.hash)).length,
    sorted,
  }};
}};
addEventListener("load", () => {{
  const seen = [...document.querySelectorAll("iframe")].map(look);
  document.getElementById("seen").textContent = JSON.stringify(seen);
}});
</script>
"""


def browse(path, folder):
    """Load a file as a reader would: the page's final HTML, and what the console says."""
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--window-size=1400,900",
            "--enable-logging=stderr", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return SimpleNamespace(html=done.stdout, console=console)


@pytest.fixture(scope="module")
def text():
    """The page of a corpus with several rows to sort, and with markup in its names."""
    odd = tables(class_1=EVIL) | {"claims": [claim_row(claim=EVIL)]}
    tracked = runs(evaluate_few_labels=evaluated(odd, question=EVIL))
    return assembly.html(assembly.build("embedded", settings(), tracked))


COMMITTED = Path(__file__).parents[2] / "reports" / "embedded" / "index.html"


def frames_of(text, folder):
    """What frames of each size see of a page, and the console."""
    frames = "\n".join(
        f'<iframe width="{width}" height="{height}" style="border: 0" '
        f'srcdoc="{html.escape(text)}"></iframe>'
        for width, height in SIZES
    )
    path = folder / "frames.html"
    path.write_text(FRAMES.format(frames=frames), encoding="utf-8")
    shown = browse(path, folder)
    found = re.search('<pre id="seen">(.+?)</pre>', shown.html, re.DOTALL)
    assert found, shown.console
    return json.loads(html.unescape(found[1])), shown.console


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """What frames of each size see of the committed page."""
    return frames_of(COMMITTED.read_text(encoding="utf-8"), tmp_path_factory.mktemp("committed"))[0]


@pytest.fixture(scope="module")
def seen(text, tmp_path_factory):
    """What frames of each size see, and the console."""
    return frames_of(text, tmp_path_factory.mktemp("frames"))


def test_the_page_opens_from_disk_without_a_word_on_the_console(text, tmp_path):
    """The page forbids every request, so the browser would complain of any."""
    path = tmp_path / "index.html"
    path.write_text(text, encoding="utf-8")
    shown = browse(path, tmp_path)
    assert shown.console == []
    assert '<th scope="col"><button>' in shown.html


def test_a_request_would_be_told_on_the_console(text, tmp_path):
    """Without this the test above would prove nothing."""
    path = tmp_path / "index.html"
    outside = '<img src="https://example.com/x.png" alt="">'
    path.write_text(text.replace("</main>", f"{outside}</main>"), encoding="utf-8")
    (line,) = browse(path, tmp_path).console
    assert "Content Security Policy" in line


def test_frames_have_their_widths_and_say_nothing(seen):
    frames, console = seen
    assert [frame["width"] for frame in frames] == [*WIDTHS]
    assert console == []


def test_nothing_is_wider_than_a_phone_or_a_laptop(seen):
    for frame in seen[0]:
        assert frame["needed"] <= frame["width"]
        assert frame["unreachable"] == []
        assert max(image["right"] for image in frame["images"]) <= frame["width"]


def test_every_image_is_drawn_and_has_its_alternative(seen):
    for frame in seen[0]:
        assert len(frame["images"]) == 6
        assert all(image["alt"] and image["drawn"] for image in frame["images"])


def test_details_are_closed_until_they_are_opened(seen):
    for frame in seen[0]:
        assert frame["closed"] == frame["details"] > 0


def test_every_table_and_chart_can_be_saved(seen):
    for frame in seen[0]:
        tables = [text for text in frame["saved"] if not text.startswith("<svg")]
        drawings = [text for text in frame["saved"] if text.startswith("<svg xmlns=")]
        assert len(tables) + len(drawings) == len(frame["saved"])
        assert len(drawings) >= 6
        assert not any("var(--" in text for text in drawings)
        (cells,) = [text for text in tables if text.startswith("cell,right (%)")]
        head, first, *_ = cells.splitlines()
        assert first.startswith("digits/tominet/")
        assert "draws" in head, "what all lines share is in the file"


def test_captions_stand_on_the_grounds_of_the_page(seen):
    """Photographs alone have a white one, in the dark too."""
    assert [frame["grounds"] for frame in seen[0]] == [["rgba(0, 0, 0, 0)"]] * 2


def test_a_search_finds_cells_by_their_raw_form(seen):
    for frame in seen[0]:
        found, everything = frame["rows"]
        assert 0 < found < everything
        assert frame["filled"]


def test_the_first_screen_holds_the_answer_tiles_corpus_and_chart(committed):
    for frame, (_, height) in zip(committed, SIZES, strict=True):
        assert None not in frame["first"]
        assert max(frame["first"]) <= height


def test_the_committed_page_fits_a_phone_and_a_laptop(committed):
    for frame in committed:
        assert frame["needed"] <= frame["width"]
        assert frame["scrolling"] == []
        assert frame["unreachable"] == []


def test_letters_in_charts_can_be_read_on_a_phone(committed):
    """Those of charts are some ten pixels high there; a dense confusion matrix has smaller ones."""
    phone, _ = committed
    assert phone["letters"] >= 8


def test_links_lead_to_sections(seen):
    assert [frame["anchors"] for frame in seen[0]] == [0, 0]


def test_tables_sort_by_number_up_and_then_down(seen):
    tables = [table for table in seen[0][0]["sorted"] if table]
    assert len(tables) >= 5
    assert any(len(set(table["up"])) > 1 for table in tables)
    for table in tables:
        numbers = [float(value.replace("None", "-inf")) for value in table["up"]]
        assert numbers == sorted(numbers)
        down = [float(value.replace("None", "-inf")) for value in table["down"]]
        assert down == sorted(down, reverse=True)
        assert (table["first"], table["second"]) == ("ascending", "descending")


def test_a_page_without_any_run_opens_too(tmp_path):
    path = tmp_path / "index.html"
    path.write_text(assembly.html(assembly.build("embedded", settings(), {})), encoding="utf-8")
    shown = browse(path, tmp_path)
    assert shown.console == []
    assert "Not run yet" in shown.html
