"""The answer in three sentences, and what it says where a study is missing."""

from dataclasses import replace

import pytest

from glyph_transfer.report import answer, reading
from tracked_runs import LETTERS, SCRATCH, runs, settings

FASHION = LETTERS.replace("letters", "fashion")


@pytest.fixture(scope="module")
def study():
    """The study of the tracked runs."""
    return reading.gather("embedded", settings(), runs()).studies["few_labels"]


def compared(study, name=LETTERS, mean=0.25, low=0.15, high=0.35, **more):
    ends = {"cell": name, "accuracy": mean, "corrected_low": low, "corrected_high": high}
    return study.differences[0] | ends | more


def cells(study, name):
    return [*study.cells, study.cells[0] | {"cell": name}]


def test_the_best_source_comes_with_its_gain_and_the_others(study):
    rows = [compared(study, FASHION, -0.01, -0.02, -0.005), compared(study)]
    told = answer.which_source(replace(study, differences=rows, cells=cells(study, FASHION)))
    assert told == (
        "With 100 labelled digits, transfer from letters gains most over training from "
        "scratch: it gets 85.0 % [80.0, 90.0] of 600 test images right instead of 60.0 % "
        "[55.0, 65.0], a difference of +25.0 [+15.0, +35.0] points over 3 paired draws; the "
        "difference of the others: transfer from fashion (\N{MINUS SIGN}1.0 "
        "[\N{MINUS SIGN}2.0, \N{MINUS SIGN}0.5], worse)"
    )


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-0.01, 0.05, "which includes zero, so no difference is shown"),
        (-0.05, -0.01, "so even this is a loss"),
        (None, None, "on one draw, which has no interval"),
    ],
)
def test_nothing_is_claimed_that_is_not_shown(study, low, high, told):
    found = answer.which_source(replace(study, differences=[compared(study, low=low, high=high)]))
    assert told in found
    assert "gains most" not in found
    assert "None" not in found


def test_a_study_without_comparisons_answers_nothing(study):
    nothing = replace(study, differences=[])
    assert "no cell of few_labels has a baseline" in answer.which_source(nothing)
    assert "compares no transferred network" in answer.what_to_freeze(nothing)
    assert "not known" in answer.worth_in_time(nothing)
    assert "not known" in answer.worth_in_labels(nothing)


def test_the_highest_and_the_lowest_to_freeze_are_told_of_every_target(study):
    deep = LETTERS.replace("frozen", "frozen_dense")
    other, base = "letters/tominet/digits/frozen/100", "letters/tominet/none/scratch/100"
    rows = [
        compared(study, mean=0.001, low=-0.01, high=0.02),
        compared(study, deep, -0.1, -0.2, -0.05),
        compared(study, other, 0.01, 0.001, 0.02, baseline=base),
        compared(study, LETTERS.replace("frozen", "small_batches"), 0.3, 0.2, 0.4),
    ]
    own = {"variants.small_batches.batch_size": "5"}  # so it says nothing of freezing
    equal = study.claims[0] | {"expects": "equal", "margin": 0.005, "verdict": "not shown"}
    told = answer.what_to_freeze(
        replace(study, differences=rows, claims=[equal], params=study.params | own)
    )
    assert told == (
        "Of what was frozen, on digits frozen is highest (+0.1 [\N{MINUS SIGN}1.0, +2.0], no "
        "difference shown; equal within 0.5: not shown) and frozen_dense lowest "
        "(\N{MINUS SIGN}10.0 [\N{MINUS SIGN}20.0, \N{MINUS SIGN}5.0], worse); on letters frozen "
        "is highest (+1.0 [+0.1, +2.0], better); points against training from scratch, over 3 draws"
    )


def test_worth_in_labels_is_told_at_the_size_that_is_shown(study):
    row = {"cell": LETTERS, "baseline": SCRATCH, "size": 90.4, "low": 80.0, "high": float("inf"),
           "smallest": 10}  # fmt: skip
    other = row | {"cell": LETTERS.replace("100", "30"), "size": 20.0}
    told = answer.worth_in_labels(replace(study, labels=[other, row]))
    assert told == (
        "with 100 labels, transfer from letters is worth 90.4 [80, > 100] labels of training from "
        "scratch".replace("90.4", "90")
    )


def test_worth_in_time_is_a_ratio_of_medians_with_its_draws(study):
    told = answer.worth_in_time(study)
    assert told == (
        "training from scratch takes 4.0 times as long for an image and epoch as transfer from "
        "letters (frozen) (single draws of 3: 2.0 to 8.0)"
    )


def test_studies_that_have_not_run_are_named(study):
    names = (answer.SOURCES, answer.DEPTH, answer.LABELS, answer.TIME)
    source, freeze, bought = answer.answer(dict.fromkeys(names) | {answer.SOURCES: study})
    assert source.startswith("With 100 labelled digits")
    assert freeze == "What to freeze is not known: the study freeze_depth has not run."
    assert "in labels is not known: the study label_curve has not run; what freezing" in bought
    assert bought.endswith("for one source network each.")


def test_nothing_has_run():
    told = answer.answer({answer.SOURCES: None})
    assert told == ["Which source helps is not known: the study few_labels has not run."]


def test_any_other_study_answers_for_itself(study):
    told = answer.answer({"another": study})
    assert told[0].startswith("With 100 labelled digits, transfer from letters")
    assert len(told) == 2
