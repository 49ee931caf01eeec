"""An author's claims, tested on our draws."""

from enum import StrEnum

import numpy as np
import pandas as pd

from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.statistics import CONFIDENCE, mean_interval, paired, spread_ratio
from glyph_transfer.protocol import Claim

COLUMNS = [
    "name", "claim", "score", "cell", "than", "expects", "margin", "estimate", "low", "high",
    "draws", "verdict",
]  # fmt: skip


class Verdict(StrEnum):
    """What our draws make of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SHOWN = "not shown"
    TIMED = "timed"
    """A claim of times, which differ from run to run; the report judges it."""


def hold(
    claims: dict[str, Claim], scores: dict[str, dict[str, np.ndarray]], seed: int
) -> pd.DataFrame:
    """Test every claim, draw by draw, at a level of 5 % for all of them together (Bonferroni).

    Claims of times are listed, and left to the report.

    Args:
        claims: of one study, by name.
        scores: `accuracy` and `loss` -> cell -> values (draws,), in the same order of draws;
            of a cell that has more draws than the other the first ones are taken.
        seed: of the bootstrap.

    Returns:
        A row for each claim. `estimate`, `low` and `high` are of the mean difference in
        the score, cell less than; for `steadier` of the ratio of standard deviations.
    """
    tests = sum(claim.score != "time" for claim in claims.values())
    confidence = 1 - (1 - CONFIDENCE) / max(tests, 1)
    rows = []
    for name, claim in claims.items():
        row = {"name": name, "claim": claim.text, **claim.model_dump(exclude={"text"})}
        if claim.score == "time":
            row["verdict"] = str(Verdict.TIMED)
        else:
            row |= _test(claim, scores[claim.score], seed, confidence)
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"draws": "Int64"})


def _test(
    claim: Claim, values: dict[str, np.ndarray], seed: int, confidence: float
) -> dict[str, object]:
    first, second = paired(values[claim.cell], values[claim.than])
    if claim.expects == "steadier":
        found = spread_ratio(first, second, confidence)
    else:
        most = 1.0 if claim.score == "accuracy" else np.inf
        found = mean_interval(first - second, seed, confidence).within(-most, most)
    return {
        "estimate": found.mean,
        "low": found.low,
        "high": found.high,
        "draws": len(first),
        "verdict": str(judge(claim, found)),
    }


def judge(claim: Claim, found: Interval) -> Verdict:
    """Hold a claim against an interval: one that leaves the matter open shows nothing.

    A claim is confirmed where the whole interval lies where it expects the truth, and refuted
    where all of it lies elsewhere; the borders are neither.
    """
    if not has_width(found.low, found.high):
        return Verdict.NOT_SHOWN
    lowest, highest = _expected(claim)
    if lowest < found.low and found.high < highest:
        return Verdict.CONFIRMED
    if found.high < lowest or highest < found.low:
        return Verdict.REFUTED
    return Verdict.NOT_SHOWN


def _expected(claim: Claim) -> tuple[float, float]:
    """Between what a claim expects the difference, or for `steadier` the ratio, to lie."""
    margin = claim.margin or 0.0
    return {
        "higher": (0, np.inf),
        "lower": (-np.inf, 0),
        "steadier": (-np.inf, 1),
        "equal": (-margin, margin),
        "not_lower": (-margin, np.inf),
    }[claim.expects]
