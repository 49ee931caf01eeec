"""Replicates, trained side by side.

A finished replicate is a file that names, by its fingerprint, all that determines it. So
a run that is stopped, or that loses a worker, goes on with the replicates that are left,
and the results do not depend on which worker did what, or on how many there were.
"""

import functools
import shutil
import time
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.plan import Job, Target, digest
from glyph_transfer.experiments.workers import side_by_side
from glyph_transfer.files import replacing
from glyph_transfer.images import sets
from glyph_transfer.protocol import ENSEMBLE
from glyph_transfer.scores import log_loss, probability_of_truth
from glyph_transfer.seeds import generator


@dataclass(frozen=True)
class Result:
    """What one replicate gave.

    Attributes:
        fingerprint: of the job.
        index: int32 (n_train,), rows of the target's train split.
        predicted: uint8 (n_test,), class of every test image.
        probability: float32 (n_test,), that was given to the true class.
        loss, accuracy: float32 (epochs,), on the training images.
        scored: int32 (k,), epochs, from 1, after which the test images were scored.
        test_loss, test_accuracy: float32 (k,), of these scores.
        validation_loss, validation_accuracy: on the validation images; nan without any.
        training_seconds: for training; of no consequence for anything else here.
        seconds: for training and scoring, likewise.
    """

    fingerprint: str
    index: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    scored: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    validation_loss: float
    validation_accuracy: float
    training_seconds: float
    seconds: float


def run(jobs: list[Job], workers: int, title: str, scheduler: str | None = None) -> None:
    """Train the jobs that have no result yet, side by side.

    Args:
        jobs: of `plan`.
        workers: processes on this machine; 0 = one for each core.
        title: of the progress bar.
        scheduler: address of a Dask scheduler, whose workers take the place of those on this
            machine. They read and write the jobs' files, each file once in a process.

    Raises:
        InputError: where a variant does not fit its network, before anything trains, or where
            the scheduler or its workers cannot be used.
    """
    todo = _unfinished(jobs)
    if not todo:
        return
    n_jobs = len({*map(str, jobs), *map(str, todo)})
    with (
        side_by_side(min(workers or joblib.cpu_count(), len(todo)), scheduler),
        tqdm(
            None, title, n_jobs, initial=n_jobs - len(todo), unit="replicate", disable=None
        ) as bar,
    ):
        parallel = joblib.Parallel(return_as="generator_unordered")
        first_of_cells = {job.cell: job for job in reversed(todo)}.values()
        list(parallel(joblib.delayed(check)(job.anywhere()) for job in first_of_cells))
        for wave in _waves(todo):
            for _ in parallel(joblib.delayed(_train_once)(job.anywhere()) for job in wave):
                bar.update()


def check(job: Job) -> None:
    """Raise InputError where the job's variant, draw or source cannot work."""
    from glyph_transfer.experiments import variants

    labels = _target(job).train.labels
    sets.sample(labels, job.cell.n_train, job.sampling, generator(0))
    if job.cell.model == ENSEMBLE:
        return
    if job.source_job:  # not trained yet, but known in its shapes
        source = _workshop_of(job.source_job).weights
    else:
        source = _source_weights(job.source, job.source_digest)
    variants.check(job.variant, _workshop_of(job).weights, source)


def train(job: Job, network: Path | None = None) -> None:
    """Train and score one replicate and write its result, and its network if asked to."""
    started = time.perf_counter()
    target = _target(job)
    drawing = generator(job.seed, "draw", job.cell.target, job.draw)
    index = sets.sample(target.train.labels, job.cell.n_train, job.sampling, drawing)
    if job.cell.model == ENSEMBLE:
        history, probabilities, validation = _combine(job)
    else:
        history, probabilities, validation = _train(job, index, network or job.network)
    truth = probability_of_truth(validation, target.validation.labels)
    result = Result(
        fingerprint=job.fingerprint,
        index=index.astype(np.int32),
        predicted=probabilities.argmax(1).astype(np.uint8),
        probability=probability_of_truth(probabilities, target.test.labels),
        loss=history.loss,
        accuracy=history.accuracy,
        scored=history.scored,
        test_loss=history.test_loss,
        test_accuracy=history.test_accuracy,
        validation_loss=log_loss(truth) if len(truth) else np.nan,
        validation_accuracy=_accuracy(validation, target.validation.labels),
        training_seconds=history.seconds,
        seconds=time.perf_counter() - started,
    )
    save(result, job.result)


def _train(job: Job, index: np.ndarray, network: Path | None):
    """Train a network; give its history and its probabilities of test and validation images."""
    from glyph_transfer.experiments import variants
    from glyph_transfer.learning import models

    target, trainer = _target(job), _workshop_of(job).trainer
    history = variants.train(
        trainer,
        job.variant,
        _source_weights(job.source_network, job.source_digest),
        target.train[index],
        job.training,
        generator(job.seed, "training", job.cell.target, job.draw),
        target.test if job.score_every else None,
        job.score_every,
    )
    if network is not None:
        models.save(trainer.model, network)
    changed = variants.changed_layers(job.variant, _workshop_of(job).weights)
    probabilities = history.last_scored
    if probabilities is None:
        probabilities = trainer.predict(target.test.images, changed)
    return history, probabilities, trainer.predict(target.validation.images, changed)


def _combine(job: Job):
    """Average the members of an ensemble; give what `_train` gives, with an empty history."""
    from glyph_transfer.experiments import variants

    target = _target(job)

    def networks(jobs: tuple[Job, ...]) -> list[tuple[object, np.ndarray]]:
        """Give networks, each with what it makes of the validation images."""
        trainers = [_finished_trainer(job) for job in jobs]
        return [(trainer, trainer.predict(target.validation.images)) for trainer in trainers]

    def standing(network: tuple[object, np.ndarray]) -> float:
        return _accuracy(network[1], target.validation.labels)

    members = networks(job.members)
    if job.best_of:
        members.append(max(networks(job.best_of), key=standing))
    test = [trainer.predict(target.test.images) for trainer, _ in members]
    return variants.NO_HISTORY, np.mean(test, 0), np.mean([given for _, given in members], 0)


def _finished_trainer(job: Job):
    """Give the workshop's trainer with the network kept for a finished job.

    It is the job's until the workshop trains another; jobs of other models have other ones.
    """
    from glyph_transfer.learning import models

    trainer = _workshop_of(job).trainer
    models.set_weights(trainer.model, models.get_weights(models.load(job.network)))
    return trainer


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(1) == labels).mean()) if len(labels) else np.nan


def save(result: Result, path: Path) -> None:
    """Write a result, whole or not at all."""
    with replacing(path) as temporary:
        np.savez(temporary, **{field.name: getattr(result, field.name) for field in fields(Result)})


def keep_network(job: Job, path: Path, workers: int, scheduler: str | None = None) -> None:
    """Keep the network of a finished job in `path`.

    It is copied where it was kept for other jobs; else it is trained again, and held against
    its result.
    """
    if job.network is not None:
        with replacing(path) as temporary:
            shutil.copyfile(job.network, temporary)
        return
    first = load(job.result)
    with side_by_side(workers or joblib.cpu_count(), scheduler):
        joblib.Parallel()([joblib.delayed(train)(job.anywhere(), path.absolute())])
    if not np.array_equal(load(job.result).probability, first.probability):
        raise RuntimeError(f"{job}: trained twice, it gave two results; training has to repeat")


def load(path: Path) -> Result:
    """Read a result that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Result(**{name: arrays[name][()] for name in arrays})


def is_finished(job: Job) -> bool:
    """Whether the job's result exists and was made from the same things, and its network."""
    if job.network is not None and not job.network.exists():
        return False
    try:
        return str(load(job.result).fingerprint) == job.fingerprint
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def _unfinished(jobs: list[Job]) -> list[Job]:
    """Jobs without a result, and those whose networks they need and that are not there."""
    named = {str(job): job for job in jobs if not is_finished(job)}
    needed = [other for job in named.values() for other in job.comes_after]
    return list((named | {str(job): job for job in needed if not is_finished(job)}).values())


def _waves(jobs: list[Job]) -> list[list[Job]]:
    """Divide jobs into those that need no other's network and the rest, the largest first."""
    first = [job for job in jobs if not job.comes_after]
    rest = [job for job in jobs if job.comes_after]
    return [sorted(wave, key=_size, reverse=True) for wave in (first, rest)]


def _size(job: Job) -> float:
    return float("inf") if job.cell.n_train == "all" else job.cell.n_train


def _train_once(job: Job) -> None:
    """Train unless it was done: Dask repeats what a worker did shortly before it died."""
    if not is_finished(job):
        train(job)


@dataclass(frozen=True)
class _Workshop:
    """What a worker keeps between replicates: the traced network, and its first weights."""

    trainer: object
    weights: dict[str, list[np.ndarray]]


def _target(job: Job) -> sets.ImageSet:
    return images_of(job.cell.target, job.target, job.seed)


@functools.cache
def images_of(name: str, target: Target, seed: int) -> sets.ImageSet:
    """Load and divide a target, once in a process; InputError where its file is another now."""
    _require(target.path, target.digest)
    return sets.select(name, sets.load(target.path), target.selection, seed)


def _workshop_of(job: Job) -> _Workshop:
    return _workshop(
        job.cell.model,
        job.training.batch_norm_momentum,
        _target(job).n_classes,
        job.feature_cache_mb,
        tuple(job.hyperparameters.items()),
    )


@functools.cache
def _workshop(
    model: str,
    batch_norm_momentum: float,
    n_classes: int,
    feature_cache_mb: int,
    hyperparameters: tuple[tuple[str, float], ...],
) -> _Workshop:
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Trainer

    network = models.build(model, n_classes, batch_norm_momentum, **dict(hyperparameters))
    return _Workshop(Trainer(network, feature_cache_mb), models.get_weights(network))


@functools.lru_cache(8)
def _source_weights(path: Path | None, expected: str | None) -> dict[str, list[np.ndarray]] | None:
    """Weights of a source network, None where there is none.

    One that the study trained itself is known by its name and has no digest to be held to.
    """
    from glyph_transfer.learning import models

    if path is None:
        return None
    if expected is not None:
        _require(path, expected)
    return models.get_weights(models.load(path))


def _require(path: Path, expected: str) -> None:
    """Raise InputError unless a worker finds the file that the study was planned with."""
    if digest(path) != expected:
        raise InputError(f"{path}: is not the file that the study was planned with. Run it again.")
