"""The few numbers that DVC shows: which they are, and that their table fits a terminal."""

from dataclasses import replace
from pathlib import Path

import pytest
from dvc.compare import show_metrics

from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.files import read_json, write_json
from glyph_transfer.layout import headlines_file
from glyph_transfer.protocol import params
from glyph_transfer.report import answers, committed, reading
from glyph_transfer.report.headlines import headlines
from tracked_runs import LETTERS, STUDY, claim_row, label_worth_row, runs, settings

REPOSITORY = Path(__file__).parents[2]
ALL = {part: [STUDY] for part in ("source", "depth", "labels")}
WIDEST = 120


@pytest.fixture(scope="module")
def study():
    """A study that answers everything, with claims of every kind."""
    claims = [
        claim_row(),
        claim_row(verdict=ClaimVerdict.REFUTED),
        claim_row(verdict=ClaimVerdict.TOO_FEW_DRAWS),
        claim_row(score="time"),
    ]
    made = reading.gather("embedded", settings(), runs()).studies[STUDY]
    return replace(made, label_worth=[label_worth_row()], claims=claims)


def test_the_numbers_of_all_answers(study):
    assert headlines({STUDY: study}, ALL) == {
        "baseline": 0.6, "best": 0.85, "gain": 0.25, "low": 0.15, "high": 0.35, "frozen": 0.25,
        "worth": 90, "confirmed": 1, "refuted": 1,
    }  # fmt: skip


def test_what_is_not_known_is_left_out(study):
    counts = {"confirmed": 0, "refuted": 0}
    assert headlines({STUDY: None}, ALL) == counts
    assert headlines({}, {}) == counts
    nothing = replace(study, differences=[], label_worth=[], claims=[])
    assert headlines({STUDY: nothing}, ALL) == counts
    endless = replace(study, label_worth=[label_worth_row(size=float("inf"))])
    assert "worth" not in headlines({STUDY: endless}, ALL)


def test_one_draw_has_no_interval(study):
    (row,) = study.differences
    one = replace(row, corrected_low=None, corrected_high=None)
    numbers = headlines({STUDY: replace(study, differences=[one])}, ALL)
    assert numbers["gain"] == 0.25
    assert {"low", "high"} & {*numbers} == set()


def test_what_has_not_learned_is_no_headline(study):
    cells = [replace(row, learned=row.cell != LETTERS) for row in study.cells]
    assert {*headlines({STUDY: replace(study, cells=cells)}, ALL)} == {
        "confirmed", "refuted",
    }  # fmt: skip


def test_fractions_have_four_digits(study):
    (row,) = study.differences
    fine = replace(study, differences=[replace(row, accuracy=0.123456)])
    assert headlines({STUDY: fine}, ALL)["gain"] == 0.1235


def test_dvcs_table_of_them_fits_a_terminal(study, capsys):
    """With the longest path and numbers as long as they get."""
    wide = headlines({STUDY: study}, ALL)
    wide |= dict.fromkeys(("gain", "low", "high", "frozen"), -0.1234)
    wide |= {"worth": 10196, "confirmed": 21, "refuted": 21}
    path = str(headlines_file("official"))
    show_metrics({"": {"data": {path: {"data": wide}}}})
    lines = capsys.readouterr().out.splitlines()
    assert "baseline" in lines[0]
    assert path in lines[1]
    assert max(map(len, lines)) <= WIDEST


@pytest.mark.parametrize("corpus", ["embedded", "official"])
def test_committed_results_have_all_of_them(corpus, study, tmp_path):
    shipped = params.load(REPOSITORY / "params.yaml", corpus)
    studies = committed.read_studies(REPOSITORY / "reports" / corpus, corpus, shipped)
    numbers = headlines(studies, answers.answers_of(shipped))
    assert {*numbers} == {*headlines({STUDY: study}, ALL)}
    write_json(tmp_path / "h.json", numbers)
    assert read_json(tmp_path / "h.json") == numbers
