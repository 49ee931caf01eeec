"""Sentences of verdicts, and their rules."""

from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.report import findings
from glyph_transfer.report.cell_names import CellNames
from tracked_runs import LETTERS, SCRATCH, cell_row, difference_row, label_worth_row

FASHION = LETTERS._replace(source="fashion")
DEEP = LETTERS._replace(variant="frozen_dense")


def test_every_comparison_gets_its_verdict():
    rows = [
        difference_row(LETTERS, 0.02, 0.01, 0.03),
        difference_row(FASHION, -0.01, -0.02, -0.005),
        difference_row(DEEP, 0.001, -0.01, 0.01),
        difference_row(FASHION, 0.001),
    ]
    names = CellNames([SCRATCH, LETTERS, FASHION, DEEP], [LETTERS, FASHION, DEEP])
    better, worse, same, alone = findings.verdict_sentences(rows, names)
    assert better.startswith("Transfer from letters (frozen) is better than training from scratch")
    assert "is worse than" in worse
    assert "is not shown to differ from" in same
    assert "one draw only, which shows nothing" in alone


def test_every_verdict_has_a_sentence():
    names = CellNames([SCRATCH, LETTERS], [LETTERS])
    rows = [difference_row(LETTERS, 0.02, -0.1, 0.1, verdict=each) for each in DifferenceVerdict]
    sentences = findings.verdict_sentences(rows, names)
    assert len({*sentences}) == len(DifferenceVerdict)
    said = dict(zip(DifferenceVerdict, sentences, strict=True))
    assert "practically equal" in said[DifferenceVerdict.PRACTICALLY_EQUAL]
    assert "has not learned" in said[DifferenceVerdict.NOT_JUDGED]


def test_an_open_difference_says_how_many_draws_would_do():
    names = CellNames([SCRATCH, LETTERS], [LETTERS])
    (sentence,) = findings.verdict_sentences(
        [difference_row(LETTERS, 0.02, -0.1, 0.1, draws_needed=40)], names
    )
    assert "40 would do" in sentence


def test_sizes_with_one_verdict_share_a_sentence():
    """Two dozen cells of a label curve are not two dozen sentences."""
    at = {n: LETTERS._replace(n_train=n) for n in (10, 30, "all")}
    base = {n: SCRATCH._replace(n_train=n) for n in at}
    rows = [
        difference_row(at[10], 0.2, 0.1, 0.3, baseline=base[10]),
        difference_row(at[30], 0.1, 0.05, 0.15, baseline=base[30]),
        difference_row(at["all"], 0.0, -0.01, 0.01, baseline=base["all"]),
    ]
    names = CellNames([*at.values(), *base.values()], [*at.values()])
    better, same = findings.verdict_sentences(rows, names)
    assert "is better than training from scratch with 10 and 30 labelled images" in better
    assert "+20.0 [+10.0, +30.0], +10.0 [+5.0, +15.0] points" in better
    assert "with all labelled images" in same


def test_the_largest_size_is_that_of_the_baselines_curve():
    cells = [
        cell_row(SCRATCH, 0.5, n_images=100),
        cell_row(SCRATCH._replace(n_train="all"), 0.5, n_images=1197),
        cell_row(LETTERS._replace(n_train="all"), 0.5, n_images=5000),
    ]
    assert findings.largest_size(label_worth_row(), cells) == 1197


def test_words_are_enumerated():
    assert findings.enumerated(["a"]) == "a"
    assert findings.enumerated(["a", "b", "c"]) == "a, b and c"


def test_a_sentence_begins_with_a_capital_and_keeps_the_others():
    assert findings.capitalised("the VGG") == "The VGG"
