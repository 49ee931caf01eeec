"""What a recipe makes of a source and labelled images: a head, a trained network, or both.

It knows nothing of studies: one's own images are learned by the same function.
"""

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import training
from glyph_transfer.experiments.frozen import Frozen, copies, ends_of, linear_network
from glyph_transfer.experiments.outcome import NO_HISTORY, Outcome
from glyph_transfer.experiments.training import Scoring
from glyph_transfer.experiments.variants import check as check_layers
from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.learning import heads, models
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import Recipe
from glyph_transfer.protocol.recipes import LINEAR


@dataclass(frozen=True)
class Start:
    """What a recipe starts from.

    Attributes:
        trainer: of a network for the target's classes, with any weights; it is changed. None
            where the recipe has no phases.
        frozen: the source; None from scratch.
    """

    trainer: Trainer | None
    frozen: Frozen | None = None

    @property
    def weights(self) -> models.Weights | None:
        """The source's weights."""
        return self.frozen and models.get_weights(self.frozen.network)


@dataclass(frozen=True)
class Made:
    """What a recipe has made.

    Attributes:
        outcome: history, and what is made of test and validation images.
        recipe: that made it.
        source: that a head alone stands on.
        head: fitted; None where there is a trained network.
        trained: the trained network; None where there is a head alone.
    """

    outcome: Outcome
    recipe: Recipe
    source: Frozen | None = None
    head: heads.Head | None = None
    trained: keras.Sequential | None = None

    @property
    def network(self) -> keras.Sequential:
        """One network from images to probabilities; copies of images are no part of it.

        Raises:
            InputError: where a head is like no layer of a network.
        """
        if self.trained is not None:
            return self.trained
        check_network(self.recipe)
        return linear_network(self.source.network, self.recipe.features, *self.head.linear())


def check_network(recipe: Recipe) -> None:
    """Raise InputError where what a recipe makes cannot be kept as a network of layers."""
    if recipe.phases or (recipe.head in LINEAR and len(recipe.features) == 1):
        return
    raise InputError(
        f"what a recipe with the head '{recipe.head}' on {', '.join(recipe.features)} makes is no "
        f"network of layers: to be kept, it has to have phases, or one of the heads "
        f"{', '.join(LINEAR)} on the features of one layer. 'shown' in params.yaml names the cell "
        "of a study whose network is kept"
    )


def check(recipe: Recipe, start: Start, labels: np.ndarray, n_classes: int) -> None:
    """Raise InputError where a recipe does not fit its networks or its labelled images.

    Args:
        recipe: with all that its training needs.
        start: that it will be given; networks of the same shapes will do.
        labels: integers (n,), of the images that it will learn from.
        n_classes: of the target.
    """
    if recipe.head:
        ends = ends_of(start.frozen.network, recipe.features)
        heads.check(_how(recipe), labels, n_classes)
    if recipe.phases:
        check_layers(recipe, models.get_weights(start.trainer.model), start.weights)
    if recipe.head and recipe.phases:
        _check_start_of_last_layer(recipe, start, ends)


def _check_start_of_last_layer(recipe: Recipe, start: Start, ends: list[int]) -> None:
    given = sum(int(np.prod(start.frozen.network.layers[end - 1].output.shape[1:])) for end in ends)
    last = start.trainer.model.layers[-1]
    expected = last.get_weights()[0].shape[0]
    if given != expected:
        raise InputError(
            f"a recipe has its last layer, '{last.name}', start from a head on the {given:,} "
            f"features of {', '.join(recipe.features)}, but it takes {expected:,}: name the layer "
            "before it"
        )


def apply(
    recipe: Recipe,
    start: Start,
    images: ImageSet,
    index: np.ndarray,
    rng: np.random.Generator,
    scoring: Scoring | None = None,
) -> Made:
    """Learn from labelled images, and score test and validation images.

    Args:
        recipe: what to do, with all that its training needs.
        start: networks; its trainer's is the one that was trained, thereafter.
        images: the target. Labels of training images that are not in `index` are not looked at.
        index: integers (n,), rows of the training images that are labelled.
        rng: of all that is random.
        scoring: of test images between the epochs, for the learning curves alone.
    """
    labelled, head, seconds = images.train[index], None, 0.0
    if recipe.head:
        started = time.perf_counter()
        frozen = _adapted(recipe, start.frozen, images, labelled)
        head = _fitted(recipe, frozen, images, index, rng.spawn(1)[0])
        seconds = time.perf_counter() - started
    if not recipe.phases:
        test, validation = (
            _predicted(recipe, frozen, head, split.images)
            for split in (images.test, images.validation)
        )
        outcome = Outcome(replace(NO_HISTORY, seconds=seconds), test, validation)
        return Made(outcome, recipe, frozen, head)
    trainer = start.trainer
    training.start(trainer, recipe, start.weights, rng, head and head.linear())
    history = training.train(trainer, recipe, recipe.training, labelled, rng, scoring)
    history = replace(history, seconds=seconds + history.seconds)
    outcome = training.predict(trainer, recipe, history, images)
    return Made(outcome, recipe, trained=trainer.model)


def _adapted(recipe: Recipe, frozen: Frozen, images: ImageSet, labelled: Split) -> Frozen:
    """Give the source with the statistics of batch norm that the recipe takes."""
    if recipe.unlabelled and recipe.unlabelled.use == "statistics":
        # seen without their labels, so that it makes no difference which of them are labelled
        whole, count = images.train.images, recipe.unlabelled.images
        make = partial(frozen.with_statistics_of, whole[:count], "unlabelled")
        return frozen.keep(whole, ("statistics", count), make)
    if recipe.reestimate_batch_norm and not recipe.phases:
        return frozen.with_statistics_of(labelled.images)
    return frozen


def _fitted(
    recipe: Recipe, frozen: Frozen, images: ImageSet, index: np.ndarray, rng: np.random.Generator
) -> heads.Head:
    """Fit the head to labelled images, their copies, and what the others are taken to be."""
    labels, groups = images.train.labels[index].astype(int), np.arange(len(index))
    features = frozen.of(images.train.images[index], recipe.features)
    seed = int(rng.integers(2**31))
    if recipe.copies:
        changed = copies(images.train.images[index], recipe.augmentation, recipe.copies, seed)
        features = np.concatenate([features, *(frozen.of(c, recipe.features) for c in changed)])
        labels, groups = (np.tile(each, 1 + recipe.copies) for each in (labels, groups))
    how = _how(recipe)
    head = heads.fit(how, features, labels, images.n_classes, groups, seed)
    if recipe.unlabelled is None or recipe.unlabelled.use == "statistics":
        return head
    others = np.setdiff1d(np.arange(len(images.train)), index)[: recipe.unlabelled.images]
    unlabelled = frozen.kept(images.train.images, recipe.features)[others]
    if recipe.unlabelled.use == "propagation":
        probabilities = heads.propagate(features, labels, unlabelled, images.n_classes)
    else:
        probabilities = head.predict(unlabelled)
    both = np.concatenate([features, unlabelled])
    taken = np.concatenate([labels, probabilities.argmax(1)])
    if head.strength is not None:  # as strong as the labelled images alone have chosen
        how = how._replace(strengths=[head.strength])
    return heads.fit(how._replace(choose="average"), both, taken, images.n_classes, seed=seed)


def _how(recipe: Recipe) -> heads.How:
    return heads.How(recipe.head, recipe.strengths, recipe.choose)


def _predicted(recipe: Recipe, frozen: Frozen, head: heads.Head, images: np.ndarray) -> np.ndarray:
    """Give probabilities of images, averaged over their copies: float32 (n, n_classes)."""
    given = [frozen.kept(images, recipe.features)]
    if recipe.test_copies:
        given += frozen.kept_of_copies(
            images, recipe.features, recipe.augmentation, recipe.test_copies
        )
    return np.mean([head.predict(features) for features in given], axis=0, dtype=np.float32)
