"""Verdicts, sentences and their rules."""

import pytest

from glyph_transfer.report import findings
from glyph_transfer.report.findings import Averages, Spread, Verdict

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/frozen/100"
FASHION = "digits/tominet/fashion/frozen/100"


def cell(name, accuracy, low=None, high=None, **more):
    target, model, source, variant, n_train = name.split("/")
    row = {"cell": name, "target": target, "model": model, "source": source, "variant": variant}
    scores = {"accuracy": accuracy, "accuracy_low": low, "accuracy_high": high}
    return row | {"n_train": int(n_train), "test_images": 600, "published": None} | scores | more


def compared(name, mean, low, high, baseline=SCRATCH):
    return {
        "cell": name, "baseline": baseline, "draws": 30, "accuracy": mean, "p_holm": 0.004,
        "corrected_low": low, "corrected_high": high,
    }  # fmt: skip


CELLS = [cell(SCRATCH, 0.89, 0.88, 0.90), cell(LETTERS, 0.91, 0.90, 0.92), cell(FASHION, 0.88)]


PARAMS = {"variants.frozen.phases": "35 epochs of dense at 0.001"}


def answer(differences, cells=CELLS, seconds=None):
    return findings.answer(cells, differences, seconds or {}, PARAMS)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.02, Verdict.BETTER),
        (-0.02, -0.01, Verdict.WORSE),
        (-0.01, 0.01, Verdict.NOT_SHOWN),
        (0.0, 0.02, Verdict.NOT_SHOWN),
        (-0.02, 0.0, Verdict.NOT_SHOWN),
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


def test_answer_names_the_best_its_gain_and_the_interval():
    rows = [compared(FASHION, -0.01, -0.02, -0.005), compared(LETTERS, 0.02, 0.01, 0.03)]
    who, how_much, limits = answer(rows)
    assert who == (
        "With 100 labelled digits, transfer from letters (frozen), of 2 compared, gains most over "
        "training from scratch: it gets 91.0 % [90.0, 92.0] of 600 test images right, training "
        "from scratch 89.0 % [88.0, 90.0]."
    )
    assert "30 draws the difference is +2.0 [+1.0, +3.0]" in how_much
    assert "corrected for 2 comparisons" in how_much
    assert "leaves out zero" in how_much
    assert "draws of the labelled images" in limits


def test_answer_tells_medians_of_time_where_they_are_known():
    rows = [compared(LETTERS, 0.02, 0.01, 0.03)]
    told = answer(rows, seconds={LETTERS: [1.0, 2.0, 9.0], SCRATCH: [3.0, 3.0, 4.0]})[1]
    assert "2.00 s instead of 3.00 s (medians)" in told
    assert "instead" not in answer(rows, seconds={LETTERS: [1.0], SCRATCH: []})[1]


def test_answer_says_what_the_study_did_not_try():
    rows = [compared(LETTERS, 0.02, 0.01, 0.03)]
    told = answer(rows)[2]
    assert "what to freeze (all transfer was 35 epochs of dense at 0.001)" in told
    assert "how many labels" in told
    other = LETTERS.replace("frozen/100", "whole/50")
    told = answer(rows, [*CELLS, cell(other, 0.5)])[2]
    assert "does not show" not in told


def test_answer_does_not_claim_what_is_not_shown():
    told = " ".join(answer([compared(LETTERS, 0.02, -0.01, 0.05)]))
    assert "not shown to beat training from scratch" in told
    assert "no difference is shown" in told
    assert "gains" not in told


def test_answer_says_so_where_even_the_best_is_a_loss():
    told = " ".join(answer([compared(FASHION, -0.01, -0.02, -0.005)]))
    assert "not shown to beat" in told
    assert "even this is a loss" in told


def test_answer_of_one_draw_has_no_interval_and_no_claim():
    row = compared(LETTERS, 0.02, None, None) | {"draws": 1, "p_holm": None}
    told = " ".join(answer([row]))
    assert "on one draw, which has no interval" in told
    assert "None" not in told


def test_answer_without_a_comparison():
    assert "no cell of this study has a baseline" in answer([])[0]


def test_answer_does_not_name_one_baseline_where_there_are_several():
    other = "digits/tominet/none/scratch_2/100"
    rows = [compared(LETTERS, 0.02, 0.01, 0.03), compared(FASHION, 0.01, 0, 0.02, other)]
    assert "gains most over its baseline" in answer(rows)[0]


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


@pytest.mark.parametrize(
    ("published", "place"),
    [(0.59, "below all"), (0.60, "inside"), (0.67, "inside"), (0.80, "inside"), (0.81, "above")],
)
def test_a_published_run_is_held_against_single_draws(published, place):
    rows = [{"cell": LETTERS, "accuracy": value} for value in (0.8, 0.6, 0.7)]
    rows.append({"cell": FASHION, "accuracy": 0.1})
    assert place in findings.spread(rows, LETTERS).place(published)


def averages(effect=(0.1, 0.05, 0.15), here=(0.6, 0.8), there=(0.7, 0.9), **more):
    mean, low, high = effect
    row = {"accuracy": mean, "corrected_low": low, "corrected_high": high, "draws": 30}
    given = {
        "momentum": 0.99,
        "plain": cell(SCRATCH, 0.75, 0.7, 0.8, published=0.67),
        "reestimated": cell(SCRATCH, 0.85, 0.8, 0.9),
        "effect": row,
        "draws": Spread(*here),
        "gains": [(compared(LETTERS, 0.15, 0.1, 0.2), compared(LETTERS, 0.02, 0.01, 0.03))],
        "other_momentum": 0.9,
        "other_draws": Spread(*there),
        "stand_ins": False,
    }
    return " ".join(findings.explain(Averages(**given | more)))


def test_averages_explain_where_they_cost_and_only_they_fit():
    told = averages()
    assert "75.0 % [70.0, 80.0] (single draws 60.0 to 80.0)" in told
    assert "+10.0 [+5.0, +15.0] percentage points draw by draw" in told
    assert "+15.0 [+10.0, +20.0] points with the averages as trained and +2.0 [+1.0, +3.0]" in told
    assert "67.0 %, lies inside the single draws at momentum 0.99 and below all" in told
    assert "can therefore explain" in told
    assert "not proved" in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"there": (0.6, 0.9)}, "fits both"),
        ({"here": (0.7, 0.9)}, "not shown to explain"),
        ({"effect": (0.1, -0.1, 0.2)}, "No effect of unconverged averages is shown"),
        ({"effect": (-0.1, -0.2, -0.05)}, "makes it worse"),
        ({"effect": (0.1, None, None)}, "One draw does not tell"),
    ],
)
def test_averages_do_not_explain_without_evidence(changes, expected):
    told = averages(**changes)
    assert expected in told
    assert "can therefore explain" not in told


def test_stand_ins_never_explain_a_figure_for_other_images():
    told = averages(stand_ins=True)
    assert "stand-in images" in told
    assert "explain the published" not in told


def test_averages_without_a_published_figure_end_with_the_effect():
    assert "published" not in averages(plain=cell(SCRATCH, 0.75, 0.7, 0.8))


@pytest.mark.parametrize(
    ("published", "told"),
    [
        (0.5, "lies below all single draws at either momentum: it is not reproduced"),
        (0.85, "lies above all single draws at the one momentum and inside the single draws at the "
               "other: it is reproduced there."),
    ],
)  # fmt: skip
def test_a_transferred_networks_figure_is_held_against_both_momenta(published, told):
    row = {"cell": "digits/tominet/letters/tuned/100", "published": published}
    default, chosen = findings.Spread(0.6, 0.8), findings.Spread(0.8, 0.9)
    assert told in findings.unstated(row, default, chosen)
