"""The maps in docs/ and data/README.md are of what is there, and so are all links."""

import inspect
import re
from pathlib import Path

import pytest

from glyph_transfer import layout

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "src" / "glyph_transfer"


def drawn():
    """Files and folders in the map of the project, from its folder."""
    text = (REPOSITORY / "docs" / "pipeline.md").read_text(encoding="utf-8")
    tree = text.partition("## What is where\n\n```\n")[2].partition("```")[0]
    for line in tree.splitlines():
        named = re.split(r" {2,}", line.strip())[0]
        folder = PACKAGE if line.startswith("  ") else REPOSITORY
        yield from (folder / name for name in named.split() if re.search(r"[./]|^\w+$", name))


def test_the_map_names_what_there_is():
    for path in drawn():
        if "<" not in str(path):
            assert path.exists(), path


def test_the_map_lacks_no_room_of_the_package():
    rooms = {path for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= {*drawn()}
    files = {path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}
    assert files <= {*drawn()}


def laid_out():
    """Paths that layout.py has below data/, with example names."""
    for function in vars(layout).values():
        if inspect.isfunction(function):
            words = [f"<{name}>" for name in inspect.signature(function).parameters]
            path = str(function(*words))
            if path.startswith("data/"):
                yield path.removeprefix("data/")


@pytest.mark.parametrize("path", [*laid_out()])
def test_every_place_below_data_is_in_its_map(path):
    text = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    mapped = [row.strip("`/") for row in re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)]
    assert any(path == place or path.startswith(f"{place}/") for place in mapped), mapped


def test_the_map_of_data_names_only_places_that_there_are():
    text = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    mapped = [row.strip("`/") for row in re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)]
    for place in mapped:
        assert any(path.startswith(place) for path in laid_out()), place
    keras_files = set(re.findall(r"`(\w+\.keras)`", text))
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    assert all(f'"{name}"' in source for name in keras_files)


PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def anchors(path):
    """Those of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_links_what_there_is(path):
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), link
        assert not anchor or anchor in anchors(linked), link


def test_every_page_of_docs_is_linked_by_the_readme():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert all(f"(docs/{path.name})" in text for path in PAGES[1:])


def test_the_readme_is_short_and_begins_with_the_answer():
    """A chart and a sentence, then two commands, then one's own images, then everything else."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    _, *headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert headings[:2] == ["Two commands", "Your own images"]
    begin = text.partition("## Two commands")[0]
    assert re.search(r"!\[[^\]]+\]\(reports/\w+/figures/[^)]+\)", begin)
    assert re.search(r"^\*\*.+\.\*\*$", begin, re.MULTILINE)
