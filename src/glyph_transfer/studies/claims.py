"""An author's claims, tested on our draws."""

from enum import StrEnum

import numpy as np
import pandas as pd

from glyph_transfer.protocol import Claim
from glyph_transfer.statistics import CONFIDENCE, Interval, mean_interval, spread_ratio

COLUMNS = ["claim", "cell", "than", "expects", "estimate", "low", "high", "draws", "verdict"]


class Verdict(StrEnum):
    """What our draws make of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SHOWN = "not shown"


def hold(claims: list[Claim], accuracy: dict[str, np.ndarray], seed: int) -> pd.DataFrame:
    """Test every claim, draw by draw, at a level of 5 % for all of them together (Bonferroni).

    Args:
        claims: of one study.
        accuracy: cell -> values (draws,), in the same order of draws.
        seed: of the bootstrap.

    Returns:
        A row for each claim. `estimate`, `low` and `high` are of the mean difference in
        accuracy, cell less than; for `steadier` of the ratio of standard deviations.
    """
    confidence = 1 - (1 - CONFIDENCE) / max(len(claims), 1)
    rows = []
    for claim in claims:
        first, second = accuracy[claim.cell], accuracy[claim.than]
        if claim.expects == "steadier":
            found = spread_ratio(first, second, confidence)
        else:
            found = mean_interval(first - second, seed, confidence)
        rows.append(
            {
                "claim": claim.text,
                **claim.model_dump(exclude={"text"}),
                "estimate": found.mean,
                "low": found.low,
                "high": found.high,
                "draws": len(first),
                "verdict": str(judge(claim.expects, found)),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def judge(expects: str, found: Interval) -> Verdict:
    """Hold a claim against an interval: one that leaves the matter open shows nothing."""
    if found.low is None:
        return Verdict.NOT_SHOWN
    neutral = 1 if expects == "steadier" else 0
    if found.low <= neutral <= found.high:
        return Verdict.NOT_SHOWN
    is_above = found.low > neutral
    return Verdict.CONFIRMED if is_above == (expects == "higher") else Verdict.REFUTED
