"""An author's claims, tested on our draws."""

import math

from glyph_transfer.analysis.cell_pairs import CellPair
from glyph_transfer.analysis.comparisons import Comparison
from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.rows import ClaimRow
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.protocol import Cell, Claim


def asked(claims: dict[str, Claim]) -> list[tuple[CellPair, list[float]]]:
    """Pairs of cells that claims are about, with the borders; those of times are left out."""
    return [(_pair(claim), _borders(claim)) for claim in claims.values() if claim.score != "time"]


def judge_claims(claims: dict[str, Claim], compared: dict[CellPair, Comparison]) -> list[ClaimRow]:
    """Judge every claim by the corrected interval of its comparison.

    Claims of times are listed, and left to the report.

    Args:
        claims: of one study, by name.
        compared: what `asked` gives, compared together with all else that is judged.

    Returns:
        A row for each claim.
    """
    return [
        _row(name, claim, None if claim.score == "time" else compared[_pair(claim)])
        for name, claim in claims.items()
    ]


def _row(name: str, claim: Claim, comparison: Comparison | None) -> ClaimRow:
    """Make the row of a claim; without a comparison, of one of times."""
    interval, draws, needed = Interval(None, None, None), None, None
    verdict = ClaimVerdict.TIMED
    if comparison:
        interval, draws = _interval(claim, comparison), comparison.draws
        verdict = judge_claim(claim, interval) if comparison.judged else ClaimVerdict.NOT_JUDGED
    if verdict is ClaimVerdict.TOO_FEW_DRAWS:
        needed = comparison.draws_needed(tuple(_borders(claim)))
    return ClaimRow(
        name=name,
        claim=claim.text,
        score=claim.score,
        cell=Cell.parse(claim.cell),
        than=Cell.parse(claim.than),
        expects=claim.expects,
        margin=claim.margin,
        estimate=interval.mean,
        low=interval.low,
        high=interval.high,
        draws=draws,
        verdict=verdict,
        draws_needed=needed,
    )


def _pair(claim: Claim) -> CellPair:
    measure = "spread" if claim.expects == "steadier" else "mean"
    return CellPair(Cell.parse(claim.cell), Cell.parse(claim.than), claim.score, measure)


def _interval(claim: Claim, comparison: Comparison) -> Interval:
    """Corrected interval of what a claim is about; its mean is None where there is none."""
    interval = comparison.corrected
    if math.isnan(interval.mean):
        return Interval(None, None, None)
    if claim.expects == "steadier":
        return interval
    most = 1.0 if claim.score == "accuracy" else math.inf
    return interval.within(-most, most)


def judge_claim(claim: Claim, interval: Interval) -> ClaimVerdict:
    """Hold a claim against an interval: one that leaves the matter open decides nothing.

    A claim is confirmed where the whole interval lies where it expects the truth, and refuted
    where all of it lies elsewhere; the borders are neither.
    """
    if not has_width(interval.low, interval.high):
        return ClaimVerdict.TOO_FEW_DRAWS
    lowest, highest = _expected(claim)
    if lowest < interval.low and interval.high < highest:
        return ClaimVerdict.CONFIRMED
    if interval.high < lowest or highest < interval.low:
        return ClaimVerdict.REFUTED
    return ClaimVerdict.TOO_FEW_DRAWS


def _borders(claim: Claim) -> list[float]:
    """What the interval of a claim has to leave out for a verdict."""
    return [end for end in _expected(claim) if math.isfinite(end)]


def _expected(claim: Claim) -> tuple[float, float]:
    """Between what a claim expects the difference, or for `steadier` the ratio, to lie."""
    margin = claim.margin or 0.0
    return {
        "higher": (0.0, math.inf),
        "lower": (-math.inf, 0.0),
        "steadier": (-math.inf, 1.0),
        "equal": (-margin, margin),
        "not_lower": (-margin, math.inf),
    }[claim.expects]
