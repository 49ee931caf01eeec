"""Sources and recipes as candidates for a task: the only module here that trains networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glyph_transfer.experiments import recipe as recipes
from glyph_transfer.experiments.frozen import Frozen, ends_of
from glyph_transfer.experiments.recipe import Made, Start
from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.learning import heads, models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.own import costs
from glyph_transfer.own.crossvalidation import Candidate
from glyph_transfer.protocol import Recipe
from glyph_transfer.protocol.parts import Phase

PIXELS = "pixels"
BY_PIXELS = heads.How("logistic", [1.0], "average")
SCRATCH = "scratch"
SCRATCH_MODEL = "tominet"
SCRATCH_RECIPE = Recipe(
    phases=[Phase(train="all", epochs=60, learning_rate=0.002, most_steps=1500, one_cycle=True)],
    optimizer="adam",
    batch_size=16,
    batch_norm_momentum=0.9,
)
"""A small network without a source: what training from scratch gives in a few seconds."""


@dataclass(frozen=True)
class Task:
    """One's own labelled images.

    Attributes:
        images: uint8 (n, 28, 28).
        labels: int32 (n,), from 0.
        classes: names, in the order of the labels.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    @cached_property
    def whole(self) -> ImageSet:
        """All images to learn from, by rows, and to be predicted."""
        rows = Split(self.images, self.labels, np.arange(len(self.images), dtype=np.int32))
        return ImageSet(self.classes, rows, rows[:0], rows)

    def with_classes(self, present: np.ndarray) -> ImageSet:
        """The same with some classes alone, numbered anew; images of others have label 0."""
        number = np.zeros(len(self.classes), np.int32)
        number[present] = np.arange(len(present))
        rows = Split(self.images, number[self.labels], self.whole.train.index)
        return ImageSet(tuple(self.classes[i] for i in present), rows, self.whole.validation, rows)


class Learner:
    """A recipe with a source, on a task.

    Args:
        task: the images.
        recipe: what to do.
        frozen: the source; None from scratch.
        model: of the network that phases train.
    """

    def __init__(self, task: Task, recipe: Recipe, frozen: Frozen | None, model: str):
        self.task, self.recipe, self.frozen, self.model = task, recipe, frozen, model

    def make(self, rows: np.ndarray, rng: np.random.Generator, images: ImageSet) -> Made:
        """Learn from some rows of a set, and predict its test images."""
        recipe, labels = self.recipe, images.train.labels[rows]
        if recipe.head and np.bincount(labels).min() < 2:
            # nothing can be chosen by leaving images out where a class has one
            recipe = recipe.model_copy(update={"choose": "average"})
        start = Start(self._trainer if recipe.phases else None, self.frozen)
        recipes.check(recipe, start, labels, images.n_classes)
        return recipes.apply(recipe, start, images, rows, rng)

    def learn(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give probabilities of all images after learning from some: float32 (n, n_classes)."""
        present = np.unique(self.task.labels[rows])
        if self.recipe.phases or len(present) == len(self.task.classes):
            return self.make(rows, rng, self.task.whole).outcome.test
        given = np.zeros((len(self.task.images), len(self.task.classes)), np.float32)
        if len(present) == 1:
            given[:, present] = 1
        else:
            made = self.make(rows, rng, self.task.with_classes(present))
            given[:, present] = made.outcome.test
        return given

    @property
    def seconds(self) -> float:
        """What learning from all images is expected to take."""
        n, n_classes, seconds = len(self.task.images), len(self.task.classes), 0.0
        if self.recipe.head:
            ends = ends_of(self.frozen.network, self.recipe.features)
            outputs = (self.frozen.network.layers[end - 1].output.shape[1:] for end in ends)
            n_features = sum(int(np.prod(shape)) for shape in outputs)
            seconds += costs.of_head(self.recipe, n, n_features, n_classes)
        if self.recipe.phases:
            products = costs.products_of(self._trainer.model)
            seconds += costs.of_phases(self.recipe, n, products)
        return seconds

    @cached_property
    def _trainer(self) -> Trainer:
        momentum = self.recipe.batch_norm_momentum
        return Trainer(models.build(self.model, len(self.task.classes), momentum))


def learn_pixels(task: Task, rows: np.ndarray) -> np.ndarray:
    """Logistic regression on the pixels: what is possible without any network."""
    flat = task.images.reshape(len(task.images), -1).astype(np.float32) / 255
    present, labels = np.unique(task.labels[rows], return_inverse=True)
    given = np.zeros((len(flat), len(task.classes)), np.float32)
    if len(present) == 1:
        given[:, present] = 1
        return given
    head = heads.fit(BY_PIXELS, flat[rows], labels, len(present))
    given[:, present] = head.predict(flat)
    return given


def learners(
    task: Task, sources: Mapping[str, Frozen], wanted: Mapping[str, Recipe]
) -> dict[str, Learner]:
    """Every source with every recipe, by name, recipe by recipe in their order; then scratch.

    Args:
        task: the images.
        sources: source networks by the name of their source.
        wanted: recipes by name; one that takes unlabelled images is left out.
    """
    found = {}
    for name, recipe in wanted.items():
        if recipe.unlabelled or not (recipe.head or recipe.load):
            continue
        for source, frozen in sources.items():
            found[f"{source}: {name}"] = Learner(task, recipe, frozen, frozen.network.name)
    found[SCRATCH] = Learner(task, SCRATCH_RECIPE, None, SCRATCH_MODEL)
    return found


def candidates(task: Task, made: Mapping[str, Learner]) -> list[Candidate]:
    """Candidates for cross-validation, in their order, and pixels as another baseline."""
    n, n_classes = len(task.images), len(task.classes)
    result = [
        Candidate(
            name,
            learner.learn,
            learner.seconds,
            source=name.partition(": ")[0],
            is_baseline=name == SCRATCH,
        )
        for name, learner in made.items()
    ]
    seconds = costs.of_pixels(n, n_classes)
    pixels = Candidate(PIXELS, lambda rows, _rng: learn_pixels(task, rows), seconds, PIXELS, True)
    return [*result, pixels]
