"""All candidates on a user's labelled images, and what follows for the choice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.own import choice, curve, learning, ranking, splits
from glyph_transfer.own.choice import Choice, Promise
from glyph_transfer.own.crossvalidation import Tried, Work, learning_hits
from glyph_transfer.own.curve import NO_CURVE, Curve
from glyph_transfer.own.learning import Learner, Task
from glyph_transfer.own.resampling import Sums
from glyph_transfer.own.splits import Split
from glyph_transfer.protocol import Recipe
from glyph_transfer.seeds import generator

FOLDS = 5
REPEATS = 4
PARTS = (0.25, 0.5, 0.75)
"""Of the training images, for the learning curve, beside all of them."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """What an answer hangs on beside images and sources.

    Attributes:
        recipes: by name, the most trusted first.
        seed: of all that is random.
        budget_s: that cross-validation may be expected to take.
    """

    recipes: Mapping[str, Recipe]
    seed: int
    budget_s: float


@dataclass(frozen=True)
class Evidence:
    """Cross-validation of all candidates.

    Attributes:
        task: the images.
        units: int (n,), what stays together.
        divided: splits, one a repeat.
        tried: what each candidate gave, in their order.
        learners: of the candidates that can be used, by name.
        seed: of all that is random.
    """

    task: Task
    units: np.ndarray
    divided: Sequence[Split]
    tried: Sequence[Tried]
    learners: Mapping[str, Learner]
    seed: int

    @property
    def tested(self) -> np.ndarray:
        """Which images had their turn to be tested, bool (n,)."""
        return self.divided[0].fold >= 0

    @cached_property
    def sums(self) -> Sums:
        """Hits by unit of all that was tried."""
        return ranking.sums_of(self.tried, self.task.labels, self.units)

    @cached_property
    def choice(self) -> Choice:
        """Of those that can be used: pixels are shown alone."""
        begun = [each for each in self.tried if len(each.predicted)]
        usable = np.array([each.candidate.name in self.learners for each in begun])
        if not usable.any():
            raise InputError(
                "no recipe could be tried on these images: "
                + "; ".join(f"{each.candidate.name}: {each.stopped}" for each in self.tried)
            )
        kept = Sums(self.sums.hits[usable], self.sums.sizes)
        made = choice.make(kept, generator(self.seed, "choice"))
        shares = np.zeros(len(begun))
        shares[usable] = made.shares
        candidate = int(np.flatnonzero(usable)[made.candidate])
        return choice.Choice(candidate, shares, made.luck)

    @property
    def best(self) -> Tried:
        """What the chosen candidate gave."""
        return [each for each in self.tried if len(each.predicted)][self.choice.candidate]

    @property
    def learner(self) -> Learner:
        """Of the chosen candidate."""
        return self.learners[self.best.candidate.name]

    @cached_property
    def curve(self) -> Curve | None:
        """Learning curve of the chosen candidate; None where parts of the images are too few."""
        best, labels = self.best, self.task.labels
        divided = self.divided[: 2 if best.candidate.seconds < 1 else 1]
        divided = divided[: len(best.predicted)]
        sizes, hits = learning_hits(best.candidate, labels, divided, PARTS, self.seed)
        whole = (best.predicted[: len(divided)] == labels).mean(axis=0)
        sizes, hits = np.append(sizes, self._in_folds), np.concatenate([hits, whole[None]])
        kept = np.flatnonzero(np.diff(sizes, prepend=0) > 0.5)
        if len(kept) < 3:
            return None
        tested = self.tested
        rng = generator(self.seed, "curve")
        return curve.fit(sizes[kept], hits[kept][:, tested], self.units[tested], rng)

    @property
    def _in_folds(self) -> float:
        """Images that networks of the folds have learned from, on average."""
        split = self.divided[0]
        return float(np.mean([len(split.training(fold)) for fold in range(split.number)]))

    def promise(self, images: int) -> Promise:
        """What to expect of the chosen candidate once it has learned from so many images."""
        growth = self.curve.growth(self._in_folds, images) if self.curve else NO_CURVE
        return choice.promise(self.sums, self.choice, growth)


def gather(
    task: Task,
    groups: np.ndarray | None,
    sources: Mapping[str, learning.Frozen],
    settings: Settings,
    progress: Progress,
) -> Evidence:
    """Try sources and recipes on a task.

    Args:
        task: the images.
        groups: (n,), the same for images that stay together; None where each is by itself.
        sources: networks by the name of their source.
        settings: recipes, seed, budget.
        progress: is told what is done, and the share of the budget that is spent.

    Raises:
        InputError: no class can be tested.
    """
    units = splits.units_of(groups, task.images)
    if not splits.testable(task.labels, units).any():
        raise InputError(
            "no class has two images of different groups, so nothing can be tested: add images, "
            "at least two a class" + ("" if groups is None else ", or leave out the groups")
        )
    generators = [generator(settings.seed, "folds", number) for number in range(REPEATS)]
    divided = splits.divide(task.labels, units, FOLDS, generators)
    learners = learning.learners(task, sources, settings.recipes)
    candidates = learning.candidates(task, learners)
    work = Work(candidates, task.labels, units, divided, settings.budget_s, settings.seed, progress)
    return Evidence(task, units, divided, work.run(), learners, settings.seed)
