"""Which two cells a study's tables compare, and by what: one comparison for all that ask for it."""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

import numpy as np

from glyph_transfer.analysis.comparisons import Comparison, Measure, PairedScores, compare
from glyph_transfer.analysis.statistics import paired
from glyph_transfer.protocol import Cell


class CellPair(NamedTuple):
    """A comparison of `cell` with `than` by the mean, or the spread over draws, of a score."""

    cell: Cell
    than: Cell
    score: Literal["accuracy", "loss"] = "accuracy"
    measure: Measure = "mean"

    def mirrored(self) -> "CellPair":
        """Give the comparison of `than` with `cell`."""
        return self._replace(cell=self.than, than=self.cell)

    def mirrored_border(self, border: float) -> float:
        """Give a border of this comparison as one of the mirrored."""
        return 1 / border if self.measure == "spread" else 0.0 - border


def compare_cells(
    asked: Iterable[tuple[CellPair, Collection[float]]],
    scores: dict[str, dict[Cell, np.ndarray]],
    networks: dict[Cell, np.ndarray],
    not_learned: Collection[Cell],
    seed: int,
) -> dict[CellPair, Comparison]:
    """Compare cells draw by draw, all that is asked of a study corrected together.

    What is asked of the same two cells by the same measure of the same score is one comparison
    with one interval, also where it is asked the other way round. A comparison with a cell that
    has not learned is not judged.

    Args:
        asked: pairs with their borders; see `comparisons`.
        scores: score -> cell -> values (draws,), in the same order of draws; of a cell that has
            more draws than the other the first ones are taken.
        networks: cell -> str (draws,), names of the source networks; see `Scored`.
        not_learned: cells.
        seed: of the bootstrap.

    Returns:
        The comparison of every pair that is asked, as it is asked.
    """
    asked = list(asked)
    borders: dict[CellPair, set[float]] = {}
    for pair, own in asked:
        if (mirrored := pair.mirrored()) in borders:
            borders[mirrored] |= {pair.mirrored_border(border) for border in own}
        else:
            borders.setdefault(pair, set()).update(own)
    compared = compare(
        {
            pair: PairedScores(
                *paired(scores[pair.score][pair.cell], scores[pair.score][pair.than]),
                frozenset(own),
                pair.measure,
                judged=not {pair.cell, pair.than} & {*not_learned},
                networks=networks_of(networks, pair.cell, pair.than),
            )
            for pair, own in borders.items()
        },
        seed,
    )
    return {
        pair: compared[pair] if pair in compared else compared[pair.mirrored()].mirrored()
        for pair, _ in asked
    }


def networks_of(networks: dict[Cell, np.ndarray], cell: Cell, than: Cell) -> np.ndarray:
    """Name the source networks of every draw that two cells have: str (draws,)."""
    first, second = paired(networks[cell], networks[than])
    return np.char.add(np.char.add(first, " "), second)
