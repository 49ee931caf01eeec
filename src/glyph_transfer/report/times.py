"""How long training takes for an image, how much longer for another cell, and what is claimed."""

from dataclasses import dataclass, replace
from statistics import median

from glyph_transfer.analysis.rows import ClaimRow
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.protocol import Cell
from glyph_transfer.report.evidence import StudyResults


@dataclass(frozen=True)
class Speedup:
    """How many times as fast a cell trains as another.

    Attributes:
        ratio: of the medians over draws.
        low, high: the smallest and the largest ratio of a single draw; equal for one draw.
        draws: that both cells have.
    """

    ratio: float
    low: float
    high: float
    draws: int

    def __str__(self) -> str:
        """Give the form `3.14 [3.02, 3.20]`."""
        return f"{self.ratio:.2f} [{self.low:.2f}, {self.high:.2f}]"


def per_image(study: StudyResults, cell: Cell) -> list[float]:
    """Seconds of training for an image and epoch, by draw.

    Empty where they were not tracked, and for an ensemble, which trains nothing.
    """
    row = study.cell(cell)
    images = row.n_images * row.epochs
    return [seconds / images for seconds in study.training_seconds[cell]] if images else []


def speedup(study: StudyResults, cell: Cell, than: Cell) -> Speedup | None:
    """Divide the time that `than` takes for an image and epoch by that of `cell`.

    Both were trained on one machine, draw by draw on the same images. None where a time is not
    known.
    """
    pairs = list(zip(per_image(study, than), per_image(study, cell), strict=False))
    if not pairs or min(map(min, pairs)) <= 0:
        return None
    slow, fast = (median(values) for values in zip(*pairs, strict=True))
    ratios = [first / second for first, second in pairs]
    return Speedup(slow / fast, min(ratios), max(ratios), len(pairs))


def judged(study: StudyResults) -> StudyResults:
    """Give a study with its claims of times judged, and the published values that support them.

    `estimate` becomes the speedup, `low` and `high` those of single draws.
    """
    claims = [_judged(study, row) if row.score == "time" else row for row in study.claims]
    verdicts = {row.name: row.verdict for row in claims}
    published = [
        replace(row, verdict=verdicts.get(row.claim, row.verdict)) for row in study.published
    ]
    return replace(study, claims=claims, published=published)


def _judged(study: StudyResults, row: ClaimRow) -> ClaimRow:
    """Confirm a claim where every draw takes less time, refute it where none does."""
    ratio = speedup(study, row.cell, row.than)
    if ratio is None:
        return replace(row, verdict=ClaimVerdict.NOT_TRACKED, draws=0)
    if ratio.low > 1:
        verdict = ClaimVerdict.CONFIRMED
    else:
        verdict = ClaimVerdict.REFUTED if ratio.high < 1 else ClaimVerdict.TOO_FEW_DRAWS
    return replace(
        row,
        estimate=ratio.ratio,
        low=ratio.low,
        high=ratio.high,
        draws=ratio.draws,
        verdict=verdict,
    )
