"""One's own tasks on the page and on the terminal."""

import json
import re
from dataclasses import replace

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.layout import own_folder, own_metrics_file, report_folder
from glyph_transfer.protocol.own import Own
from glyph_transfer.report import assembly, own_tasks, rendering
from seen_page import Seen
from tracked_runs import runs, settings

METRICS = {
    "accuracy": 0.968, "accuracy_low": 0.903, "accuracy_high": 0.994, "images": 1234, "suspects": 3,
}  # fmt: skip


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Settings with two tasks, of which the first is answered."""
    monkeypatch.chdir(tmp_path)
    write(METRICS)
    tasks = {name: {"images": "any"} for name in ("runes", "signs")}
    own = Own.model_validate({"recipes": ["any"], "tasks": tasks})
    return settings().model_copy(update={"own": own})


def write(content):
    path = own_metrics_file("runes")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def test_a_sentence_says_what_to_expect_or_what_makes_the_answer(named):
    answered, open_ = rendering.lines("terminal_own", tasks=own_tasks.read(named))
    for part in ("runes", "96.8 % [90.3, 99.4]", "1,234", "data/own/runes/index.html"):
        assert part in answered
    assert "dvc repro advise@signs" in open_


def test_the_page_has_a_line_for_each_that_is_answered(named):
    content = assembly.build("embedded", settings(), runs())
    content = replace(content, own_tasks=own_tasks.read(named))
    text = Seen(assembly.html(content)).text
    for part in ("runes", "96.8 [90.3, 99.4]", "1,234", "data/own/runes/index.html"):
        assert part in text
        assert part in assembly.markdown(content).replace("\\", "")
    assert "signs" not in text


def test_its_page_is_a_click_away_from_that_of_the_corpus(named):
    content = assembly.build("embedded", settings(), runs())
    html = assembly.html(replace(content, own_tasks=own_tasks.read(named)))
    (link,) = re.findall(r'<a href="([^"]*)">data/own/runes/', html)
    place = own_folder("runes") / "index.html"
    assert (report_folder("embedded") / link).resolve() == place.resolve()


def test_without_a_task_nothing_is_said(named):
    assert own_tasks.read(settings()) == []
    content = assembly.Page(assembly.build("embedded", settings(), {}).evidence)
    for tasks in ([], own_tasks.read(named)[1:]):
        assert "Your own images" not in assembly.html(replace(content, own_tasks=tasks))


@pytest.mark.parametrize("content", [[], {}, METRICS | {"accuracy": "high"}])
def test_other_numbers_than_the_stages_are_refused(named, content):
    write(content)
    with pytest.raises(InputError, match=r"metrics\.json: expected .*advise@runes"):
        own_tasks.read(named)
