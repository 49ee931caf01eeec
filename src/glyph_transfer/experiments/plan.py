"""The replicates of a study, each with all that determines it."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.made_from import made_from
from glyph_transfer.files import sha256
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE, Cell, Study, Training, Variant
from glyph_transfer.protocol.candidates import Candidate


@dataclass(frozen=True)
class Target:
    """The set that is learned: a role's file, and which of its images; `digest` is the file's."""

    path: Path
    digest: str
    selection: Selection


@dataclass(frozen=True)
class Job:
    """One replicate to be trained, with all that it needs; small enough to send anywhere.

    Attributes:
        cell, draw: what it is.
        target: what it learns.
        sampling: how its labelled images are drawn.
        score_every: epochs after which the test images are scored, if not at the end alone.
        variant, training: what it does; None for an ensemble.
        hyperparameters: that its network is built with, beyond the model's own.
        source: file of the pretrained network that it starts from, and its digest.
        source_job: whose network it starts from instead.
        members, best_of: jobs whose networks an ensemble averages, and those of which the one
            with the best validation accuracy is a member too.
        network: file that its own network is kept in, if others need it.
        result: file for what it gives.
        fingerprint: of all that determines what it gives.
    """

    cell: Cell
    draw: int
    seed: int
    target: Target
    sampling: str
    score_every: int | None
    variant: Variant | None
    training: Training | None
    hyperparameters: dict[str, float]
    source: Path | None
    source_digest: str | None
    source_job: "Job | None"
    members: tuple["Job", ...]
    best_of: tuple["Job", ...]
    network: Path | None
    result: Path
    fingerprint: str
    feature_cache_mb: int

    def __str__(self) -> str:
        """Name the cell and the draw."""
        return f"{self.cell} draw {self.draw}"

    @property
    def comes_after(self) -> list["Job"]:
        """Jobs whose networks it needs."""
        return [*([self.source_job] if self.source_job else []), *self.members, *self.best_of]

    @property
    def source_network(self) -> Path | None:
        """File of the network that it starts from."""
        return self.source_job.network if self.source_job else self.source

    def anywhere(self) -> "Job":
        """Give the job for a process that works in another folder."""
        return replace(
            self,
            target=replace(self.target, path=self.target.path.absolute()),
            source=self.source and self.source.absolute(),
            source_job=self.source_job and self.source_job.anywhere(),
            members=tuple(job.anywhere() for job in self.members),
            best_of=tuple(job.anywhere() for job in self.best_of),
            network=self.network and self.network.absolute(),
            result=self.result.absolute(),
        )


@dataclass(frozen=True)
class Files:
    """Where a study's inputs and the results of its finished replicates lie.

    Attributes:
        targets: target -> file of its role's set, and the images of it that are used.
        sources: (model, source) -> file of a pretrained network.
        parts: folder for the results of finished replicates.
        found: what variants that are `searched` take from the search.
    """

    targets: dict[str, tuple[Path, Selection]]
    sources: dict[tuple[str, str], Path]
    parts: Path
    found: Candidate | None = None


def plan(study: Study, seed: int, files: Files, feature_cache_mb: int = 2000) -> list[Job]:
    """List every replicate of a study, a cell's draws together.

    Args:
        study: its cells and draws.
        seed: of the whole project.
        files: of its inputs and results.
        feature_cache_mb: see `Trainer`; decides nothing that a replicate gives.

    Raises:
        InputError: where a set or a source network is missing.
    """
    targets = {
        name: Target(path, digest(path), selection)
        for name, (path, selection) in files.targets.items()
    }
    sources = {key: (path, digest(path)) for key, path in files.sources.items()}
    kept = _kept(study)

    @functools.cache
    def job(cell: Cell, draw: int) -> Job:
        trains = cell.model != ENSEMBLE
        members, best_of = ((), ()) if trains else study.members_of(cell)
        source_cell = study.source_cell(cell) if trains else None
        pretrained = None
        if trains and cell.source != NO_SOURCE and source_cell is None:
            pretrained = sources[study.source_model(cell), cell.source]
        variant, hyperparameters = None, {}
        if trains:
            variant, hyperparameters = _as_found(study.variants[cell.variant], files.found)
        made = Job(
            cell=cell,
            draw=draw,
            seed=seed,
            target=targets[cell.target],
            sampling=study.sampling,
            score_every=study.score_every,
            variant=variant,
            training=study.training_of(cell) if trains else None,
            hyperparameters=hyperparameters,
            source=pretrained and pretrained[0],
            source_digest=pretrained and pretrained[1],
            source_job=source_cell and job(source_cell, draw),
            members=tuple(job(member, draw) for member in members),
            best_of=tuple(job(member, draw) for member in best_of),
            network=None,
            result=files.parts / str(cell) / f"draw_{draw:03}.npz",
            fingerprint="",
            feature_cache_mb=feature_cache_mb,
        )
        made = replace(made, fingerprint=_fingerprint(made))
        # by its fingerprint, so that it is never taken for the network of another training
        network = made.result.with_name(f"draw_{draw:03}-{made.fingerprint[:12]}.keras")
        return replace(made, network=network) if kept(cell, draw) else made

    return [job(cell, draw) for cell in study.cells for draw in range(study.draws_of(cell))]


def digest(path: Path) -> str:
    """SHA-256 of a file; InputError where it is missing."""
    try:
        return sha256(path)
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `dvc repro` makes it.") from None


def _as_found(variant: Variant, found: Candidate | None) -> tuple[Variant, dict[str, float]]:
    """Give a variant, and the hyper-parameters of its network, with what the search found."""
    if not variant.searched:
        return variant, {}
    return variant.at(found.learning_rate), found.of_network


def _kept(study: Study) -> Callable[[Cell, int], bool]:
    """Say of which cells and draws the network is needed after its training."""
    needed = {study.source_cell(cell) for cell in study.cells if cell.model != ENSEMBLE}
    for cell in study.cells:
        if cell.model == ENSEMBLE:
            needed |= {member for members in study.members_of(cell) for member in members}
    return lambda cell, draw: cell in needed or (str(cell) == study.shown and draw == 0)


def _fingerprint(job: Job) -> str:
    not_counting = {"sources", "models", "baseline", "searched"}
    variant = job.variant and job.variant.model_dump(exclude=not_counting)
    determinants = {
        "cell": job.cell,
        "draw": job.draw,
        "variant": variant,
        "training": job.training and job.training.model_dump(),
        "hyperparameters": job.hyperparameters,
        "sampling": job.sampling,
        "score_every": job.score_every,
        "seed": job.seed,
        "target": [job.target.digest, asdict(job.target.selection)],
        "source": job.source_digest,
        "after": [other.fingerprint for other in job.comes_after],
        "members": len(job.members),
        "made_from": made_from("transfer"),
    }
    return hashlib.sha256(json.dumps(determinants).encode()).hexdigest()
