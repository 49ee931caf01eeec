"""One network through the phases of its variant."""

import time
from dataclasses import dataclass

import numpy as np

from glyph_transfer.experiments.variants import changed_layers, epochs_of, trained_layers
from glyph_transfer.images.sets import Split
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Schedule, Trainer
from glyph_transfer.protocol import Training, Variant
from glyph_transfer.scores import log_loss, probability_of_truth

NOTHING = np.zeros(0, np.float32)


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes:
        loss, accuracy: float32 (epochs,), on the training images in every epoch.
        scored: int32 (k,), epochs, from 1, after which the test images were scored.
        test_loss, test_accuracy: float32 (k,), of these scores.
        seconds: spent on training; scoring and tracing are apart.
        last_scored: probabilities of the test images, float32 (n, n_classes), where they were
            scored at the very end; None where they were not.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    scored: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    seconds: float
    last_scored: np.ndarray | None = None


NO_HISTORY = History(NOTHING, NOTHING, NOTHING.astype(np.int32), NOTHING, NOTHING, 0.0)
"""Of what is not trained."""


@dataclass(frozen=True)
class Scoring:
    """Test images that are scored after every so many epochs, for the learning curves alone."""

    test: Split
    every: int


def layers_of(trainer: Trainer) -> list[str]:
    """Names of the layers of a trainer's network that have weights, in their order."""
    return [layer.name for layer in trainer.model.layers if layer.weights]


def start(
    trainer: Trainer, variant: Variant, source: models.Weights | None, rng: np.random.Generator
) -> None:
    """Set a network to fresh weights, with the source's in the layers that the variant loads.

    Initial weights, and then the order of batches, come from `rng` alone, so replicates of one
    model that share it differ in nothing but the source and the variant.
    """
    weights = models.initial_weights(trainer.model, rng)
    weights |= {name: source[name] for name in variant.load}
    models.set_weights(trainer.model, weights)


def train(
    trainer: Trainer,
    variant: Variant,
    training: Training,
    labelled: Split,
    rng: np.random.Generator,
    scoring: Scoring | None = None,
) -> History:
    """Train a network that `start` has set, through every phase.

    Args:
        trainer: of the network.
        variant: what learns when.
        training: optimizer and batch size.
        labelled: images to train on.
        rng: for batches and dropout; the one that `start` had.
        scoring: of test images between the epochs.
    """
    layers = layers_of(trainer)
    changed = changed_layers(variant, layers)
    dropout = rng.spawn(1)[0]  # of its own, so that the batches do not hang on it
    _prepare(trainer, variant, training, len(labelled))
    epochs, scores, last_scored = [], {}, None
    seconds, started = 0.0, time.perf_counter()
    for phase in variant.phases:
        n_epochs = epochs_of(phase, len(labelled), training.batch_size)
        running = trainer.train(
            labelled.images,
            labelled.labels,
            [rng.permutation(len(labelled)) for _ in range(n_epochs)],
            Schedule(
                trained_layers(phase, layers),
                training.batch_size,
                phase.learning_rate,
                training.optimizer,
                seed=int(dropout.integers(2**31)),
            ),
        )
        for epoch in running:
            epochs.append(epoch)
            seconds += time.perf_counter() - started
            last_scored = None
            if scoring and len(epochs) % scoring.every == 0:
                last_scored = trainer.predict(scoring.test.images, changed)
                scores[len(epochs)] = _score(last_scored, scoring.test.labels)
            started = time.perf_counter()
    if variant.reestimate_batch_norm:
        trainer.reestimate_batch_norm(labelled.images)
        last_scored = None
    seconds += time.perf_counter() - started
    return _history(epochs, scores, seconds, last_scored)


def _prepare(trainer: Trainer, variant: Variant, training: Training, n_images: int) -> None:
    """Trace what every phase runs, before the clock does."""
    for phase in variant.phases:
        learning = trained_layers(phase, layers_of(trainer))
        trainer.prepare(learning, training.optimizer, n_images, training.batch_size)


def _history(
    epochs: list[tuple[float, float]],
    scores: dict[int, tuple[float, float]],
    seconds: float,
    last_scored: np.ndarray | None,
) -> History:
    loss, accuracy = np.array(epochs, np.float32).T
    test_loss, test_accuracy = np.array([*scores.values()], np.float32).reshape(-1, 2).T
    scored = np.array([*scores], np.int32)
    return History(loss, accuracy, scored, test_loss, test_accuracy, seconds, last_scored)


def _score(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Loss and accuracy."""
    loss = log_loss(probability_of_truth(probabilities, labels))
    return loss, float((probabilities.argmax(1) == labels).mean())
