"""Which tasks can be drawn for, and the port: without a network and without a page."""

import json
import socket
import tomllib
from pathlib import Path

import numpy as np
import pytest

from drawn_tasks import task
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.own import draw, drawable, drawing

SCORES = {"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95}
OWN = {
    "task": "runes", "classes": ["fehu", "uruz"], "input": "any picture",
    "steps": {"ink": "light", "level": True, "crop": False, "fit": True, "centre": True},
    "source": "letters", "recipe": "linear", "features": ["dense"], "test_copies": 0,
    "augmentation": None, **SCORES, "images": 1200, "data": "0" * 64, "licence": "none",
    "files": {"network.keras": "0" * 64},
}  # fmt: skip
READY_MADE = {
    "model": "glyphnet", "source": "letters", "networks": 1, "sha256": "0" * 64, "input": [28, 28],
    "classes": ["A", "B", "C"], "provenance": "official", "files": [], "licence": "free",
    "training": {}, "seed": 1, "commit": "", "minutes": 1.0, "machine": "", **SCORES,
    "test_images": 20800,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add_own(folder, name, **changed):
    path = folder / "data" / "own" / name / "model" / "card.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(OWN | {"task": name} | changed))


def add_ready_made(folder, source, model="glyphnet"):
    path = folder / "data" / "pretrained" / f"{model}-{source}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    card = READY_MADE | {"model": model, "source": source}
    path.with_suffix(".json").write_text(json.dumps(card))


def test_tasks_are_one_s_own_and_then_what_comes_with_the_project(folder):
    add_ready_made(folder, "letters")
    add_own(folder, "runes")
    tasks, faults = drawable.known()
    assert [*tasks] == ["runes", "glyphnet-letters"] and faults == {}
    runes, letters = tasks.values()
    assert (runes.classes, runes.source) == (("fehu", "uruz"), "")
    assert runes.steps == Steps(ink="light", crop=False)
    assert (letters.classes, letters.source) == (("A", "B", "C"), "letters")
    assert letters.steps == Steps()
    assert "90.0 % [80.0, 95.0]" in runes.expected and "1,200" in runes.expected
    assert "90.0 % [80.0, 95.0]" in letters.expected and "20,800" in letters.expected


@pytest.mark.parametrize(
    ("asked", "name"),
    [("", "glyphnet-letters"), ("letters", "glyphnet-letters"), ("digits", "glyphnet-digits"),
     ("runes", "runes"), ("my-letters", "my-letters"), ("glyphnet-digits", "glyphnet-digits")],
)  # fmt: skip
def test_a_task_is_found_by_its_name_and_a_source_by_what_it_was_trained_on(asked, name):
    tasks = {each.name: each for each in (
        task("my-letters"), task("runes"), task("glyphnet-digits", "digits"),
        task("glyphnet-letters", "letters"))}  # fmt: skip
    assert drawable.find(asked, tasks, {}).name == name


def test_one_s_own_task_is_found_before_a_source_of_its_name():
    tasks = {"letters": task("letters"), "glyphnet-letters": task("glyphnet-letters", "letters")}
    assert drawable.find("letters", tasks, {}).source == ""


def test_without_ready_made_letters_the_first_task_is_drawn_for():
    assert drawable.find("", {"runes": task("runes")}, {}).name == "runes"


def test_an_unknown_task_is_told_which_there_are():
    tasks = {"runes": task("runes"), "glyphnet-letters": task("glyphnet-letters", "letters")}
    with pytest.raises(InputError, match=r"'rune'.*runes, glyphnet-letters.*advise"):
        drawable.find("rune", tasks, {})


def test_where_there_is_nothing_to_draw_for_it_says_what_to_do(folder):
    with pytest.raises(InputError, match=r"none.*make advise"):
        drawable.find("", *drawable.known())


@pytest.mark.parametrize("changed", [{"classes": ["one"]}, {"steps": {"ink": "blue"}},
                                     {"steps": {"unknown": True}}])  # fmt: skip
def test_a_task_that_is_damaged_costs_no_other(folder, changed):
    add_own(folder, "broken", **changed)
    add_own(folder, "runes")
    tasks, faults = drawable.known()
    assert [*tasks] == ["runes"]
    assert "card.json" in faults["broken"]
    with pytest.raises(InputError, match=r"card\.json"):
        drawable.find("broken", tasks, faults)


def test_a_network_is_loaded_once_and_when_it_is_asked():
    loaded = []

    def load():
        loaded.append(True)
        return lambda images: np.array([[0.2, 0.7, 0.1]] * len(images), np.float32)

    asked = task(classes=("a", "b", "c"), load=load)
    assert loaded == []
    for _ in range(2):
        likeliest = asked.likeliest(np.zeros((28, 28), np.uint8), 2)
        assert [name for name, _ in likeliest] == ["b", "a"]
    assert loaded == [True]


def test_the_port_is_this_machine_s_alone():
    with draw.listen(0) as listening:
        assert listening.getsockname()[0] == drawing.HOST == "127.0.0.1"


def test_a_port_that_is_taken_is_said():
    with socket.create_server((drawing.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"{port}.*in use.*PORT=0"):
            draw.listen(port)


def test_the_page_is_packaged():
    project = Path(__file__).parents[2] / "pyproject.toml"
    data = tomllib.loads(project.read_text())["tool"]["setuptools"]["package-data"]
    page = Path(drawing.__file__).parent / "templates" / "draw.html.j2"
    assert page.exists() and page.match(*data["glyph_transfer.own"])
