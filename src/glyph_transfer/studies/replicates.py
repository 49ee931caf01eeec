"""The replicates of a study: their plan, and its execution side by side.

A finished replicate is a file that names, by its fingerprint, all that determines it. So
a run that is stopped, or that loses a worker, goes on with the replicates that are left,
and the results do not depend on which worker did what, or on how many there were.
"""

import functools
import hashlib
import json
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing, sha256
from glyph_transfer.images import sets
from glyph_transfer.params import NO_SOURCE, Cell, Study, Training, Variant
from glyph_transfer.seeds import generator
from glyph_transfer.statistics import log_loss, probability_of_truth
from glyph_transfer.studies.workers import side_by_side

CODE = (
    "images/sets.py",
    "learning",
    "seeds.py",
    "statistics.py",
    "studies/replicates.py",
    "studies/variants.py",
)
"""Files and folders of the package whose text decides what a replicate gives."""


@dataclass(frozen=True)
class Job:
    """One replicate to be trained, with all that it needs; small enough to send anywhere."""

    cell: Cell
    draw: int
    variant: Variant
    training: Training
    sampling: str
    seed: int
    target: Path
    target_digest: str
    source: Path | None
    source_digest: str | None
    result: Path
    fingerprint: str
    feature_cache_mb: int

    def __str__(self) -> str:
        """Name the cell and the draw."""
        return f"{self.cell} draw {self.draw}"


@dataclass(frozen=True)
class Result:
    """What one replicate gave.

    Attributes:
        fingerprint: of the job.
        index: int32 (n_train,), rows of the target's train split.
        predicted: uint8 (n_test,), class of every test image.
        probability: float32 (n_test,), that was given to the true class.
        loss, accuracy: float32 (epochs,), on the training images.
        validation_loss, validation_accuracy: on the validation images.
        seconds: for training and scoring; of no consequence for anything else here.
    """

    fingerprint: str
    index: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    validation_loss: float
    validation_accuracy: float
    seconds: float


def plan(
    study: Study,
    seed: int,
    target: Path,
    sources: dict[str, Path],
    parts: Path,
    feature_cache_mb: int = 2000,
) -> list[Job]:
    """List every replicate of a study, a cell's draws together.

    Args:
        study: its cells and draws.
        seed: of the whole project.
        target: file of the set that is learned.
        sources: file of each source network, but for `none`.
        parts: folder for the results of finished replicates.
        feature_cache_mb: see `Trainer`; decides nothing that a replicate gives.

    Raises:
        InputError: where the set or a source network is missing.
    """
    digests = {path: _digest(path) for path in (target, *sources.values())}
    jobs = []
    for cell in study.cells:
        variant, training = study.variants[cell.variant], study.training_of(cell)
        source = None if cell.source == NO_SOURCE else sources[cell.source]
        for draw in range(study.draws):
            determinants = {
                "cell": cell,
                "draw": draw,
                "variant": variant.model_dump(exclude={"sources", "baseline"}),
                "training": training.model_dump(),
                "sampling": study.sampling,
                "seed": seed,
                "target": digests[target],
                "source": digests.get(source),
                "code": _code_digest(),
            }
            fingerprint = hashlib.sha256(json.dumps(determinants).encode()).hexdigest()
            jobs.append(
                Job(
                    cell, draw, variant, training, study.sampling, seed,
                    target, digests[target], source, digests.get(source),
                    parts / str(cell) / f"draw_{draw:03}.npz", fingerprint,
                    feature_cache_mb,
                )
            )  # fmt: skip
    return jobs


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
    todo = [job for job in jobs if not is_finished(job)]
    if not todo:
        return
    with side_by_side(min(workers or joblib.cpu_count(), len(todo)), scheduler):
        parallel = joblib.Parallel(return_as="generator_unordered")
        first_of_cells = {job.cell: job for job in reversed(todo)}.values()
        list(parallel(joblib.delayed(check)(_anywhere(job)) for job in first_of_cells))
        finished = parallel(joblib.delayed(_train_once)(_anywhere(job)) for job in todo)
        done = len(jobs) - len(todo)
        for _ in tqdm(finished, title, len(jobs), initial=done, unit="replicate", disable=None):
            pass


def check(job: Job) -> None:
    """Raise InputError where the job's variant, draw or source cannot work."""
    from glyph_transfer.studies import variants

    workshop = _workshop_of(job)
    sets.draw(workshop.target.train.labels, job.cell.n_train, job.sampling, generator(0))
    source = _source_weights(job.source, job.source_digest)
    variants.check(job.variant, workshop.weights, source)


def train(job: Job, network: Path | None = None) -> None:
    """Train and score one replicate and write its result, and its network if asked to."""
    from glyph_transfer.learning import models
    from glyph_transfer.studies import variants

    started = time.perf_counter()
    workshop = _workshop_of(job)
    target = workshop.target
    drawing = generator(job.seed, "draw", job.cell.target, job.draw)
    index = sets.draw(target.train.labels, job.cell.n_train, job.sampling, drawing)
    history = variants.train(
        workshop.trainer,
        job.variant,
        _source_weights(job.source, job.source_digest),
        target.train[index],
        job.training.batch_size,
        generator(job.seed, "training", job.cell.target, job.draw),
        job.training.optimizer,
    )
    probabilities = workshop.trainer.predict(target.test.images)
    validation = workshop.trainer.predict(target.validation.images)
    result = Result(
        fingerprint=job.fingerprint,
        index=index.astype(np.int32),
        predicted=probabilities.argmax(1).astype(np.uint8),
        probability=probability_of_truth(probabilities, target.test.labels),
        loss=history[:, 0],
        accuracy=history[:, 1],
        validation_loss=log_loss(probability_of_truth(validation, target.validation.labels)),
        validation_accuracy=float((validation.argmax(1) == target.validation.labels).mean()),
        seconds=time.perf_counter() - started,
    )
    save(result, job.result)
    if network is not None:
        models.save(workshop.trainer.model, network)


def save(result: Result, path: Path) -> None:
    """Write a result, whole or not at all."""
    with replacing(path) as temporary:
        np.savez(temporary, **{field.name: getattr(result, field.name) for field in fields(Result)})


def keep_network(job: Job, path: Path, workers: int, scheduler: str | None = None) -> None:
    """Train a finished job again, to keep its network, and hold it against its result."""
    first = load(job.result)
    with side_by_side(workers or joblib.cpu_count(), scheduler):
        joblib.Parallel()([joblib.delayed(train)(_anywhere(job), path.absolute())])
    if not np.array_equal(load(job.result).probability, first.probability):
        raise RuntimeError(f"{job}: trained twice, it gave two results; training has to repeat")


def load(path: Path) -> Result:
    """Read a result that `save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Result(**{name: arrays[name][()] for name in arrays})


def is_finished(job: Job) -> bool:
    """Whether the job's result exists and was made from the same things."""
    try:
        return str(load(job.result).fingerprint) == job.fingerprint
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def best(jobs: Iterable[Job]) -> Job:
    """Give the finished job with the best validation accuracy; the loss decides ties."""

    def standing(job: Job) -> tuple[float, float]:
        result = load(job.result)
        return result.validation_accuracy, -result.validation_loss

    return max(jobs, key=standing)


def _train_once(job: Job) -> None:
    """Train unless it was done: Dask repeats what a worker did shortly before it died."""
    if not is_finished(job):
        train(job)


def _anywhere(job: Job) -> Job:
    """Give the job for a process that works in another folder."""
    source = job.source and job.source.absolute()
    return replace(job, target=job.target.absolute(), source=source, result=job.result.absolute())


@dataclass(frozen=True)
class _Workshop:
    """What a worker keeps between replicates: the images and the traced network."""

    target: sets.ImageSet
    trainer: object
    weights: dict[str, list[np.ndarray]]


def _workshop_of(job: Job) -> _Workshop:
    return _workshop(
        job.cell.model, job.training, job.target, job.target_digest, job.feature_cache_mb
    )


@functools.cache
def _workshop(
    model: str, training: Training, target: Path, digest: str, feature_cache_mb: int
) -> _Workshop:
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Trainer

    _require(target, digest)
    images = sets.load(target)
    network = models.build(model, images.n_classes, training.batch_norm_momentum)
    return _Workshop(images, Trainer(network, feature_cache_mb), models.get_weights(network))


@functools.cache
def _source_weights(path: Path | None, digest: str | None) -> dict[str, list[np.ndarray]] | None:
    from glyph_transfer.learning import models

    if path is None:
        return None
    _require(path, digest)
    return models.get_weights(models.load(path))


def _require(path: Path, digest: str) -> None:
    """Raise InputError unless a worker finds the file that the study was planned with."""
    if _digest(path) != digest:
        raise InputError(f"{path}: is not the file that the study was planned with. Run it again.")


def _digest(path: Path) -> str:
    try:
        return sha256(path)
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `dvc repro` makes it.") from None


@functools.cache
def _code_digest() -> str:
    package = Path(__file__).parent.parent
    named = [package / path for path in CODE]
    files = [file for path in named for file in ([path] if path.is_file() else path.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()
