"""An evolutionary search for hyper-parameters.

Differential evolution (Storn and Price 1997, "Differential evolution: a simple and efficient
heuristic for global optimization over continuous spaces") on the validation loss, with a
number of trainings that is known before.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from glyph_transfer.errors import InputError
from glyph_transfer.protocol.candidates import SMALLEST_POPULATION, Bounds, Candidate
from glyph_transfer.seeds import generator

WORST = 1e100
"""What the search sees in place of a loss that is not finite, of which SciPy would only
draw the conclusion to score everything again; its square is finite too."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        best: the candidate with the lowest loss, the first of equals.
        trials: generation (0 is the one that the search begins with), candidate and loss
            of every trial, in order; inf where the loss was not finite.
    """

    best: Candidate
    trials: list[tuple[int, Candidate, float]]


def search(
    score_many: Callable[[list[Candidate]], list[float]],
    bounds: Bounds,
    population: int,
    generations: int,
    seed: int,
) -> Found:
    """Look for the candidate with the lowest loss, in population * (1 + generations) trials.

    The first generation is a Latin hypercube, even in every hyper-parameter or its logarithm.
    A later one has a rival for each survivor of those before.

    Args:
        score_many: gives the losses of candidates, lower is better; it is called at most once
            a generation, with those that had no trial before, each once. A loss that is not
            finite counts as the worst.
        bounds: of the candidates.
        population: trials of a generation, at least 5.
        generations: after the first, from 0.
        seed: of the project; equal seeds and losses give equal trials.

    Raises:
        InputError: where the population is too small, or no candidate has a finite loss.
    """
    if population < SMALLEST_POPULATION:
        raise InputError(
            f"the population of the search is {population}, but has to be at least "
            f"{SMALLEST_POPULATION}"
        )
    rng = generator(seed, "search")
    scoring = _Scoring(score_many, bounds)
    differential_evolution(
        scoring,
        bounds=[(0, 1)] * len(bounds.ranges),
        init=qmc.LatinHypercube(len(bounds.ranges), rng=rng).random(population),
        maxiter=generations,
        tol=0,
        atol=-1,  # never content before the last generation
        polish=False,
        updating="deferred",
        vectorized=True,
        rng=rng,
    )
    _, best, loss = min(scoring.trials, key=lambda trial: trial[2])
    if loss == math.inf:
        raise InputError(
            f"none of the {len(scoring.trials)} candidates of the search has a finite "
            "validation loss. Other bounds in params.yaml may help: lower ones of a learning rate."
        )
    return Found(best, scoring.trials)


@dataclass
class _Scoring:
    """What SciPy calls once a generation, with positions in the unit cube: (n, population)."""

    score_many: Callable[[list[Candidate]], list[float]]
    bounds: Bounds
    trials: list[tuple[int, Candidate, float]] = field(default_factory=list)
    known: dict[Candidate, float] = field(default_factory=dict)
    generation: int = 0

    def __call__(self, positions: np.ndarray) -> np.ndarray:
        candidates = [candidate_at(self.bounds, position) for position in positions.T]
        new = list(dict.fromkeys(c for c in candidates if c not in self.known))
        if new:
            losses = (loss if math.isfinite(loss) else math.inf for loss in self.score_many(new))
            self.known |= zip(new, losses, strict=True)
        losses = [self.known[candidate] for candidate in candidates]
        self.trials += zip([self.generation] * len(losses), candidates, losses, strict=True)
        self.generation += 1
        return np.minimum(losses, WORST)


def candidate_at(bounds: Bounds, position: np.ndarray) -> Candidate:
    """Give the candidate at a position in the unit cube, whose corners are the bounds.

    Args:
        bounds: of n hyper-parameters.
        position: float (n,), from 0 to 1, in the order of their names.
    """
    values = {}
    for name, share in zip(bounds.names, position, strict=True):
        low, high = bounds.ranges[name]
        value = low * (high / low) ** share if name in bounds.log else low + share * (high - low)
        values[name] = _rounded(value, low, high)
    return Candidate(values)


def _rounded(value: float, low: float, high: float) -> float:
    """Round to three significant digits, within the bounds whatever their own digits."""
    return min(max(float(f"{value:.3g}"), low), high)
