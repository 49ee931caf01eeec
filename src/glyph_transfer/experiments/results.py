"""What replicates gave, as files: one for each while a study runs, one for each cell thereafter.

The latter are what the transfer stage leaves and evaluation reads.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.outcome import NOTHING, Outcome
from glyph_transfer.experiments.plan import Job
from glyph_transfer.files import check_zip, read_arrays, reading, replacing
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.protocol import ENSEMBLE, Cell, Study
from glyph_transfer.scores import accuracy, log_loss, probability_of_truth

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """What one replicate gave.

    Attributes:
        fingerprint: of the job.
        source: digest of the pretrained network that it started from; or empty.
        index: int32 (n_train,), rows of the target's train split.
        predicted: uint8 (n_test,), class of every test image.
        probability: float32 (n_test,), that was given to the true class.
        loss, accuracy: float32 (epochs,), on the training images.
        scored: int32 (k,), epochs, from 1, after which the test images were scored.
        test_loss, test_accuracy: float32 (k,), of these scores.
        validation_loss, validation_accuracy: on the validation images; nan without any.
        training_seconds: for training; of no consequence for anything else here.
        seconds: for training and scoring, likewise.
        features, n_features, source_probabilities, labels: of the labelled images, where the
            study keeps them; see `CellResults`.
    """

    fingerprint: str
    source: str
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
    features: np.ndarray = field(default_factory=NOTHING.copy)
    n_features: np.ndarray = field(default_factory=NOTHING.copy)
    source_probabilities: np.ndarray = field(default_factory=NOTHING.copy)
    labels: np.ndarray = field(default_factory=NOTHING.copy)


@dataclass(frozen=True)
class CellResults:
    """What a cell's replicates gave, one row a draw.

    Attributes:
        fingerprint: str (draws,), what each replicate was made from.
        source: str (draws,), digest of the pretrained network each started from; or empty.
        index: int32 (draws, n_train), rows of the target's train split.
        predicted: uint8 (draws, n_test), class of every test image.
        probability: float32 (draws, n_test), given to the true class.
        loss, accuracy: float32 (draws, epochs), on the training images.
        scored: int32 (draws, k), epochs after which the test images were scored.
        test_loss, test_accuracy: float32 (draws, k), of these scores.
        validation_loss, validation_accuracy: float64 (draws,); nan without validation images.
        features: float32 (draws, n_train, k), what the frozen source makes of the labelled
            images: coordinates of its features, as they are or rotated into fewer dimensions.
            Empty, as what follows, where the study does not keep them.
        n_features: int32 (draws,), how many features the source has.
        source_probabilities: float32 (draws, n_train, n_source_classes), of its own classes.
        labels: uint8 (draws, n_train), of the labelled images.
    """

    fingerprint: np.ndarray
    source: np.ndarray
    index: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    scored: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    validation_loss: np.ndarray
    validation_accuracy: np.ndarray
    features: np.ndarray = field(default_factory=NOTHING.copy)
    n_features: np.ndarray = field(default_factory=NOTHING.copy)
    source_probabilities: np.ndarray = field(default_factory=NOTHING.copy)
    labels: np.ndarray = field(default_factory=NOTHING.copy)


@dataclass(frozen=True)
class Tested:
    """The test images of a target: classes, uint8 (n, 28, 28) images, uint8 (n,) labels."""

    classes: tuple[str, ...]
    images: np.ndarray
    labels: np.ndarray

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


def score(
    job: Job, index: np.ndarray, outcome: Outcome, images: ImageSet, started: float
) -> Result:
    """Score what a replicate's networks gave.

    Args:
        job: the replicate.
        index: integers (n_train,), rows of the train split that were drawn.
        outcome: history, and probabilities of test and validation images.
        images: of the target.
        started: when the replicate was begun, by `time.perf_counter`.
    """
    history, validation = outcome.history, images.validation.labels
    truth = probability_of_truth(outcome.validation, validation)
    return Result(
        fingerprint=job.fingerprint,
        source=job.source_digest or "",
        index=index.astype(np.int32),
        predicted=outcome.test.argmax(1).astype(np.uint8),
        probability=probability_of_truth(outcome.test, images.test.labels),
        loss=history.loss,
        accuracy=history.accuracy,
        scored=history.scored,
        test_loss=history.test_loss,
        test_accuracy=history.test_accuracy,
        validation_loss=log_loss(truth) if len(truth) else np.nan,
        validation_accuracy=accuracy(outcome.validation, validation) if len(truth) else np.nan,
        training_seconds=history.seconds,
        seconds=time.perf_counter() - started,
    )


def save_result(result: Result, path: Path) -> None:
    """Write what a replicate gave, whole or not at all."""
    with replacing(path) as temporary:
        np.savez(temporary, **vars(result))


def load_result(path: Path) -> Result:
    """Read a result that `save_result` wrote; InputError where it is missing or damaged."""
    expected = "the readable result of a replicate"
    arrays = read_arrays(path, expected)
    with reading(path, expected):
        return Result(**{name: array[()] for name, array in arrays.items()})


def is_finished(job: Job) -> bool:
    """Whether the job's result exists and was made from the same things, and its network.

    What is there and cannot be read, whatever the reason, is not finished: it is made again.
    """
    try:
        if job.network is not None:
            with reading(job.network, "a readable Keras network"):
                check_zip(job.network)
        return str(load_result(job.result).fingerprint) == job.fingerprint
    except InputError:
        return False


def collect(jobs: list[Job], folder: Path) -> dict[str, dict[str, list[float]]]:
    """Stack every cell's finished replicates into its file in a study's folder.

    Returns:
        `replicate_seconds` and `training_seconds`, each cell -> seconds of every draw.
    """
    seconds = {"replicate_seconds": {}, "training_seconds": {}}
    for cell, own in by_cell(jobs).items():
        finished = [load_result(job.result) for job in own]
        save(stack(finished), cell_file(folder, cell))
        for measured, name in (("replicate_seconds", "seconds"), ("training_seconds",) * 2):
            taken = [round(float(getattr(result, name)), 3) for result in finished]
            seconds[measured][str(cell)] = taken
    return seconds


def by_cell(jobs: Iterable[Job]) -> dict[Cell, list[Job]]:
    """Give the jobs of every cell, in their order."""
    cells = {}
    for job in jobs:
        cells.setdefault(job.cell, []).append(job)
    return cells


def stack(results: Iterable[Result]) -> CellResults:
    """Stack the results of a cell's draws, in their order."""
    results = list(results)
    return CellResults(
        **{
            each.name: np.stack([np.asarray(getattr(result, each.name)) for result in results])
            for each in fields(CellResults)
        }
    )


def cell_file(folder: Path, cell: Cell) -> Path:
    """Where a study's folder keeps a cell."""
    return folder / f"{cell}.npz"


def save(results: CellResults, path: Path) -> None:
    """Write the results of a cell, whole or not at all; equal results give equal bytes."""
    with replacing(path) as temporary:
        np.savez(temporary, **vars(results))


def tested(images: ImageSet) -> Tested:
    """Give the test images of a target."""
    return Tested(images.classes, images.test.images, images.test.labels)


def tested_file(folder: Path, target: str) -> Path:
    """Where a study's folder keeps the test images of a target."""
    return folder / target / "test.npz"


def save_tested(tested: Tested, path: Path) -> None:
    """Write the test images of a target, whole or not at all."""
    with replacing(path) as temporary:
        np.savez(temporary, **vars(tested) | {"classes": np.array(tested.classes)})


def load(path: Path) -> CellResults:
    """Read the results of a cell; InputError where they are missing or corrupt."""
    return _load(path, CellResults)


def load_tested(path: Path) -> Tested:
    """Read the test images of a target; InputError where they are missing or corrupt."""
    tested = _load(path, Tested)
    return replace(tested, classes=tuple(map(str, tested.classes)))


def _load(path: Path, kind: type[T]) -> T:
    expected = "the readable results of a study"
    arrays = read_arrays(path, expected)
    with reading(path, expected):
        return kind(**arrays)


def shown_cell(study: Study, cells: dict[Cell, CellResults]) -> Cell:
    """Give the cell that the study names, or else the one with the best validation accuracy.

    Means over draws; the loss decides ties. Of the cells of the study's first target, since
    others have other images to be right on; ensembles, which are no networks, stand aside.
    """

    def standing(cell: Cell) -> tuple[float, float]:
        done = cells[cell]
        return done.validation_accuracy.mean(), -done.validation_loss.mean()

    if study.shown is not None:
        return next(cell for cell in cells if str(cell) == study.shown)
    first = study.targets[0]
    return max((c for c in cells if c.target == first and c.model != ENSEMBLE), key=standing)


def best_draw(done: CellResults) -> int:
    """Give the draw with the best validation accuracy; the first where there is none to judge by.

    The loss decides ties.
    """
    if np.isnan(done.validation_accuracy).any():
        return 0
    return int(np.lexsort((done.validation_loss, -done.validation_accuracy))[0])


def shown_job(study: Study, jobs: list[Job], cells: dict[Cell, CellResults]) -> Job:
    """Give the replicate whose network is registered: the best one of the cell that is shown."""
    cell = shown_cell(study, cells)
    draw = best_draw(cells[cell])
    return next(job for job in jobs if (job.cell, job.draw) == (cell, draw))


def load_if_made_by(jobs: list[Job], folder: Path) -> CellResults | None:
    """Give a cell's results if they are of these very jobs; None too where they are unreadable."""
    try:
        stored = load(cell_file(folder, jobs[0].cell))
    except InputError:
        return None
    made_by = [str(fingerprint) for fingerprint in stored.fingerprint]
    return stored if made_by == [job.fingerprint for job in jobs] else None
