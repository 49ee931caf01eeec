"""How long training takes for an image, how much longer for another cell, and what is claimed."""

from dataclasses import dataclass, replace
from statistics import median

from glyph_transfer.report.evidence import Study
from glyph_transfer.report.findings import Row


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


def per_image(study: Study, cell: str) -> list[float]:
    """Seconds of training for an image and epoch, by draw.

    Empty where they were not tracked, and for an ensemble, which trains nothing.
    """
    row = next(row for row in study.cells if row["cell"] == cell)
    images = row["n_images"] * row["epochs"]
    return [seconds / images for seconds in study.training_seconds[cell]] if images else []


def speedup(study: Study, cell: str, than: str) -> Speedup | None:
    """Hold the time that `cell` takes for an image and epoch against that of `than`.

    Both were trained on one machine, draw by draw on the same images. None where a time is not
    known.
    """
    pairs = list(zip(per_image(study, than), per_image(study, cell), strict=False))
    if not pairs or min(map(min, pairs)) <= 0:
        return None
    slow, fast = (median(values) for values in zip(*pairs, strict=True))
    ratios = [first / second for first, second in pairs]
    return Speedup(slow / fast, min(ratios), max(ratios), len(pairs))


def judged(study: Study) -> Study:
    """Give a study with its claims of times judged, and the figures that support them.

    `estimate` becomes the speedup, `low` and `high` those of single draws.
    """
    claims = [_judged(study, row) if row["score"] == "time" else row for row in study.claims]
    verdicts = {row["name"]: row["verdict"] for row in claims}
    published = [
        row | {"verdict": verdicts.get(row["claim"], row["verdict"])} for row in study.published
    ]
    return replace(study, claims=claims, published=published)


def _judged(study: Study, row: Row) -> Row:
    """Confirm a claim where every draw takes less time, refute it where none does."""
    found = speedup(study, row["cell"], row["than"])
    if found is None:
        return row | {"verdict": "not tracked", "draws": 0}
    told = "confirmed" if found.low > 1 else "refuted" if found.high < 1 else "not shown"
    return row | {
        "estimate": found.ratio,
        "low": found.low,
        "high": found.high,
        "draws": found.draws,
        "verdict": told,
    }
