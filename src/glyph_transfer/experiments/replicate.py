"""One replicate: read its images and its source, draw, train, score, write.

An ensemble does the same with finished networks, which it averages, instead of training.
"""

import functools
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glyph_transfer.experiments import results, training, variants
from glyph_transfer.experiments.inputs import images_of, require
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.results import Result
from glyph_transfer.experiments.training import History, Scoring
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import ENSEMBLE
from glyph_transfer.scores import log_loss, probability_of_truth
from glyph_transfer.seeds import generator


class Outcome(NamedTuple):
    """How a training went, and probabilities (n, n_classes) of test and validation images."""

    history: History
    test: np.ndarray
    validation: np.ndarray


def check(job: Job) -> None:
    """Raise InputError where the job's variant, draw or source cannot work."""
    images = images_of(job.cell.target, job.target, job.seed)
    sets.sample(images.train.labels, job.cell.n_train, job.sampling, generator(0))
    if job.cell.model == ENSEMBLE:
        return
    if job.source_job:  # not trained yet, but known in its shapes
        source = models.get_weights(_trainer_of(job.source_job).model)
    else:
        source = _source_weights(job.source, job.source_digest)
    variants.check(job.variant, models.get_weights(_trainer_of(job).model), source)


def train(job: Job, network: Path | None = None) -> None:
    """Train and score one replicate and write its result, and its network if asked to."""
    started = time.perf_counter()
    images = images_of(job.cell.target, job.target, job.seed)
    rng = generator(job.seed, "draw", job.cell.target, job.draw)
    index = sets.sample(images.train.labels, job.cell.n_train, job.sampling, rng)
    if job.cell.model == ENSEMBLE:
        outcome = _combined(job, images)
    else:
        source = _source_weights(job.source_network, job.source_digest)
        outcome = _trained(job, images, index, source, network or job.network)
    results.save_result(_scored(job, images, index, outcome, started), job.result)


def _trained(
    job: Job,
    images: ImageSet,
    index: np.ndarray,
    source: models.Weights | None,
    network: Path | None,
) -> Outcome:
    """Train a network on the images in `index`, and keep it in the file `network`."""
    trainer = _trainer_of(job)
    rng = generator(job.seed, "training", job.cell.target, job.draw)
    scoring = Scoring(images.test, job.score_every) if job.score_every else None
    training.start(trainer, job.variant, source, rng)
    history = training.train(trainer, job.variant, job.training, images.train[index], rng, scoring)
    if network is not None:
        models.save(trainer.model, network)
    changed = variants.changed_layers(job.variant, training.layers_of(trainer))
    test = history.last_scored
    if test is None:
        test = trainer.predict(images.test.images, changed)
    return Outcome(history, test, trainer.predict(images.validation.images, changed))


def _combined(job: Job, images: ImageSet) -> Outcome:
    """Average the members of an ensemble, which has no history."""

    def networks(jobs: tuple[Job, ...]) -> list[tuple[Trainer, np.ndarray]]:
        """Give networks, each with what it makes of the validation images."""
        trainers = [_finished_trainer(job) for job in jobs]
        return [(trainer, trainer.predict(images.validation.images)) for trainer in trainers]

    def accuracy(network: tuple[Trainer, np.ndarray]) -> float:
        return _accuracy(network[1], images.validation.labels)

    members = networks(job.members)
    if job.best_of:
        members.append(max(networks(job.best_of), key=accuracy))
    test = [trainer.predict(images.test.images) for trainer, _ in members]
    validation = [probabilities for _, probabilities in members]
    return Outcome(training.NO_HISTORY, np.mean(test, 0), np.mean(validation, 0))


def _scored(
    job: Job, images: ImageSet, index: np.ndarray, outcome: Outcome, started: float
) -> Result:
    history, test, validation = outcome
    truth = probability_of_truth(validation, images.validation.labels)
    return Result(
        fingerprint=job.fingerprint,
        index=index.astype(np.int32),
        predicted=test.argmax(1).astype(np.uint8),
        probability=probability_of_truth(test, images.test.labels),
        loss=history.loss,
        accuracy=history.accuracy,
        scored=history.scored,
        test_loss=history.test_loss,
        test_accuracy=history.test_accuracy,
        validation_loss=log_loss(truth) if len(truth) else np.nan,
        validation_accuracy=_accuracy(validation, images.validation.labels),
        training_seconds=history.seconds,
        seconds=time.perf_counter() - started,
    )


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(1) == labels).mean()) if len(labels) else np.nan


def _finished_trainer(job: Job) -> Trainer:
    """Give the trainer of a job's network, with the weights that were kept of it.

    They stay until this process trains another network of this kind; jobs of other models have
    other trainers.
    """
    trainer = _trainer_of(job)
    models.set_weights(trainer.model, models.get_weights(models.load(job.network)))
    return trainer


def _trainer_of(job: Job) -> Trainer:
    return _trainer(
        job.cell.model,
        job.training.batch_norm_momentum,
        images_of(job.cell.target, job.target, job.seed).n_classes,
        job.feature_cache_mb,
        tuple(job.hyperparameters.items()),
    )


@functools.cache
def _trainer(
    model: str,
    batch_norm_momentum: float,
    n_classes: int,
    feature_cache_mb: int,
    hyperparameters: tuple[tuple[str, float], ...],
) -> Trainer:
    """Build a network, traced once in a process for all replicates of its kind."""
    network = models.build(model, n_classes, batch_norm_momentum, **dict(hyperparameters))
    return Trainer(network, feature_cache_mb)


@functools.lru_cache(8)
def _source_weights(path: Path | None, expected: str | None) -> models.Weights | None:
    """Weights of a source network, None where there is none.

    One that the study trained itself is known by its name and has no digest to be held to.
    """
    if path is None:
        return None
    if expected is not None:
        require(path, expected)
    return models.get_weights(models.load(path))
