"""Verdicts on claims, worked by hand."""

import numpy as np
import pytest

from glyph_transfer.analysis import claims
from glyph_transfer.analysis.cell_pairs import compare_cells
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.protocol import Cell, Claim


def name(variant):
    """Name the cell of a variant."""
    return f"digits/tominet/none/{variant}/100"


ACCURACY = {
    "low": np.array([0.50, 0.61, 0.55, 0.58]),
    "high": np.array([0.70, 0.80, 0.76, 0.77]),
    "wide": np.array([0.10, 0.90, 0.30, 0.95]),
    "few": np.array([0.60, 0.72]),
}
LOSS = {"low": np.array([2.0, 2.1, 2.2, 2.3]), "high": np.array([1.0, 1.2, 1.1, 1.2])}
SCORES = {
    "accuracy": {Cell.parse(name(key)): values for key, values in ACCURACY.items()},
    "loss": {Cell.parse(name(key)): values for key, values in LOSS.items()},
}


def claim(expects, cell="high", than="low", **fields):
    if expects in ("equal", "not_lower"):
        fields = {"margin": 0.25} | fields
    return Claim(text="They differ.", cell=name(cell), than=name(than), expects=expects, **fields)


def judge_claims(asked, scores=SCORES, not_learned=()):
    networks = {cell: np.array([""] * len(own)) for cell, own in scores["accuracy"].items()}
    compared = compare_cells(claims.asked(asked), scores, networks, not_learned, 1)
    return claims.judge_claims(asked, compared)


def only(claimed, **other):
    (row,) = judge_claims({"one": claimed}, **other)
    return row


@pytest.mark.parametrize(
    ("expects", "low", "high", "verdict"),
    [
        ("higher", 0.01, 0.02, ClaimVerdict.CONFIRMED),
        ("higher", -0.02, -0.01, ClaimVerdict.REFUTED),
        ("higher", -0.01, 0.01, ClaimVerdict.TOO_FEW_DRAWS),
        ("higher", 0.0, 0.01, ClaimVerdict.TOO_FEW_DRAWS),
        ("higher", 0.0, 0.0, ClaimVerdict.TOO_FEW_DRAWS),
        (
            "higher",
            0.02,
            0.02 + 1e-17,
            ClaimVerdict.TOO_FEW_DRAWS,
        ),  # three draws that differ by the same
        ("equal", 0.01, 0.01, ClaimVerdict.TOO_FEW_DRAWS),
        ("lower", -0.02, -0.01, ClaimVerdict.CONFIRMED),
        ("lower", 0.01, 0.02, ClaimVerdict.REFUTED),
        ("lower", -0.01, 0.0, ClaimVerdict.TOO_FEW_DRAWS),
        ("steadier", 0.5, 0.9, ClaimVerdict.CONFIRMED),
        ("steadier", 1.1, 1.9, ClaimVerdict.REFUTED),
        ("steadier", 0.5, 1.9, ClaimVerdict.TOO_FEW_DRAWS),
        ("higher", None, None, ClaimVerdict.TOO_FEW_DRAWS),
        ("equal", None, None, ClaimVerdict.TOO_FEW_DRAWS),
    ],
)
def test_a_verdict_needs_an_interval_that_settles_it(expects, low, high, verdict):
    assert claims.judge_claim(claim(expects), Interval(0.5, low, high)) is verdict


@pytest.mark.parametrize(
    ("low", "high", "equal", "not_lower"),
    [
        (-0.2, 0.2, ClaimVerdict.CONFIRMED, ClaimVerdict.CONFIRMED),
        (0.1, 0.2, ClaimVerdict.CONFIRMED, ClaimVerdict.CONFIRMED),
        (-0.2, -0.1, ClaimVerdict.CONFIRMED, ClaimVerdict.CONFIRMED),
        (0.0, 0.0, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.TOO_FEW_DRAWS),
        (0.1, 0.3, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.CONFIRMED),
        (0.3, 0.4, ClaimVerdict.REFUTED, ClaimVerdict.CONFIRMED),
        (-0.3, 0.1, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.TOO_FEW_DRAWS),
        (-0.3, 0.3, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.TOO_FEW_DRAWS),
        (-0.25, 0.1, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.TOO_FEW_DRAWS),
        (-0.4, -0.3, ClaimVerdict.REFUTED, ClaimVerdict.REFUTED),
        (-0.4, -0.25, ClaimVerdict.TOO_FEW_DRAWS, ClaimVerdict.TOO_FEW_DRAWS),
    ],
)
def test_equality_is_shown_within_a_margin_and_never_by_an_interval_about_zero(
    low, high, equal, not_lower
):
    """The margin is 0.25: a wide interval that includes zero shows no equality."""
    interval = Interval(0.0, low, high)
    assert claims.judge_claim(claim("equal"), interval) is equal
    assert claims.judge_claim(claim("not_lower"), interval) is not_lower


def test_a_margin_decides_what_counts_as_equal():
    """The difference is 0.1975 with an interval of about 0.17 to 0.23."""
    assert only(claim("equal", margin=0.24)).verdict == "confirmed"
    assert only(claim("equal", margin=0.2)).verdict == "too few draws"
    assert only(claim("equal", margin=0.16)).verdict == "refuted"
    assert only(claim("not_lower", "low", "high", margin=0.24)).verdict == "confirmed"
    assert only(claim("not_lower", "low", "high", margin=0.16)).verdict == "refuted"


def test_differences_are_taken_draw_by_draw_cell_less_than():
    """Paired, the differences hardly vary; unpaired, the interval would be six times as wide."""
    row = only(claim("higher"))
    assert row.estimate == pytest.approx(0.1975)
    assert row.verdict == "confirmed"
    assert 0.17 < row.low < row.high < 0.23
    assert (row.draws, row.claim) == (4, "They differ.")


def test_a_claim_on_the_loss_is_tested_on_the_loss():
    """Losses of high less those of low are -1, -0.9, -1.1, -1.1; accuracies are higher."""
    row = only(claim("lower", score="loss"))
    assert row.estimate == pytest.approx(-1.025)
    assert (row.score, row.verdict) == ("loss", "confirmed")
    assert only(claim("lower")).verdict == "refuted"


@pytest.mark.parametrize("expects", ["higher", "steadier"])
def test_a_claim_is_tested_on_the_draws_that_both_cells_have(expects):
    """By hand: 0.60 - 0.50 and 0.72 - 0.61."""
    row = only(claim(expects, "few", "low"))
    assert row.draws == 2
    if expects == "higher":
        assert row.estimate == pytest.approx(0.105)


def test_rows_have_the_names_of_the_claims_and_what_they_ask():
    asked = {"b": claim("equal", margin=0.5), "a": claim("higher")}
    rows = judge_claims(asked)
    assert [(row.name, row.margin) for row in rows] == [("b", 0.5), ("a", None)]
    assert {(row.cell, row.than, row.score) for row in rows} == {
        (Cell.parse(name("high")), Cell.parse(name("low")), "accuracy")
    }


def test_the_level_is_shared_among_claims_of_other_cells():
    """After Holm: two of them decided, and so the one that is not has a level of its own."""
    own, many = {"a": claim("higher", "wide")}, {"b": claim("higher"), "c": claim("higher", "few")}
    alone, first, *_ = *judge_claims(own), *judge_claims(own | many)
    assert alone.verdict == first.verdict == "too few draws"
    assert first.high - first.low > 1.2 * (alone.high - alone.low)


def test_claims_of_the_same_cells_share_one_interval_and_are_one_test():
    asked = {"a": claim("higher"), "b": claim("not_lower"), "c": claim("lower", "low", "high")}
    higher, not_lower, lower = judge_claims(asked)
    alone = only(claim("higher"))
    assert (higher.low, higher.high) == (not_lower.low, not_lower.high) == (alone.low, alone.high)
    assert (lower.low, lower.high) == (-higher.high, -higher.low)
    assert {row.verdict for row in (higher, not_lower, lower)} == {ClaimVerdict.CONFIRMED}


def test_draws_needed_are_said_of_claims_that_are_open():
    """Of the same interval, about 0.17 to 0.23, a margin of 0.2 is open and one of 0.16 not."""
    assert only(claim("equal", margin=0.16)).draws_needed is None
    near, far = (only(claim("equal", margin=margin)) for margin in (0.2, 0.21))
    assert near.verdict == far.verdict == "too few draws"
    assert 4 < far.draws_needed < near.draws_needed
    assert only(claim("higher", "wide", "low")).draws_needed > 4
    assert only(claim("steadier", "few", "low")).draws_needed is None, "two draws have no ratio"


@pytest.mark.parametrize("cell", ["high", "low"])
def test_a_claim_about_a_cell_that_has_not_learned_is_not_judged(cell):
    row = only(claim("higher"), not_learned=[Cell.parse(name(cell))])
    assert (row.verdict, row.draws_needed) == (ClaimVerdict.NOT_JUDGED, None)
    assert row.estimate == pytest.approx(0.1975)
    assert row.low < row.estimate < row.high


def test_steadiness_is_of_spread_and_not_of_height():
    asked = {"a": claim("steadier", "low", "wide"), "b": claim("steadier", "low", "high")}
    first, second = judge_claims(asked)
    assert first.estimate == pytest.approx(np.std(ACCURACY["low"]) / np.std(ACCURACY["wide"]))
    assert (first.verdict, second.verdict) == ("confirmed", "too few draws")


def test_a_spread_that_is_none_has_no_ratio():
    still = SCORES | {"accuracy": SCORES["accuracy"] | {Cell.parse(name("still")): np.full(4, 0.5)}}
    (row,) = judge_claims({"a": claim("steadier", "low", "still")}, still)
    assert (row.estimate, row.low, row.high, row.draws) == (None, None, None, 4)
    assert row.verdict == "too few draws"


def test_no_claims_give_no_rows():
    assert judge_claims({}) == []


def test_times_are_left_to_the_report_and_count_as_no_test():
    """They differ from run to run, and tables must not."""
    time = claim("lower", score="time")
    both = {"time": time, "loss": claim("lower", score="loss")}
    timed, tested = judge_claims(both)
    assert (timed.verdict, timed.estimate, timed.draws) == ("timed", None, None)
    assert tested.high == only(claim("lower", score="loss")).high


def test_a_time_can_only_be_lower():
    with pytest.raises(ValueError, match="'time' can be expected to be 'lower', not 'higher'"):
        claim("higher", score="time")
