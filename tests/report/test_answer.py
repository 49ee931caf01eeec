"""The answer in three sentences, and what it says where a study is missing."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.protocol import Cell
from glyph_transfer.report import answer, reading
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    cell_row,
    claim_row,
    difference_row,
    label_worth_row,
    runs,
    settings,
)

FASHION = LETTERS._replace(source="fashion")
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def study():
    """The study of the tracked runs."""
    return reading.gather("embedded", settings(), runs()).studies[STUDY]


@pytest.mark.parametrize("verdict", DifferenceVerdict)
def test_every_verdict_on_the_best_cell_has_a_sentence(study, verdict):
    sentence = answer.which_source(replace(study, differences=[compared(verdict=verdict)]))
    assert ("gains most over" in sentence) == (verdict is DifferenceVerdict.BETTER)
    assert ("has not learned" in sentence) == (verdict is DifferenceVerdict.NOT_JUDGED)
    assert ("practically equal" in sentence) == (verdict is DifferenceVerdict.PRACTICALLY_EQUAL)


def compared(cell=LETTERS, mean=0.25, low=0.15, high=0.35, **more):
    return difference_row(cell, mean, low, high, **more)


def test_the_best_source_comes_with_its_gain_and_the_others(study):
    rows = [compared(FASHION, -0.01, -0.02, -0.005), compared()]
    cells = [*study.cells, cell_row(FASHION, 0.59)]
    sentence = answer.which_source(replace(study, differences=rows, cells=cells))
    first, others = sentence.split("; the difference of the others: ")
    for said in (
        "100 labelled digits",
        "transfer from letters gains most over training from scratch",
        "85.0 % [80.0, 90.0] of 600 test images",
        "instead of 60.0 % [55.0, 65.0]",
        "+25.0 [+15.0, +35.0] points over 3 paired draws",
    ):
        assert said in first
    assert others == f"transfer from fashion ({MINUS}1.0 [{MINUS}2.0, {MINUS}0.5], worse)"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.01, 0.05, "no difference is shown"),
        (-0.05, -0.01, "this is a loss"),
        (None, None, "on one draw, which has no interval"),
    ],
)
def test_nothing_is_claimed_that_is_not_shown(study, low, high, said):
    sentence = answer.which_source(replace(study, differences=[compared(low=low, high=high)]))
    assert said in sentence
    assert "gains most" not in sentence
    assert "None" not in sentence


def test_a_study_without_comparisons_answers_nothing(study):
    nothing = replace(study, differences=[])
    assert "no cell of few_labels has a baseline" in answer.which_source(nothing)
    assert "compares no transferred network" in answer.what_to_freeze(nothing)
    assert "not known" in answer.worth_in_time(nothing)
    assert "not known" in answer.worth_in_labels(nothing)


def test_the_highest_and_the_lowest_to_freeze_are_said_of_every_target(study):
    other = Cell("letters", "tominet", "digits", "frozen", 100)
    rows = [
        compared(mean=0.001, low=-0.01, high=0.02),
        compared(LETTERS._replace(variant="frozen_dense"), -0.1, -0.2, -0.05),
        compared(other, 0.01, 0.001, 0.02, baseline=SCRATCH._replace(target="letters")),
        compared(LETTERS._replace(variant="small_batches"), 0.3, 0.2, 0.4),
    ]
    own = {"variants.small_batches.batch_size": "5"}  # so it says nothing of freezing
    equal = claim_row(
        expects="equal", margin=0.005, verdict=ClaimVerdict.TOO_FEW_DRAWS, draws_needed=40
    )
    sentence = answer.what_to_freeze(
        replace(study, differences=rows, claims=[equal], params=study.params | own)
    )
    digits, letters, end = sentence.split("; on letters ")[0], *sentence.split("; ")[-2:]
    assert f"on digits frozen is highest (+0.1 [{MINUS}1.0, +2.0], too few draws" in digits
    assert "equal within 0.5: too few draws, 40 would do" in digits
    assert f"frozen_dense lowest ({MINUS}10.0 [{MINUS}20.0, {MINUS}5.0], worse)" in digits
    assert letters == "on letters frozen is highest (+1.0 [+0.1, +2.0], better)"
    assert end == "points against training from scratch, over 3 draws"
    assert "small_batches" not in sentence


def test_worth_in_labels_is_said_at_the_size_that_is_shown(study):
    other = label_worth_row(cell=LETTERS._replace(n_train=30), size=20.0)
    sentence = answer.worth_in_labels(replace(study, label_worth=[other, label_worth_row()]))
    assert sentence.startswith("with 100 labels, transfer from letters is worth 90 [80, > 100] ")
    assert "20" not in sentence


def test_worth_in_time_is_a_ratio_of_medians_with_its_draws(study):
    sentence = answer.worth_in_time(study)
    assert sentence.startswith("training from scratch takes 4.0 times as long")
    assert sentence.endswith("transfer from letters (frozen) (single draws of 3: 2.0 to 8.0)")


ANSWERS = {"source": ["first"], "depth": ["second"], "labels": ["third"], "time": ["fourth"]}


def test_studies_that_have_not_run_are_named(study):
    studies = dict.fromkeys(["first", "second", "third", "fourth"]) | {"first": study}
    source, freeze, bought = answer.answer(studies, ANSWERS)
    assert source.startswith("With 100 labelled digits")
    assert freeze == "What to freeze is not known: the study second has not run."
    assert "in labels is not known: the study third has not run; what freezing" in bought
    assert "the study fourth has not run" in bought
    assert bought.endswith("for one source network each.")


def test_nothing_has_run():
    (sentence,) = answer.answer({"first": None}, {"source": ["first"]})
    assert sentence == "Which source helps is not known: the study first has not run."


def test_of_several_studies_that_answer_the_same_each_is_said_in_its_order(study):
    studies = {"first": None, "second": None, "third": study}
    one, other, *_ = answer.answer(studies, {"source": ["second", "first"]})
    assert "the study second has not run" in one
    assert "the study first has not run" in other


def test_a_study_may_answer_several_questions(study):
    sentences = answer.answer({"only": study}, {"source": ["only"], "time": ["only"]})
    assert sentences[0].startswith("With 100 labelled digits")
    assert sentences[1].startswith("Training from scratch takes 4.0 times as long")


def test_one_source_network_each_is_said_of_studies_with_pretrained_ones(study):
    own = replace(study, name="own", params=study.params | {"sources_from": "scratch"})
    studies, answers = {"first": study, "own": own}, {"source": ["first"], "time": ["own"]}
    limits = answer.answer(studies, answers)[-1]
    assert limits.endswith("those of few_labels also for one source network each.")
    assert "one source network" not in answer.answer({"own": own}, {"source": ["own"]})[-1]


def test_where_no_study_answers_anything_the_first_answers_for_itself(study):
    first, last = answer.answer({"another": study}, {})
    assert first.startswith("With 100 labelled digits, transfer from letters")
    assert last.startswith("Intervals")
