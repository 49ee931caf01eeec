"""Which stages are kept: those that have run, of studies that are finished."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json, write_text
from glyph_transfer.layout import (
    environment_file,
    made_with_file,
    record_file,
    records_folder,
    results_folder,
)
from glyph_transfer.stages import keep
from glyph_transfer.tracking import kept
from tracked_runs import settings

SETTINGS = settings("first", "second")


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Work in a folder where such stages have run."""
    monkeypatch.chdir(tmp_path)

    def run(*stages):
        for stage in stages:
            write_text(record_file("embedded", stage), "{}")

    return run


BEFORE = ["convert_digits", "convert_letters", "pretrain_tominet-letters"]


def test_a_study_is_kept_with_what_it_rests_on(ran):
    ran(*BEFORE, "first", "evaluate_first", "second", "evaluate_second", "unite_characters")
    assert {*keep.stages_of(SETTINGS, ["first"])} == {*BEFORE, "first", "evaluate_first"}
    assert {*keep.stages_of(SETTINGS, [])} >= {"evaluate_first", "evaluate_second"}


def test_what_is_not_finished_is_left_out_or_told(ran):
    ran(*BEFORE, "first", "evaluate_first", "second")
    assert "second" not in keep.stages_of(SETTINGS, [])
    with pytest.raises(InputError, match=r"second is not .* `dvc repro evaluate@embedded-second`"):
        keep.stages_of(SETTINGS, ["first", "second"])
    with pytest.raises(InputError, match="unknown study 'third'"):
        keep.stages_of(SETTINGS, ["third"])


def test_what_the_results_were_made_with_stands_beside_them(ran, monkeypatch):
    """The gate says by it that a base was made on another processor."""
    made_with = {"numpy": "2", "instruction_set": "AVX2"}
    write_json(environment_file(), {"training": made_with, "evaluation": {"scipy": "1"}})
    monkeypatch.setattr(keep.params, "load", lambda **_: SETTINGS)
    monkeypatch.setattr(kept, "keep", lambda *_: None)
    keep.main("embedded")
    assert read_json(made_with_file("embedded")) == made_with


def test_tables_that_earlier_code_left_are_named(ran, monkeypatch, capsys):
    """They would stand beside studies of other code, on no page and unexplained."""
    ran("second", "evaluate_second")
    for name in ("first", "second"):
        write_text(results_folder("embedded", name) / "cells.csv", "")
    assert keep.left_tables(SETTINGS) == ["first"], "the second has run here, and is not kept yet"
    write_text(records_folder("embedded") / "evaluate_first.json", "{}")
    assert keep.left_tables(SETTINGS) == []
    (records_folder("embedded") / "evaluate_first.json").unlink()
    write_json(environment_file(), {"training": {}})
    monkeypatch.setattr(keep.params, "load", lambda **_: SETTINGS)
    monkeypatch.setattr(kept, "of_this_folder", lambda *_: None)
    monkeypatch.setattr(kept, "keep", lambda *_: None)
    keep.main("embedded", ["second"])
    assert "git rm -r reports/embedded/first`" in capsys.readouterr().out
