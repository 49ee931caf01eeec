"""The networks that a worker keeps: each is built and traced, or read, once in a process."""

import functools
from pathlib import Path

from glyph_transfer.experiments.inputs import images_of, require
from glyph_transfer.experiments.plan import Job
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


def source_weights(path: Path | None, expected: str | None) -> models.Weights | None:
    """Read the weights of a source network; None where there is none.

    Args:
        path: of the network's file.
        expected: digest that the file has to have. A network that the study trained itself is
            known by its name, and has no digest to be held to.

    Raises:
        InputError: where the file is another.
    """
    return None if path is None else _source_weights(path, expected)


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
def _source_weights(path: Path, expected: str | None) -> models.Weights:
    if expected is not None:
        require(path, expected)
    return models.get_weights(models.load(path))
