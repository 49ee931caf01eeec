"""The replicates of a study, each with all that determines it."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from glyph_transfer.experiments.inputs import (
    Files,
    Target,
    digest,
    files_of,
    fingerprint,
    images_of,
)
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.protocol import (
    ENSEMBLE,
    NO_SOURCE,
    Cell,
    Question,
    Study,
    Training,
    Variant,
)
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params

OF_CELLS_ALONE = {"sources", "models", "baseline", "searched", "n_train", "recipe"}
"""Fields of a variant that say which cells there are and what they are compared with. A replicate
has what they come to (its cell, its hyper-parameters), and is the same whatever else they say."""

IN_OTHER_FORM = {
    "targets", "model", "n_train", "draws", "validation", "images", "sources_from", "training",
    "variants", "ensembles",
}  # fmt: skip
"""Fields of a study that a replicate has as its cell, its target, its own variant and training,
and the jobs that it comes after."""

SHOWN = {"shown"}
"""Field of a study that decides which network is kept, and nothing that a replicate gives."""

JUDGED = {"forecasts"}
"""Field of a study of which a replicate has no more than whether it keeps what its source sees."""

MEMBERS = {"target", "variant", "members", "best_of", "baseline"}
"""Fields of an ensemble that it has as its cell and the jobs that it comes after."""


@dataclass(frozen=True)
class Job:
    """One replicate to be trained, with all that it needs; small enough to send to a worker.

    Attributes:
        cell, draw: what it is.
        target: what it learns.
        sampling: how its labelled images are sampled.
        score_every: epochs after which the test images are scored, if not at the end alone.
        result: file for what it gives.
        feature_cache_mb: see `Trainer`; decides nothing that it gives.
        variant, training: what it does; None for an ensemble.
        hyperparameters: that its network is built with, beyond the model's own.
        source: file of the pretrained network that it starts from, and its digest. Draws take
            the networks of a source in turn.
        source_job: whose network it starts from instead.
        members, best_of: jobs whose networks an ensemble averages, and those of which the one
            with the best validation accuracy is a member too.
        network: file that its own network is kept in, if others need it.
        keeps_features: whether its result says what its source sees of the labelled images.
        fingerprint: of all that determines what it gives.
    """

    cell: Cell
    draw: int
    seed: int
    target: Target
    sampling: str
    score_every: int | None
    result: Path
    feature_cache_mb: int
    variant: Variant | None = None
    training: Training | None = None
    hyperparameters: dict[str, float] = field(default_factory=dict)
    source: Path | None = None
    source_digest: str | None = None
    source_job: "Job | None" = None
    members: tuple["Job", ...] = ()
    best_of: tuple["Job", ...] = ()
    network: Path | None = None
    keeps_features: bool = False
    fingerprint: str = ""

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

    def with_absolute_paths(self) -> "Job":
        """Give the job for a process that works in another folder."""
        return replace(
            self,
            target=self.target.with_absolute_path(),
            source=self.source and self.source.absolute(),
            source_job=self.source_job and self.source_job.with_absolute_paths(),
            members=tuple(job.with_absolute_paths() for job in self.members),
            best_of=tuple(job.with_absolute_paths() for job in self.best_of),
            network=self.network and self.network.absolute(),
            result=self.result.absolute(),
        )


def plan_study(settings: Params, name: str, study: Study) -> list[Job]:
    """List every replicate of the study `name`; see `plan`."""
    files = files_of(settings, name, study)
    return plan(study, settings.seed, files, settings.feature_cache_mb)


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
    sources = {key: [(path, digest(path)) for path in own] for key, own in files.sources.items()}
    is_kept = _kept(study)

    @functools.cache
    def job(cell: Cell, draw: int) -> Job:
        made = Job(
            cell=cell,
            draw=draw,
            seed=seed,
            target=targets[cell.target],
            sampling=study.sampling,
            score_every=study.score_every,
            result=files.parts / str(cell) / f"draw_{draw:03}.npz",
            feature_cache_mb=feature_cache_mb,
        )
        if cell.model == ENSEMBLE:
            members, best_of = (
                tuple(job(member, draw) for member in cells) for cells in study.members_of(cell)
            )
            made = replace(made, members=members, best_of=best_of)
        else:
            source_cell = study.source_cell(cell)
            source_job = source_cell and job(source_cell, draw)
            made = replace(made, source_job=source_job, **_training_of(study, cell, files.found))
            if cell.source != NO_SOURCE and source_cell is None:
                networks = sources[study.source_model(cell), cell.source]
                made = replace(made, **_network_of(draw, networks))
        made = replace(made, fingerprint=_fingerprint(made, study))
        # by its fingerprint, so that it is never taken for the network of another training
        network = made.result.with_name(f"draw_{draw:03}-{made.fingerprint[:12]}.keras")
        return replace(made, network=network) if is_kept(cell, draw) else made

    return [job(cell, draw) for cell in study.cells for draw in range(study.draws_of(cell))]


def images_by_target(jobs: list[Job]) -> dict[str, ImageSet]:
    """Load the images of every target that jobs learn, as they divide them."""
    return {job.cell.target: images_of(job.cell.target, job.target, job.seed) for job in jobs}


def _network_of(draw: int, networks: list[tuple[Path, str]]) -> dict[str, object]:
    """Give the source network of a draw; draws take them in turn."""
    path, sha256 = networks[draw % len(networks)]
    return {"source": path, "source_digest": sha256}


def _training_of(study: Study, cell: Cell, found: Candidate | None) -> dict[str, object]:
    """Give what a job does that trains, with what the search found where its variant takes it."""
    variant, hyperparameters = study.variants[cell.variant], {}
    if variant.searched:
        variant, hyperparameters = variant.with_phases(found.of_phases), found.of_network
    training = study.training_of(cell)
    return {
        "variant": variant,
        "training": training,
        "hyperparameters": hyperparameters,
        "keeps_features": study.keeps_features(cell),
    }


def _kept(study: Study) -> Callable[[Cell, int], bool]:
    """Say of which cells and draws the network is needed after its training."""
    needed = {study.source_cell(cell) for cell in study.cells if cell.model != ENSEMBLE}
    for cell in study.cells:
        if cell.model == ENSEMBLE:
            needed |= {member for members in study.members_of(cell) for member in members}
    return lambda cell, draw: cell in needed or (str(cell) == study.shown and draw == 0)


def _fingerprint(job: Job, study: Study) -> str:
    """Fingerprint of a job: every field of its parts of the study but the few that are named."""
    elsewhere = {*Question.model_fields} | IN_OTHER_FORM | SHOWN | JUDGED
    ensemble = None if job.variant else study.ensembles[job.cell.variant]
    determinants = {
        "cell": job.cell,
        "draw": job.draw,
        "study": study.model_dump(mode="json", exclude=elsewhere),
        "variant": job.variant and job.variant.model_dump(mode="json", exclude=OF_CELLS_ALONE),
        "training": job.training and job.training.model_dump(mode="json"),
        "ensemble": ensemble and ensemble.model_dump(mode="json", exclude=MEMBERS),
        "hyperparameters": job.hyperparameters,
        "seed": job.seed,
        "target": [job.target.digest, asdict(job.target.selection)],
        "source": job.source_digest,
        "after": [other.fingerprint for other in job.comes_after],
        "members": len(job.members),
        "keeps_features": job.keeps_features,
    }
    return fingerprint("transfer", determinants)
