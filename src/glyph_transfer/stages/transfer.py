"""<study>@<corpus>: train every replicate of a study and keep what it predicts."""

import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from glyph_transfer.experiments import replicates, results
from glyph_transfer.experiments.plan import Files, Job
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet, Selection
from glyph_transfer.layout import (
    found_file,
    parts_folder,
    set_facts_file,
    set_file,
    source_file,
    study_folder,
)
from glyph_transfer.protocol import Cell, Phase, Study, candidates, params
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params
from glyph_transfer.scores import log_loss
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Model, Record, rounded


def main(corpus: str, study: str) -> None:
    """Train the replicates of STUDY on CORPUS."""
    started = time.time()
    settings = params.load(corpus=corpus)
    chosen = settings.study(study)
    jobs = plan(settings, study, chosen, corpus)
    replicates.run(jobs, settings.workers, f"{study} ({corpus})", settings.scheduler)
    folder = study_folder(corpus, study)
    measured = collect(jobs, folder)
    targets = select_targets(settings, chosen, corpus)
    for name, target in targets.items():
        results.save_tested(tested(target), results.tested_file(folder, name))
    cells = {cell: results.load(results.cell_file(folder, cell)) for cell in chosen.cells}
    shown = shown_job(chosen, jobs, cells)
    replicates.keep_network(shown, folder / "shown.keras", settings.workers, settings.scheduler)
    record = describe(settings, study, chosen, corpus, cells, targets)
    scores = record.children[jobs.index(shown)].metrics
    model = Model(str(folder / "shown.keras"), f"{study}-{corpus}", "shown", scores)
    record = replace(record, model=model)
    record.tags["shown_replicate"] = str(shown)
    program.finish(record, corpus, study, started, **measured)
    shutil.rmtree(parts_folder(corpus, study))


def plan(settings: Params, name: str, study: Study, corpus: str) -> list[Job]:
    """List the replicates of a study on a corpus."""
    files = Files(
        targets={
            target: (set_file(corpus, settings.role_of(target)), selection(settings, study, target))
            for target in targets_of(study)
        },
        sources={
            (model, source): source_file(corpus, model, source)
            for model, source in study.pretrained
        },
        parts=parts_folder(corpus, name),
        found=found_for(study, corpus),
    )
    return make_plan(study, settings.seed, files, settings.feature_cache_mb)


def found_for(study: Study, corpus: str) -> Candidate | None:
    """Give what the search found, if a variant of the study takes it."""
    if not any(variant.searched for variant in study.variants.values()):
        return None
    return candidates.load(found_file(corpus))


def targets_of(study: Study) -> list[str]:
    """Names of the sets that a study learns."""
    return list(dict.fromkeys(cell.target for cell in study.cells))


def selection(settings: Params, study: Study, target: str) -> Selection:
    """Which images of its role's set a study takes for a target."""
    return Selection(settings.classes_of(target), study.validation, study.images)


def select_targets(settings: Params, study: Study, corpus: str) -> dict[str, ImageSet]:
    """Load the sets that a study learns, as it divides them."""
    loaded = {}
    for target in targets_of(study):
        whole = sets.load(set_file(corpus, settings.role_of(target)))
        chosen = selection(settings, study, target)
        loaded[target] = sets.select(target, whole, chosen, settings.seed)
    return loaded


def tested(target: ImageSet) -> Tested:
    """Give the test images of a target."""
    return Tested(target.classes, target.test.images, target.test.labels)


def shown_job(study: Study, jobs: list[Job], cells: dict[Cell, CellResults]) -> Job:
    """Give the replicate whose network is kept: the best one of the cell that is shown."""
    cell = results.shown_cell(study, cells)
    draw = results.best_draw(cells[cell])
    return next(job for job in jobs if (job.cell, job.draw) == (cell, draw))


def collect(jobs: list[Job], folder: Path) -> dict[str, dict[str, list[float]]]:
    """Stack every cell's replicates into its file; give the seconds that each took."""
    seconds = {"replicate_seconds": {}, "training_seconds": {}}
    for cell in dict.fromkeys(job.cell for job in jobs):
        finished = [replicates.load(job.result) for job in jobs if job.cell == cell]
        results.save(results.stack(finished), results.cell_file(folder, cell))
        for what, field in (("replicate_seconds", "seconds"), ("training_seconds",) * 2):
            taken = [round(float(getattr(result, field)), 3) for result in finished]
            seconds[what][str(cell)] = taken
    return seconds


def describe(
    settings: Params,
    name: str,
    study: Study,
    corpus: str,
    cells: dict[Cell, CellResults],
    targets: dict[str, ImageSet],
) -> Record:
    """What is logged of a study's trainings: a run with one child for each replicate."""
    tags = {
        "stage": "transfer",
        "corpus": corpus,
        "study": name,
        "provenance": provenance(settings, study, corpus),
    }
    return Record(
        name=f"{name} ({corpus})",
        experiment=name,
        tags=tags,
        params=describe_protocol(study, found_for(study, corpus)),
        metrics={"replicates": float(sum(map(study.draws_of, study.cells)))},
        datasets=[
            Dataset(f"{corpus}-{target}", split, getattr(images, split).digest, n)
            for target, images in targets.items()
            for split in sets.SPLITS
            if (n := len(getattr(images, split)))
        ],
        children=[
            describe_replicate(cell, draw, cells[cell], targets[cell.target].test.labels, tags)
            for cell in study.cells
            for draw in range(study.draws_of(cell))
        ],
    )


def describe_protocol(study: Study, found: Candidate | None = None) -> dict[str, object]:
    """Everything that was chosen: of every variant the layers it loads, and its phases.

    Args:
        study: whose protocol it is.
        found: what its variants that are `searched` take from the search.
    """
    fields = {"model", "sampling", "validation", "score_every", "sources_from", "shown", "images"}
    chosen = study.model_dump(include=fields, exclude_none=True)
    chosen["targets"] = ", ".join(targets_of(study))
    chosen["n_train"] = ", ".join(map(str, study.n_train))
    chosen["draws"] = ", ".join(
        f"{study.draws_of(cell)} at {cell.n_train}"
        for cell in {cell.n_train: cell for cell in study.cells}.values()
    )
    for name, variant in study.variants.items():
        if variant.searched:
            variant = variant.at(found.learning_rate)
            chosen[f"variants.{name}.searched"] = _listed(asdict(found))
        chosen[f"variants.{name}.load"] = ", ".join(variant.load) or "nothing"
        chosen[f"variants.{name}.phases"] = "; ".join(map(_phase, variant.phases))
        for field in ("source_model", "batch_size", "batch_norm_momentum", "reestimate_batch_norm"):
            value = getattr(variant, field)
            if value is not None and value is not False:
                chosen[f"variants.{name}.{field}"] = value
    for name, ensemble in study.ensembles.items():
        of_best = f" and the best of {', '.join(ensemble.best_of)}" if ensemble.best_of else ""
        chosen[f"ensembles.{name}.members"] = f"{', '.join(ensemble.members)}{of_best}"
    return study.training.model_dump() | chosen


def _listed(hyperparameters: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in hyperparameters.items())


def _phase(phase: Phase) -> str:
    layers = "all layers" if phase.train == "all" else ", ".join(phase.train)
    most = f", at most {phase.most_steps:,} steps" if phase.most_steps else ""
    return f"{phase.epochs} epochs of {layers} at {phase.learning_rate:g}{most}"


def describe_replicate(
    cell: Cell, draw: int, done: CellResults, labels: np.ndarray, tags: dict[str, str]
) -> Record:
    """What is logged of one replicate."""
    named = cell._asdict() | {"draw": draw}
    measured = {
        "test_accuracy": np.mean(done.predicted[draw] == labels),
        "test_loss": log_loss(done.probability[draw]),
        "validation_accuracy": done.validation_accuracy[draw],
        "validation_loss": done.validation_loss[draw],
    }
    known = {name: value for name, value in measured.items() if np.isfinite(value)}
    return Record(
        name=f"{cell} draw {draw}",
        experiment=tags["study"],
        tags=tags | {"stage": "replicate"} | {key: str(value) for key, value in named.items()},
        params=named,
        metrics=dict(zip(known, rounded(known.values()), strict=True)),
        curves=describe_curves(done, draw),
        datasets=[
            Dataset(
                f"{tags['corpus']}-{cell.target}-draw-{draw}",
                "train",
                sets.index_digest(done.index[draw]),
                len(done.index[draw]),
            )
        ],
    )


def describe_curves(done: CellResults, draw: int) -> dict[str, list[float]]:
    """Curves of a replicate, those on test images where they were scored after every epoch."""
    names = {"train_loss": done.loss, "train_accuracy": done.accuracy}
    if done.scored.shape == done.loss.shape:
        names |= {
            "test_loss_by_epoch": done.test_loss,
            "test_accuracy_by_epoch": done.test_accuracy,
        }
    return {name: rounded(values[draw]) for name, values in names.items()}


def provenance(settings: Params, study: Study, corpus: str) -> str:
    """Where the images of a study came from: the least official of all its sets."""
    facts = [read_json(set_facts_file(corpus, role)) for role in settings.roles_of(study)]
    return min((each["provenance"] for each in facts), key=sets.PROVENANCES.index)


if __name__ == "__main__":
    program.run(main)
