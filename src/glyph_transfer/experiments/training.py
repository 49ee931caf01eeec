"""One network through the phases of its recipe."""

import time
from dataclasses import dataclass

import numpy as np

from glyph_transfer.experiments.frozen import SEED_OF_COPIES, copies
from glyph_transfer.experiments.outcome import History, Outcome, history_of
from glyph_transfer.experiments.variants import (
    Stretch,
    changed_layers,
    loaded_layers,
    stretches,
)
from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Schedule, Trainer
from glyph_transfer.protocol import Recipe, Training
from glyph_transfer.scores import accuracy, log_loss, probability_of_truth


@dataclass(frozen=True)
class Scoring:
    """Test images that are scored after every so many epochs, for the learning curves alone."""

    test: Split
    every: int


def layers_of(trainer: Trainer) -> list[str]:
    """Names of the layers of a trainer's network that have weights, in their order."""
    return [layer.name for layer in trainer.model.layers if layer.weights]


def start(
    trainer: Trainer,
    recipe: Recipe,
    source: models.Weights | None,
    rng: np.random.Generator,
    last: tuple[np.ndarray, np.ndarray] | None = None,
) -> None:
    """Set a network to fresh weights, with the source's in the layers that the recipe loads.

    Initial weights, and then the order of batches, come from `rng` alone, so replicates of one
    model that share it differ in nothing but the source and the recipe. `last` are the kernel and
    the bias that its last layer starts from, if not fresh ones.
    """
    weights = models.initial_weights(trainer.model, rng)
    weights |= {name: source[name] for name in loaded_layers(recipe, weights)}
    if last is not None:
        weights[trainer.model.layers[-1].name] = list(last)
    models.set_weights(trainer.model, weights)


def train(
    trainer: Trainer,
    recipe: Recipe,
    training: Training,
    labelled: Split,
    rng: np.random.Generator,
    scoring: Scoring | None = None,
) -> History:
    """Train a network that `start` has set, through every phase.

    Args:
        trainer: of the network.
        recipe, training: what learns when; optimizer and batch size.
        labelled: images to train on.
        rng: for batches and dropout; the one that `start` had.
        scoring: of test images between the epochs.
    """
    layers = layers_of(trainer)
    changed = changed_layers(recipe, layers)
    planned = stretches(recipe, layers, len(labelled), training.batch_size)
    masks = rng.spawn(1)[0]  # of dropout: its own, so that the batches do not hang on it
    schedules = [_schedule(stretch, recipe, training, len(labelled), masks) for stretch in planned]
    for schedule in schedules:
        trainer.prepare(schedule, len(labelled))
    epochs, scores, last_scored = [], {}, None
    seconds, started = 0.0, time.perf_counter()
    for stretch, schedule in zip(planned, schedules, strict=True):
        orders = [rng.permutation(len(labelled)) for _ in range(stretch.epochs)]
        running = trainer.train(labelled.images, labelled.labels, orders, schedule)
        for epoch in running:
            epochs.append(epoch)
            seconds += time.perf_counter() - started
            last_scored = None
            if scoring and len(epochs) % scoring.every == 0:
                last_scored = trainer.predict(scoring.test.images, changed)
                truth = probability_of_truth(last_scored, scoring.test.labels)
                scores[len(epochs)] = log_loss(truth), accuracy(last_scored, scoring.test.labels)
            started = time.perf_counter()
    if recipe.reestimate_batch_norm:
        trainer.reestimate_batch_norm(labelled.images)
        last_scored = None
    seconds += time.perf_counter() - started
    return history_of(epochs, scores, seconds, last_scored)


def _schedule(
    stretch: Stretch,
    recipe: Recipe,
    training: Training,
    n_images: int,
    masks: np.random.Generator,
) -> Schedule:
    steps = stretch.epochs * -(-n_images // training.batch_size)
    return Schedule(
        stretch.layers,
        training.batch_size,
        stretch.phase.learning_rate,
        training.optimizer,
        one_cycle_steps=steps if stretch.phase.one_cycle else 0,
        augmentation=recipe.augmentation,
        l2_sp=recipe.l2_sp,
        seed=int(masks.integers(2**31)),
    )


def predict(trainer: Trainer, recipe: Recipe, history: History, images: ImageSet) -> Outcome:
    """Give what a network that `train` has trained makes of test and validation images."""
    changed = changed_layers(recipe, layers_of(trainer))
    test = history.last_scored
    if test is None:
        test = trainer.predict(images.test.images, changed)
    test = _with_copies(trainer, recipe, images.test.images, test)
    validation = trainer.predict(images.validation.images, changed)
    return Outcome(
        history, test, _with_copies(trainer, recipe, images.validation.images, validation)
    )


def _with_copies(
    trainer: Trainer, recipe: Recipe, images: np.ndarray, given: np.ndarray
) -> np.ndarray:
    """Average what is given of images with what the network makes of their changed copies."""
    if not (recipe.test_copies and len(images)):
        return given
    changed = copies(images, recipe.augmentation, recipe.test_copies, SEED_OF_COPIES)
    return np.mean([given, *map(trainer.predict, changed)], axis=0, dtype=np.float32)
