"""The answers as data: what has not learned answers nothing."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.report import answers, reading
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


@pytest.fixture(scope="module")
def study():
    """Letters do better than fashion, and fashion than scratch."""
    made = reading.gather("embedded", settings(), runs()).studies[STUDY]
    rows = [difference_row(FASHION, 0.1, 0.05, 0.15), difference_row(LETTERS, 0.25, 0.15, 0.35)]
    return replace(
        made,
        cells=[*made.cells, cell_row(FASHION, 0.7)],
        differences=rows,
        label_worth=[label_worth_row(), label_worth_row(cell=FASHION)],
        training_seconds=made.training_seconds | {FASHION: []},
    )


def unlearned(study, cell):
    """The study, of which a cell has not learned."""
    cells = [replace(row, learned=row.cell != cell) for row in study.cells]
    return replace(study, cells=cells)


def sources(rows):
    return [row.cell.source for row in rows]


def test_the_highest_gain_comes_first(study):
    assert sources(answers.gains(study)) == ["letters", "fashion"]


def test_what_has_not_learned_answers_nothing(study):
    without = unlearned(study, LETTERS)
    assert answers.unlearned(without) == [LETTERS]
    for rows in (answers.gains(without), answers.worth_in_labels(without)):
        assert sources(rows) == ["fashion"]
    (rows,) = answers.gains_by_depth(without).values()
    assert sources(rows) == ["fashion"]
    assert answers.saving(without) is None  # only the time of letters is known
    assert answers.saving(study).row.cell == LETTERS


def test_against_what_has_not_learned_nothing_is_gained(study):
    without = unlearned(study, SCRATCH)
    assert answers.gains(without) == answers.worth_in_labels(without) == []
    assert answers.gains_by_depth(without) == {}


def test_what_is_not_judged_answers_nothing(study):
    rows = [replace(row, verdict=DifferenceVerdict.NOT_JUDGED) for row in study.differences[:1]]
    judged = replace(study, differences=[*rows, *study.differences[1:]])
    assert sources(answers.gains(judged)) == ["letters"]


def test_where_tables_do_not_say_what_has_learned_all_has(study):
    assert {row.learned for row in study.cells} == {None}
    assert answers.unlearned(study) == []


def test_from_scratch_is_no_transfer(study):
    other = SCRATCH._replace(variant="again")
    rows = [difference_row(other, 0.5, 0.4, 0.6), *study.differences]
    with_other = replace(study, cells=[*study.cells, cell_row(other, 0.9)], differences=rows)
    assert answers.gains(with_other)[0].cell == other
    assert sources(answers.gains_of_transfer(with_other)) == ["letters", "fashion"]


def test_another_batch_size_says_nothing_of_freezing(study):
    own = replace(study, params=study.params | {"variants.frozen.batch_size": "5"})
    assert answers.gains_by_depth(own) == {}


def test_worth_is_of_the_size_that_is_shown(study):
    other = label_worth_row(cell=LETTERS._replace(n_train=30))
    rows = answers.worth_in_labels(replace(study, label_worth=[other, label_worth_row()]))
    assert [row.cell.n_train for row in rows] == [100]
    assert answers.worth_in_labels(replace(study, confusion=[])) == []


def test_claims_that_are_neither_confirmed_nor_refuted_are_undecided():
    verdicts = {ClaimVerdict.CONFIRMED: 3, ClaimVerdict.REFUTED: 2}
    rows = [claim_row(verdict=v) for v in ClaimVerdict for _ in range(verdicts.get(v, 1))]
    counts = answers.count_claims(iter(rows))
    assert (counts.confirmed, counts.refuted) == (3, 2)
    assert {row.verdict for row in counts.undecided} == {*ClaimVerdict} - {*verdicts}
    assert counts.claims == len(rows)
