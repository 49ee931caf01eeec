"""The networks that a worker keeps: each is built and traced, or read, once in a process."""

import functools
from pathlib import Path

from glyph_transfer.experiments.frozen import Frozen
from glyph_transfer.experiments.inputs import images_of, require
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.recipe import Start
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer


def trainer_of(job: Job) -> Trainer:
    """Give the trainer of a job's network, which has whatever weights it had last."""
    return _trainer(
        job.cell.model,
        job.training.batch_norm_momentum,
        images_of(job.cell.target, job.target, job.seed).n_classes,
        job.feature_cache_mb,
        tuple(job.hyperparameters.items()),
    )


def finished_trainer_of(job: Job) -> Trainer:
    """Give the trainer of a job's network, with the weights that were kept of it.

    They stay until this process trains another network of this kind; jobs of other models have
    other trainers.
    """
    trainer = trainer_of(job)
    models.set_weights(trainer.model, models.get_weights(models.load(job.network)))
    return trainer


def start_of(job: Job) -> Start:
    """Give what a job's recipe starts from.

    Raises:
        InputError: where the file of its source network is another.
    """
    trainer = trainer_of(job) if job.variant.phases else None
    if job.source_network is None:
        return Start(trainer)
    # a network that the study trained itself is known by its name: no digest to be held to
    return Start(trainer, _frozen(job.source_network, job.source_digest, job.feature_cache_mb))


def shapes_of_start(job: Job) -> Start:
    """Give what has the shapes of `start_of`, where its source may have to be trained first."""
    if job.source_job is None:
        return start_of(job)
    return Start(trainer_of(job), Frozen(trainer_of(job.source_job).model))


@functools.cache
def _trainer(
    model: str,
    batch_norm_momentum: float,
    n_classes: int,
    feature_cache_mb: int,
    hyperparameters: tuple[tuple[str, float], ...],
) -> Trainer:
    network = models.build(model, n_classes, batch_norm_momentum, **dict(hyperparameters))
    return Trainer(network, feature_cache_mb)


@functools.lru_cache(8)
def _frozen(path: Path, expected: str | None, feature_cache_mb: int) -> Frozen:
    if expected is not None:
        require(path, expected)
    return Frozen(models.load(path), feature_cache_mb)
