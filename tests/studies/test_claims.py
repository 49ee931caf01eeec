"""Verdicts on claims, worked by hand."""

import numpy as np
import pytest

from glyph_transfer.protocol import Claim
from glyph_transfer.statistics import Interval
from glyph_transfer.studies import claims
from glyph_transfer.studies.claims import Verdict

ACCURACY = {
    "low": np.array([0.50, 0.61, 0.55, 0.58]),
    "high": np.array([0.70, 0.80, 0.76, 0.77]),
    "wide": np.array([0.10, 0.90, 0.30, 0.95]),
}


def claim(cell, than, expects, text="They differ."):
    return Claim(text=text, cell=cell, than=than, expects=expects)


@pytest.mark.parametrize(
    ("expects", "low", "high", "verdict"),
    [
        ("higher", 0.01, 0.02, Verdict.CONFIRMED),
        ("higher", -0.02, -0.01, Verdict.REFUTED),
        ("higher", -0.01, 0.01, Verdict.NOT_SHOWN),
        ("higher", 0.0, 0.01, Verdict.NOT_SHOWN),
        ("lower", -0.02, -0.01, Verdict.CONFIRMED),
        ("lower", 0.01, 0.02, Verdict.REFUTED),
        ("steadier", 0.5, 0.9, Verdict.CONFIRMED),
        ("steadier", 1.1, 1.9, Verdict.REFUTED),
        ("steadier", 0.5, 1.9, Verdict.NOT_SHOWN),
        ("higher", None, None, Verdict.NOT_SHOWN),
    ],
)
def test_a_verdict_needs_an_interval_that_settles_it(expects, low, high, verdict):
    assert claims.judge(expects, Interval(0.5, low, high)) is verdict


def test_differences_are_taken_draw_by_draw_cell_less_than():
    """Paired, the differences hardly vary; unpaired, the interval would be six times as wide."""
    (row,) = claims.hold([claim("high", "low", "higher")], ACCURACY, 1).to_dict("records")
    assert row["estimate"] == pytest.approx(0.1975)
    assert row["verdict"] == "confirmed"
    assert 0.17 < row["low"] < row["high"] < 0.23
    assert (row["draws"], row["claim"]) == (4, "They differ.")


def test_the_level_is_shared_among_the_claims():
    one, many = (
        claims.hold([claim("high", "low", "higher")] * n, ACCURACY, 1).iloc[0] for n in (1, 4)
    )
    assert many.high - many.low > 1.2 * (one.high - one.low)


def test_steadiness_is_of_spread_and_not_of_height():
    table = claims.hold(
        [claim("low", "wide", "steadier"), claim("low", "high", "steadier")], ACCURACY, 1
    )
    assert table.estimate[0] == pytest.approx(np.std(ACCURACY["low"]) / np.std(ACCURACY["wide"]))
    assert [*table.verdict] == ["confirmed", "not shown"]


def test_no_claims_give_an_empty_table_with_its_columns():
    assert [*claims.hold([], ACCURACY, 1).columns] == claims.COLUMNS
