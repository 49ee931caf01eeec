"""Trials of the search, trained side by side.

A finished trial is a file that is named by a fingerprint of all that determines its loss.
So a search that is stopped goes on with the trials that are left.
"""

import math
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.inputs import Target, digest, fingerprint, images_of
from glyph_transfer.experiments.workers import pool
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images.sets import ImageSet, Selection
from glyph_transfer.layout import parts_folder, set_file
from glyph_transfer.protocol import NO_SOURCE, Training, Variant
from glyph_transfer.protocol.candidates import Candidate, Search
from glyph_transfer.protocol.params import Params
from glyph_transfer.scores import log_loss, probability_of_truth
from glyph_transfer.search.evolution import Found, search
from glyph_transfer.seeds import generator

NAME = "search"
"""Of the stage, in the names of files."""


@dataclass(frozen=True)
class Task:
    """What every candidate is trained and scored on; small enough to send to a worker.

    Attributes:
        name: of the target.
        target: that is learned; its test split is not looked at.
        n_train: the first so many images of its train split are used.
        model: that is trained.
        variant: from scratch, with what the candidate does not say of its phase.
        training: optimizer and batch size.
        seed: of the project; all candidates see the images in the same order.
        parts: folder for finished trials.
    """

    name: str
    target: Target
    n_train: int
    model: str
    variant: Variant
    training: Training
    seed: int
    parts: Path

    def with_absolute_paths(self) -> "Task":
        """Give the task for a process that works in another folder."""
        return replace(self, target=self.target.with_absolute_path(), parts=self.parts.absolute())


def plan(settings: Params, how: Search) -> Task:
    """Say what candidates are tried on: the training that takes what is found, but shorter.

    Its first phase alone, with all layers learning from scratch, in epochs and batches of the
    search's own.

    Raises:
        InputError: where the set is missing, or no training takes what is found.
    """
    searched = settings.searched(how.target)
    path = set_file(settings.corpus, settings.role_of(how.target))
    phase = searched.variant.phases[0].model_copy(update={"train": "all", "epochs": how.epochs})
    return Task(
        name=how.target,
        target=Target(
            path, digest(path), Selection(settings.classes_of(how.target), how.validation)
        ),
        n_train=how.n_train,
        model=searched.model,
        variant=Variant(sources=[NO_SOURCE], load=[], phases=[phase]),
        training=searched.training.model_copy(update={"batch_size": how.batch_size}),
        seed=settings.seed,
        parts=parts_folder(settings.corpus, NAME),
    )


def run(task: Task, how: Search, workers: int, title: str, scheduler: str | None = None) -> Found:
    """Search, with the trials of a generation side by side.

    Args:
        task: that candidates are tried on.
        how: bounds, and the numbers of trials and generations.
        workers: processes on this machine; 0 = one for each core.
        title: of the progress bar.
        scheduler: of Dask, as in `experiments.run`.

    Raises:
        InputError: where no candidate has a finite loss, the set has too few images, a network
            cannot have the bounds that params.yaml names, or the scheduler or its workers
            cannot be used.
    """
    with (
        pool(how.population, workers, scheduler) as each,
        tqdm(desc=title, total=how.trials, unit="trial", disable=None) as bar,
    ):
        list(each(partial(check, task.model), how.bounds.corners))

        def score_many(candidates: list[Candidate]) -> list[float]:
            files = {candidate: _result_file(task, candidate) for candidate in candidates}
            todo = [candidate for candidate in candidates if _loss(files[candidate]) is None]
            bar.update(len(candidates) - len(todo))
            for candidate, loss in each(partial(train, task.with_absolute_paths()), todo):
                _save(loss, files[candidate])
                bar.update()
            return [_loss(file) for file in files.values()]

        found = search(score_many, how.bounds, how.population, how.generations, task.seed)
        bar.update(bar.total - bar.n)  # candidates that came up again took no trial
    return found


def check(model: str, candidate: Candidate) -> None:
    """Raise InputError where a network cannot be built as a candidate says."""
    from glyph_transfer.learning import models

    models.build(model, 2, **candidate.of_network)


def train(task: Task, candidate: Candidate) -> tuple[Candidate, float]:
    """Give a candidate, and its loss on the validation images."""
    images = images_of(task.name, task.target, task.seed)
    return candidate, train_and_score(candidate, images, task)


def train_and_score(candidate: Candidate, images: ImageSet, task: Task) -> float:
    """Train a network as a candidate says, from scratch.

    Args:
        candidate: of a search.
        images: the set to learn; its test split is not looked at.
        task: how the network is trained otherwise.

    Returns:
        Loss on the validation images, in nats; not finite where the training diverged.

    Raises:
        InputError: where the train split has fewer images than are to be trained on.
    """
    from glyph_transfer.experiments import training
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Trainer

    if task.n_train > len(images.train):
        raise InputError(
            f"the search is to train on {task.n_train:,} images, but the train split has "
            f"{len(images.train):,}"
        )
    momentum = task.training.batch_norm_momentum
    network = models.build(task.model, images.n_classes, momentum, **candidate.of_network)
    trainer = Trainer(network)
    variant = task.variant.with_phases(candidate.of_phases)
    rng = generator(task.seed, "search", "training")
    training.start(trainer, variant, None, rng)
    try:
        training.train(trainer, variant, task.training, images.train[: task.n_train], rng)
    except InputError:  # nothing else can be wrong with these layers than that they diverge
        return math.inf
    probabilities = trainer.predict(images.validation.images)
    return log_loss(probability_of_truth(probabilities, images.validation.labels))


def _result_file(task: Task, candidate: Candidate) -> Path:
    determinants = {
        "candidate": dict(candidate),
        "target": [task.name, task.target.digest, asdict(task.target.selection)],
        "n_train": task.n_train,
        "model": task.model,
        "variant": task.variant.model_dump(mode="json"),
        "training": task.training.model_dump(mode="json"),
        "seed": task.seed,
    }
    return task.parts / f"{fingerprint('search', determinants)}.json"


def _save(loss: float, path: Path) -> None:
    """Write a trial's loss; one that is not finite, which JSON has not, as null."""
    write_json(path, {"validation_loss": loss if math.isfinite(loss) else None})


def _loss(path: Path) -> float | None:
    """Read a finished trial's loss; None where there is none, or the file is damaged."""
    try:
        loss = read_json(path)["validation_loss"]
    except (InputError, TypeError, KeyError):
        return None
    return math.inf if loss is None else loss
