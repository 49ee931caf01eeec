"""Source networks: trained from scratch on one set, and scored."""

import math
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Schedule, Trainer
from glyph_transfer.protocol.params import Pretraining
from glyph_transfer.scores import log_loss, probability_of_truth, proportion_interval


@dataclass(frozen=True)
class Curves:
    """One number an epoch, from epoch 1; losses in nats, accuracies from 0 to 1."""

    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]


def train(
    trainer: Trainer, images: ImageSet, how: Pretraining, rng: np.random.Generator, title: str
) -> Curves:
    """Train until the validation loss stops improving and leave the best epoch's weights.

    Without patience, train for all epochs and leave the last one's.

    Args:
        trainer: of the network, whose weights are set anew.
        images: to train on, and to validate by; the test split is not looked at.
        how: see `params.yaml`.
        rng: for weights, orders of batches and dropout.
        title: of the progress bar.
    """
    weights = models.initial_weights(trainer.model, rng)
    models.set_weights(trainer.model, weights)
    epochs = trainer.train(
        images.train.images,
        images.train.labels,
        (rng.permutation(len(images.train)) for _ in range(how.epochs)),
        _schedule(how, list(weights), images.train, int(rng.spawn(1)[0].integers(2**31))),
    )
    curves = Curves([], [], [], [])
    for loss, accuracy in tqdm(epochs, title, how.epochs, unit="epoch", disable=None):
        validation = score(trainer, images.validation)
        curves.train_loss.append(loss)
        curves.train_accuracy.append(accuracy)
        curves.validation_loss.append(validation["loss"])
        curves.validation_accuracy.append(validation["accuracy"])
        since_best = len(curves.validation_loss) - 1 - int(np.argmin(curves.validation_loss))
        if since_best == 0 or how.patience is None:
            weights = models.get_weights(trainer.model)
        elif since_best >= how.patience:
            break
    models.set_weights(trainer.model, weights)
    return curves


def _schedule(how: Pretraining, trainable: list[str], learned: Split, seed: int) -> Schedule:
    n_steps = how.epochs * math.ceil(len(learned) / how.batch_size)
    shares = np.bincount(learned.labels) / len(learned)
    return Schedule(
        trainable,
        how.batch_size,
        how.learning_rate,
        how.optimizer,
        how.decay,
        one_cycle_steps=n_steps if how.one_cycle else 0,
        augmentation=how.augmentation,
        log_shares=tuple(np.log(shares).tolist()) if how.balanced else (),
        seed=seed,
    )


def score(trainer: Trainer, split: Split) -> dict[str, float]:
    """Loss in nats, and accuracy from 0 to 1 with its 95 % interval over images."""
    probabilities = trainer.predict(split.images)
    correct = probabilities.argmax(1) == split.labels
    low, high = proportion_interval(correct)
    return {
        "loss": log_loss(probability_of_truth(probabilities, split.labels)),
        "accuracy": float(correct.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "images": len(split),
    }
