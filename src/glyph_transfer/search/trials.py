"""Trials of the search, trained side by side.

A finished trial is a file that is named by a fingerprint of all that determines its loss.
So a search that is stopped goes on with the trials that are left.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import joblib
from tqdm import tqdm

from glyph_transfer.experiments.made_from import made_from
from glyph_transfer.experiments.plan import Target
from glyph_transfer.experiments.replicates import images_of
from glyph_transfer.experiments.workers import side_by_side
from glyph_transfer.files import read_json, write_json
from glyph_transfer.protocol.candidates import Bounds, Candidate
from glyph_transfer.search.evolution import Found, search, train_and_score


@dataclass(frozen=True)
class Task:
    """What every candidate is trained and scored on; small enough to send anywhere.

    Attributes:
        name: of the target.
        target: that is learned; its test split is not looked at.
        n_train, epochs, batch_size, seed: see `train_and_score`.
        parts: folder for finished trials.
    """

    name: str
    target: Target
    n_train: int
    epochs: int
    batch_size: int
    seed: int
    parts: Path

    def anywhere(self) -> "Task":
        """Give the task for a process that works in another folder."""
        target = replace(self.target, path=self.target.path.absolute())
        return replace(self, target=target, parts=self.parts.absolute())


def run(
    task: Task,
    bounds: Bounds,
    population: int,
    generations: int,
    workers: int,
    title: str,
    scheduler: str | None = None,
) -> Found:
    """Search, with the trials of a generation side by side.

    Args:
        task: that candidates are tried on.
        bounds, population, generations: see `search`.
        workers: processes on this machine; 0 = one for each core.
        title: of the progress bar.
        scheduler: of Dask, as in `replicates.run`.

    Raises:
        InputError: where no candidate has a finite loss, the set has too few images, or the
            scheduler or its workers cannot be used.
    """
    with (
        side_by_side(min(workers or joblib.cpu_count(), population), scheduler),
        tqdm(desc=title, total=population * (1 + generations), unit="trial", disable=None) as bar,
    ):
        parallel = joblib.Parallel(return_as="generator_unordered")

        def score_many(candidates: list[Candidate]) -> list[float]:
            files = {candidate: _result_file(task, candidate) for candidate in candidates}
            todo = [candidate for candidate in candidates if _loss(files[candidate]) is None]
            bar.update(len(candidates) - len(todo))
            calls = (joblib.delayed(train)(task.anywhere(), candidate) for candidate in todo)
            for candidate, loss in parallel(calls):
                _save(loss, files[candidate])
                bar.update()
            return [_loss(file) for file in files.values()]

        found = search(score_many, bounds, population, generations, task.seed)
        bar.update(bar.total - bar.n)  # candidates that came up again took no trial
    return found


def train(task: Task, candidate: Candidate) -> tuple[Candidate, float]:
    """Give a candidate, and its loss on the validation images."""
    images = images_of(task.name, task.target, task.seed)
    return candidate, train_and_score(
        candidate, images, task.n_train, task.epochs, task.batch_size, task.seed
    )


def _result_file(task: Task, candidate: Candidate) -> Path:
    determinants = {
        "candidate": asdict(candidate),
        "target": [task.name, task.target.digest, asdict(task.target.selection)],
        "training": [task.n_train, task.epochs, task.batch_size, task.seed],
        "made_from": made_from("search"),
    }
    fingerprint = hashlib.sha256(json.dumps(determinants).encode()).hexdigest()
    return task.parts / f"{fingerprint}.json"


def _save(loss: float, path: Path) -> None:
    """Write a trial's loss; one that is not finite, which JSON has not, as null."""
    write_json(path, {"validation_loss": loss if math.isfinite(loss) else None})


def _loss(path: Path) -> float | None:
    """Read a finished trial's loss; None where there is none, or the file is damaged."""
    try:
        loss = read_json(path)["validation_loss"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return math.inf if loss is None else loss
