"""The maps in README.md and data/README.md are of what is there."""

import inspect
import re
from pathlib import Path

import pytest

from glyph_transfer import layout

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "src" / "glyph_transfer"


def drawn():
    """Files and folders in the README's map, from the project's folder."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
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
