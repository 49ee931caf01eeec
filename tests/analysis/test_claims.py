"""Verdicts on claims, worked by hand."""

import numpy as np
import pytest

from glyph_transfer.analysis import claims
from glyph_transfer.analysis.claims import Verdict
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.protocol import Claim

ACCURACY = {
    "low": np.array([0.50, 0.61, 0.55, 0.58]),
    "high": np.array([0.70, 0.80, 0.76, 0.77]),
    "wide": np.array([0.10, 0.90, 0.30, 0.95]),
    "few": np.array([0.60, 0.72]),
}
LOSS = {"low": np.array([2.0, 2.1, 2.2, 2.3]), "high": np.array([1.0, 1.2, 1.1, 1.2])}
SCORES = {"accuracy": ACCURACY, "loss": LOSS}


def claim(expects, cell="high", than="low", **fields):
    if expects in ("equal", "not_lower"):
        fields = {"margin": 0.25} | fields
    return Claim(text="They differ.", cell=cell, than=than, expects=expects, **fields)


def only(claimed):
    (row,) = claims.hold({"one": claimed}, SCORES, 1).to_dict("records")
    return row


@pytest.mark.parametrize(
    ("expects", "low", "high", "verdict"),
    [
        ("higher", 0.01, 0.02, Verdict.CONFIRMED),
        ("higher", -0.02, -0.01, Verdict.REFUTED),
        ("higher", -0.01, 0.01, Verdict.NOT_SHOWN),
        ("higher", 0.0, 0.01, Verdict.NOT_SHOWN),
        ("higher", 0.0, 0.0, Verdict.NOT_SHOWN),
        ("higher", 0.02, 0.02 + 1e-17, Verdict.NOT_SHOWN),  # three draws that differ by the same
        ("equal", 0.01, 0.01, Verdict.NOT_SHOWN),
        ("lower", -0.02, -0.01, Verdict.CONFIRMED),
        ("lower", 0.01, 0.02, Verdict.REFUTED),
        ("lower", -0.01, 0.0, Verdict.NOT_SHOWN),
        ("steadier", 0.5, 0.9, Verdict.CONFIRMED),
        ("steadier", 1.1, 1.9, Verdict.REFUTED),
        ("steadier", 0.5, 1.9, Verdict.NOT_SHOWN),
        ("higher", None, None, Verdict.NOT_SHOWN),
        ("equal", None, None, Verdict.NOT_SHOWN),
    ],
)
def test_a_verdict_needs_an_interval_that_settles_it(expects, low, high, verdict):
    assert claims.judge(claim(expects), Interval(0.5, low, high)) is verdict


@pytest.mark.parametrize(
    ("low", "high", "equal", "not_lower"),
    [
        (-0.2, 0.2, Verdict.CONFIRMED, Verdict.CONFIRMED),
        (0.1, 0.2, Verdict.CONFIRMED, Verdict.CONFIRMED),
        (-0.2, -0.1, Verdict.CONFIRMED, Verdict.CONFIRMED),
        (0.0, 0.0, Verdict.NOT_SHOWN, Verdict.NOT_SHOWN),
        (0.1, 0.3, Verdict.NOT_SHOWN, Verdict.CONFIRMED),
        (0.3, 0.4, Verdict.REFUTED, Verdict.CONFIRMED),
        (-0.3, 0.1, Verdict.NOT_SHOWN, Verdict.NOT_SHOWN),
        (-0.3, 0.3, Verdict.NOT_SHOWN, Verdict.NOT_SHOWN),
        (-0.25, 0.1, Verdict.NOT_SHOWN, Verdict.NOT_SHOWN),
        (-0.4, -0.3, Verdict.REFUTED, Verdict.REFUTED),
        (-0.4, -0.25, Verdict.NOT_SHOWN, Verdict.NOT_SHOWN),
    ],
)
def test_equality_is_shown_within_a_margin_and_never_by_an_interval_about_zero(
    low, high, equal, not_lower
):
    """The margin is 0.25: a wide interval that includes zero shows no equality."""
    found = Interval(0.0, low, high)
    assert claims.judge(claim("equal"), found) is equal
    assert claims.judge(claim("not_lower"), found) is not_lower


def test_a_margin_decides_what_counts_as_equal():
    """The difference is 0.1975 with an interval of about 0.17 to 0.23."""
    assert only(claim("equal", margin=0.24))["verdict"] == "confirmed"
    assert only(claim("equal", margin=0.2))["verdict"] == "not shown"
    assert only(claim("equal", margin=0.16))["verdict"] == "refuted"
    assert only(claim("not_lower", "low", "high", margin=0.24))["verdict"] == "confirmed"
    assert only(claim("not_lower", "low", "high", margin=0.16))["verdict"] == "refuted"


def test_differences_are_taken_draw_by_draw_cell_less_than():
    """Paired, the differences hardly vary; unpaired, the interval would be six times as wide."""
    row = only(claim("higher"))
    assert row["estimate"] == pytest.approx(0.1975)
    assert row["verdict"] == "confirmed"
    assert 0.17 < row["low"] < row["high"] < 0.23
    assert (row["draws"], row["claim"]) == (4, "They differ.")


def test_a_claim_on_the_loss_is_tested_on_the_loss():
    """Losses of high less those of low are -1, -0.9, -1.1, -1.1; accuracies are higher."""
    row = only(claim("lower", score="loss"))
    assert row["estimate"] == pytest.approx(-1.025)
    assert (row["score"], row["verdict"]) == ("loss", "confirmed")
    assert only(claim("lower"))["verdict"] == "refuted"


@pytest.mark.parametrize("expects", ["higher", "steadier"])
def test_a_claim_is_tested_on_the_draws_that_both_cells_have(expects):
    """By hand: 0.60 - 0.50 and 0.72 - 0.61."""
    row = only(claim(expects, "few", "low"))
    assert row["draws"] == 2
    if expects == "higher":
        assert row["estimate"] == pytest.approx(0.105)


def test_rows_have_the_names_of_the_claims_and_what_they_ask():
    asked = {"b": claim("equal", margin=0.5), "a": claim("higher")}
    table = claims.hold(asked, SCORES, 1)
    assert [*table.columns] == claims.COLUMNS
    assert [*table.name] == ["b", "a"]
    assert table.margin[0] == 0.5
    assert np.isnan(table.margin[1])
    assert [*table.score] == ["accuracy", "accuracy"]


def test_the_level_is_shared_among_the_claims():
    one, many = (
        claims.hold({str(k): claim("higher") for k in range(n)}, SCORES, 1).iloc[0] for n in (1, 4)
    )
    assert many.high - many.low > 1.2 * (one.high - one.low)


def test_steadiness_is_of_spread_and_not_of_height():
    asked = {"a": claim("steadier", "low", "wide"), "b": claim("steadier", "low", "high")}
    table = claims.hold(asked, SCORES, 1)
    assert table.estimate[0] == pytest.approx(np.std(ACCURACY["low"]) / np.std(ACCURACY["wide"]))
    assert [*table.verdict] == ["confirmed", "not shown"]


def test_no_claims_give_an_empty_table_with_its_columns():
    assert [*claims.hold({}, SCORES, 1).columns] == claims.COLUMNS


def test_times_are_left_to_the_report_and_count_as_no_test():
    """They differ from run to run, and tables must not."""
    time = claim("lower", score="time")
    held = claims.hold({"time": time, "loss": claim("lower", score="loss")}, SCORES, 1)
    rows = held.set_index("name")
    assert rows.verdict["time"] == "timed"
    assert np.isnan(rows.estimate["time"])
    assert rows.high["loss"] == only(claim("lower", score="loss"))["high"]


def test_a_time_can_only_be_lower():
    with pytest.raises(ValueError, match="'time' can be expected to be 'lower', not 'higher'"):
        claim("higher", score="time")
