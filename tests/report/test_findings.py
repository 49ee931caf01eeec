"""Verdicts, sentences and their rules."""

import pytest

from glyph_transfer.report import findings
from glyph_transfer.report.findings import Verdict

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/frozen/100"
FASHION = "digits/tominet/fashion/frozen/100"


def compared(name, mean, low, high, baseline=SCRATCH):
    return {
        "cell": name, "baseline": baseline, "draws": 30, "accuracy": mean, "p_holm": 0.004,
        "corrected_low": low, "corrected_high": high,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.02, Verdict.BETTER),
        (-0.02, -0.01, Verdict.WORSE),
        (-0.01, 0.01, Verdict.NOT_SHOWN),
        (0.0, 0.02, Verdict.NOT_SHOWN),
        (-0.02, 0.0, Verdict.NOT_SHOWN),
        (0.01, 0.01, Verdict.NOT_SHOWN),
        (None, None, Verdict.ONE_DRAW),
    ],
)
def test_verdict_needs_an_interval_that_leaves_out_zero(low, high, expected):
    assert findings.verdict(low, high) is expected


def test_judge_uses_the_corrected_interval():
    row = compared(LETTERS, 0.01, -0.001, 0.02) | {"accuracy_low": 0.001, "accuracy_high": 0.019}
    assert findings.judge(row) is Verdict.NOT_SHOWN


def test_numbers_are_written_for_readers():
    assert findings.percent(0.67125) == "67.1"
    assert findings.points(0.0203) == "+2.0"
    assert findings.points(-0.0106) == "\N{MINUS SIGN}1.1"
    assert findings.interval(0.5, 0.75) == "[50.0, 75.0]"
    assert findings.interval(None, None) == "(one draw)"


def test_every_comparison_gets_its_verdict():
    rows = [
        compared(LETTERS, 0.02, 0.01, 0.03),
        compared(FASHION, -0.01, -0.02, -0.005),
        compared(LETTERS, 0.001, -0.01, 0.01),
    ]
    better, worse, same = findings.verdicts(rows)
    assert better.startswith("Transfer from letters (frozen) is better than training from scratch")
    assert "is worse than" in worse
    assert "is not shown to differ from" in same


def test_sizes_with_one_verdict_share_a_sentence():
    """Two dozen cells of a label curve are not two dozen sentences."""
    at = {n: LETTERS.replace("/100", f"/{n}") for n in (10, 30, "all")}
    base = {n: SCRATCH.replace("/100", f"/{n}") for n in at}
    rows = [
        compared(at[10], 0.2, 0.1, 0.3, base[10]),
        compared(at[30], 0.1, 0.05, 0.15, base[30]),
        compared(at["all"], 0.0, -0.01, 0.01, base["all"]),
    ]
    better, same = findings.verdicts(rows, [*at.values(), *base.values()])
    assert better == (
        "Transfer from letters is better than training from scratch with 10 and 30 "
        "labelled images: +20.0 [+10.0, +30.0], +10.0 [+5.0, +15.0] points."
    )
    assert "with all labelled images" in same


def test_targets_and_models_are_told_only_where_they_differ():
    other = "letters/cnn_s1/digits/frozen/100"
    assert findings.way(other) == "transfer from digits (frozen)"
    assert findings.way(other, [other, SCRATCH]) == "transfer from digits with cnn_s1"
    deep = other.replace("frozen", "frozen_dense")
    assert findings.way(other, [other, deep]) == "transfer from digits (frozen)"
    assert findings.place(other, [other]) == ""
    assert findings.place(other, [other, SCRATCH]) == " on letters"
    assert findings.way("letters/ensemble/none/both/all", [other]) == "the ensemble both"
    twin = SCRATCH.replace("scratch", "scratch_twin")
    assert findings.way(twin) == "training from scratch (scratch_twin)"


@pytest.mark.parametrize(
    ("size", "low", "high", "told"),
    [
        (243.4, 198.2, 1234.5, "243 [198, 1,230]"),
        (float("inf"), 900.0, float("inf"), "> 3,000 [900, > 3,000]"),
        (10, 10, 12.2, "\N{LESS-THAN OR EQUAL TO} 10 [\N{LESS-THAN OR EQUAL TO} 10, 12]"),
        (50.0, None, None, "50"),
    ],
)
def test_labels_are_bounded_by_what_was_tried(size, low, high, told):
    row = {"size": size, "low": low, "high": high, "smallest": 10}
    assert findings.worth(row, 3000) == told


def test_the_largest_size_is_that_of_the_baselines_curve():
    row = {"cell": LETTERS, "baseline": SCRATCH}
    cells = [
        {"cell": SCRATCH, "n_images": 100},
        {"cell": SCRATCH.replace("100", "all"), "n_images": 1197},
        {"cell": LETTERS.replace("100", "all"), "n_images": 5000},
    ]
    assert findings.largest_size(row, cells) == 1197


def test_words_are_enumerated():
    assert findings.enumerated(["a"]) == "a"
    assert findings.enumerated(["a", "b", "c"]) == "a, b and c"
