"""What is loaded from the source, what learns, and in which phases."""

import time
from dataclasses import dataclass

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.sets import Split
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Schedule, Trainer
from glyph_transfer.protocol import Phase, Training, Variant
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


def check(variant: Variant, weights: models.Weights, source: models.Weights | None) -> None:
    """Raise InputError where a variant does not fit its network or its source.

    Args:
        variant: layers to load, and phases.
        weights: of the network to be trained.
        source: weights of the source network, None where the variant loads nothing.
    """
    trained = [name for phase in variant.phases for name in trained_layers(phase, weights)]
    for name in (*variant.load, *trained):
        if name not in weights:
            raise InputError(
                f"a variant names the layer '{name}', but the layers with weights are: "
                f"{', '.join(weights)}"
            )
    for name in variant.load:
        found = [array.shape for array in source.get(name, [])]
        expected = [array.shape for array in weights[name]]
        if found != expected:
            raise InputError(
                f"layer '{name}' cannot be loaded: the source's weights have the shapes {found}, "
                f"the network's {expected}"
            )


def trained_layers(phase: Phase, weights: models.Weights) -> list[str]:
    """Names of the layers that learn in a phase."""
    return list(weights) if phase.train == "all" else phase.train


def changed_layers(variant: Variant, weights: models.Weights) -> list[str]:
    """Names of the layers that are not as loaded after all phases."""
    if variant.reestimate_batch_norm:
        return list(weights)
    trained = {name for phase in variant.phases for name in trained_layers(phase, weights)}
    return [name for name in weights if name in trained or name not in variant.load]


def epochs_of(phase: Phase, n_train: int, batch_size: int) -> int:
    """Epochs of a phase: as many of those asked for as its steps allow, one at least."""
    if phase.most_steps is None:
        return phase.epochs
    steps = -(-n_train // batch_size)
    return max(1, min(phase.epochs, phase.most_steps // steps))


def train(
    trainer: Trainer,
    variant: Variant,
    source: models.Weights | None,
    labelled: Split,
    training: Training,
    rng: np.random.Generator,
    test: Split | None = None,
    score_every: int | None = None,
) -> History:
    """Train one replicate: fresh weights, the source's over them, then every phase.

    Initial weights and the order of batches come from `rng` alone, so replicates of one model
    that share it differ in nothing but the source and the variant.

    Args:
        trainer: of the network.
        variant: what is loaded, and what learns when.
        source: weights of the source network.
        labelled: images to train on.
        training: optimizer and batch size.
        rng: for weights, batches and dropout.
        test: images to score after every `score_every` epochs, for the learning curves alone.
        score_every: see there.
    """
    weights = models.initial_weights(trainer.model, rng)
    weights |= {name: source[name] for name in variant.load}
    models.set_weights(trainer.model, weights)
    changed = changed_layers(variant, weights)
    dropout = rng.spawn(1)[0]  # of its own, so that the batches do not hang on it
    for phase in variant.phases:
        learning = trained_layers(phase, weights)
        trainer.prepare(learning, training.optimizer, len(labelled), training.batch_size)
    epochs, scores, last_scored = [], {}, None
    seconds, started = 0.0, time.perf_counter()
    for phase in variant.phases:
        n_epochs = epochs_of(phase, len(labelled), training.batch_size)
        running = trainer.train(
            labelled.images,
            labelled.labels,
            [rng.permutation(len(labelled)) for _ in range(n_epochs)],
            Schedule(
                trained_layers(phase, weights),
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
            if score_every and len(epochs) % score_every == 0:
                last_scored = trainer.predict(test.images, changed)
                scores[len(epochs)] = _score(last_scored, test.labels)
            started = time.perf_counter()
    if variant.reestimate_batch_norm:
        trainer.reestimate_batch_norm(labelled.images)
        last_scored = None
    seconds += time.perf_counter() - started
    loss, accuracy = np.array(epochs, np.float32).T
    test_loss, test_accuracy = np.array([*scores.values()], np.float32).reshape(-1, 2).T
    scored = np.array([*scores], np.int32)
    return History(loss, accuracy, scored, test_loss, test_accuracy, seconds, last_scored)


def _score(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Loss and accuracy."""
    loss = log_loss(probability_of_truth(probabilities, labels))
    return loss, float((probabilities.argmax(1) == labels).mean())
