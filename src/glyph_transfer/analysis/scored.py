"""What the cells of a study predict, scored; tables are made of it."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.learned import chance_level, has_learned
from glyph_transfer.analysis.statistics import mean_interval
from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.protocol import Cell, Study
from glyph_transfer.scores import log_loss

Cells = dict[Cell, CellResults]

ACCURACIES = ("accuracy", "first_epoch_accuracy", "train_accuracy")
"""Scores that are fractions."""


@dataclass(frozen=True)
class Scored:
    """What the cells of a study predict, scored.

    Attributes:
        chance: accuracy of guessing, of every cell.
        correct: bool (draws, n_test) of every cell.
        scores: score -> cell -> values (draws,); a cell is missing from those it has not.
        networks: str (draws,) of every cell, names of the source networks that draws start from;
            empty where they start from none, or each from its own.
        seed: of the bootstrap.
    """

    study: Study
    cells: Cells
    chance: dict[Cell, float]
    correct: dict[Cell, np.ndarray]
    scores: dict[str, dict[Cell, np.ndarray]]
    networks: dict[Cell, np.ndarray]
    seed: int

    def mean(self, name: str, cell: Cell) -> Interval:
        """Mean of a score of a cell over its draws, with its 95 % interval."""
        highest = 1.0 if name in ACCURACIES else None
        values, networks = self.scores[name][cell], self.networks[cell]
        return mean_interval(values, self.seed, networks=networks).within(0.0, highest)

    def not_learned(self) -> Collection[Cell]:
        """Cells that are not shown to be above chance."""
        return frozenset(
            cell
            for cell, chance in self.chance.items()
            if not has_learned(self.mean("accuracy", cell), chance)
        )


def score(study: Study, cells: Cells, tested: dict[str, Tested], seed: int) -> Scored:
    """Score what cells predict of the test images of their targets."""
    correct = {cell: done.predicted == tested[cell.target].labels for cell, done in cells.items()}
    chance = {cell: chance_level(tested[cell.target].n_classes) for cell in cells}
    networks = {cell: done.source for cell, done in cells.items()}
    return Scored(study, cells, chance, correct, _scores(cells, correct), networks, seed)


def ends(name: str, interval: Interval) -> dict[str, float | None]:
    """Give an interval as fields of a row: a mean, its low and its high end."""
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _scores(cells: Cells, correct: dict[Cell, np.ndarray]) -> dict[str, dict[Cell, np.ndarray]]:
    losses = {
        cell: np.array([log_loss(row) for row in done.probability]) for cell, done in cells.items()
    }
    return {
        "accuracy": {cell: right.mean(axis=1) for cell, right in correct.items()},
        "loss": losses,
        "first_epoch_accuracy": {
            cell: done.test_accuracy[:, 0]
            for cell, done in cells.items()
            if (done.scored[:, :1] == 1).any()
        },
        "train_accuracy": {
            cell: done.accuracy[:, -1] for cell, done in cells.items() if done.accuracy.size
        },
    }
