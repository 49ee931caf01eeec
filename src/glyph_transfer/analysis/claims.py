"""An author's claims, tested on our draws."""

import numpy as np

from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.rows import ClaimRow
from glyph_transfer.analysis.statistics import CONFIDENCE, mean_interval, paired, spread_ratio
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.protocol import Cell, Claim


def judge_claims(
    claims: dict[str, Claim], scores: dict[str, dict[Cell, np.ndarray]], seed: int
) -> list[ClaimRow]:
    """Test every claim, draw by draw, at a level of 5 % for all of them together (Bonferroni).

    Claims of times are listed, and left to the report.

    Args:
        claims: of one study, by name.
        scores: `accuracy` and `loss` -> cell -> values (draws,), in the same order of draws;
            of a cell that has more draws than the other the first ones are taken.
        seed: of the bootstrap.

    Returns:
        A row for each claim.
    """
    tests = sum(claim.score != "time" for claim in claims.values())
    confidence = 1 - (1 - CONFIDENCE) / max(tests, 1)
    rows = []
    for name, claim in claims.items():
        cell, than = Cell.parse(claim.cell), Cell.parse(claim.than)
        if claim.score == "time":
            interval, draws, verdict = Interval(None, None, None), None, ClaimVerdict.TIMED
        else:
            values = paired(scores[claim.score][cell], scores[claim.score][than])
            interval, draws = _interval(claim, *values, seed, confidence), len(values[0])
            verdict = judge_claim(claim, interval)
        rows.append(
            ClaimRow(
                name=name,
                claim=claim.text,
                score=claim.score,
                cell=cell,
                than=than,
                expects=claim.expects,
                margin=claim.margin,
                estimate=interval.mean,
                low=interval.low,
                high=interval.high,
                draws=draws,
                verdict=verdict,
            )
        )
    return rows


def _interval(
    claim: Claim, first: np.ndarray, second: np.ndarray, seed: int, confidence: float
) -> Interval:
    """Interval of what a claim is about; its mean is None where there is none."""
    if claim.expects == "steadier":
        ratio = spread_ratio(first, second, confidence)
        return Interval(None if np.isnan(ratio.mean) else ratio.mean, ratio.low, ratio.high)
    most = 1.0 if claim.score == "accuracy" else np.inf
    return mean_interval(first - second, seed, confidence).within(-most, most)


def judge_claim(claim: Claim, interval: Interval) -> ClaimVerdict:
    """Hold a claim against an interval: one that leaves the matter open shows nothing.

    A claim is confirmed where the whole interval lies where it expects the truth, and refuted
    where all of it lies elsewhere; the borders are neither.
    """
    if not has_width(interval.low, interval.high):
        return ClaimVerdict.NOT_SHOWN
    lowest, highest = _expected(claim)
    if lowest < interval.low and interval.high < highest:
        return ClaimVerdict.CONFIRMED
    if interval.high < lowest or highest < interval.low:
        return ClaimVerdict.REFUTED
    return ClaimVerdict.NOT_SHOWN


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
