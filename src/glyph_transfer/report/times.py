"""How long training takes for an image, and how much longer for another cell."""

from dataclasses import dataclass
from statistics import median

from glyph_transfer.report.evidence import Study


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
