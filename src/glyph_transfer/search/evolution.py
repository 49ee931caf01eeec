"""An evolutionary search over dropout, learning rate and width of S5's network (c).

Differential evolution (Storn and Price 1997, "Differential evolution: a simple and efficient
heuristic for global optimization over continuous spaces") on the validation loss, with a
number of trainings that is known before. The test split is never looked at.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from glyph_transfer.errors import InputError
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.protocol import NO_SOURCE, Phase, Training, Variant
from glyph_transfer.protocol.candidates import SMALLEST_POPULATION, Bounds, Candidate
from glyph_transfer.scores import log_loss, probability_of_truth
from glyph_transfer.seeds import generator

MODEL = "cnn_s5c"
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

    The first generation is a Latin hypercube, even in dropout, width and the logarithm of
    the learning rate. A later one has a rival for each survivor of those before.

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
        bounds=[(0, 1)] * 3,
        init=qmc.LatinHypercube(3, rng=rng).random(population),
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
            "validation loss. Lower bounds of learning_rate in params.yaml may help."
        )
    return Found(best, scoring.trials)


@dataclass
class _Scoring:
    """What SciPy calls once a generation, with places in the unit cube: (3, population)."""

    score_many: Callable[[list[Candidate]], list[float]]
    bounds: Bounds
    trials: list[tuple[int, Candidate, float]] = field(default_factory=list)
    known: dict[Candidate, float] = field(default_factory=dict)
    generation: int = 0

    def __call__(self, places: np.ndarray) -> np.ndarray:
        candidates = [candidate_at(self.bounds, place) for place in places.T]
        new = list(dict.fromkeys(c for c in candidates if c not in self.known))
        if new:
            losses = (loss if math.isfinite(loss) else math.inf for loss in self.score_many(new))
            self.known |= zip(new, losses, strict=True)
        found = [self.known[candidate] for candidate in candidates]
        self.trials += zip([self.generation] * len(found), candidates, found, strict=True)
        self.generation += 1
        return np.minimum(found, WORST)


def candidate_at(bounds: Bounds, place: np.ndarray) -> Candidate:
    """Give the candidate at a place (3,) in the unit cube, whose corners are the bounds."""
    low, high = bounds.learning_rate
    return Candidate(
        dropout=_rounded(_between(*bounds.dropout, place[0]), *bounds.dropout),
        learning_rate=_rounded(low * (high / low) ** place[1], low, high),
        width=_rounded(_between(*bounds.width, place[2]), *bounds.width),
    )


def _between(low: float, high: float, share: float) -> float:
    return low + share * (high - low)


def _rounded(value: float, low: float, high: float) -> float:
    """Round to three significant digits, within the bounds whatever their own digits."""
    return min(max(float(f"{value:.3g}"), low), high)


def train_and_score(
    candidate: Candidate, target: ImageSet, n_train: int, epochs: int, batch_size: int, seed: int
) -> float:
    """Train S5's network (c) as the candidate says, from scratch, with Adam.

    Args:
        candidate: of a search.
        target: the set to learn; its test split is not looked at.
        n_train: the first so many images of its train split are used.
        epochs: passes over them.
        batch_size: images in a step of Adam.
        seed: of the project; all candidates see the images in the same order.

    Returns:
        Loss on the validation images, in nats; not finite where the training diverged.

    Raises:
        InputError: where the train split has fewer images.
    """
    from glyph_transfer.experiments import variants
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Trainer

    if n_train > len(target.train):
        raise InputError(
            f"the search is to train on {n_train:,} images, but the train split has "
            f"{len(target.train):,}"
        )
    network = models.build(MODEL, target.n_classes, **candidate.of_network)
    trainer = Trainer(network)
    phase = Phase(train="all", epochs=epochs, learning_rate=candidate.learning_rate)
    try:
        variants.train(
            trainer,
            Variant(sources=[NO_SOURCE], load=[], phases=[phase]),
            None,
            target.train[:n_train],
            Training(optimizer="adam", batch_size=batch_size, batch_norm_momentum=0.99),
            generator(seed, "search", "training"),
        )
    except InputError:  # nothing else can be wrong with these layers than that they diverge
        return math.inf
    probabilities = trainer.predict(target.validation.images)
    return log_loss(probability_of_truth(probabilities, target.validation.labels))
