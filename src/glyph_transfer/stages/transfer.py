"""<study>@<corpus>: train every replicate of a study and keep what it predicts."""

import hashlib
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from glyph_transfer import params
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    parts_folder,
    set_facts_file,
    set_file,
    source_file,
    study_folder,
)
from glyph_transfer.params import NO_SOURCE, Cell, Params, Phase, Study
from glyph_transfer.records import Dataset, Model, Record, rounded
from glyph_transfer.stages import program
from glyph_transfer.statistics import log_loss
from glyph_transfer.studies import replicates, results
from glyph_transfer.studies.replicates import Job
from glyph_transfer.studies.results import CellResults


def main(corpus: str, study: str) -> None:
    """Train the replicates of STUDY on CORPUS."""
    started = time.time()
    settings = params.load()
    chosen = settings.study(study, corpus)
    jobs = plan(settings, study, chosen, corpus)
    replicates.run(jobs, settings.workers, f"{study} ({corpus})", settings.scheduler)
    folder = study_folder(corpus, study)
    best = replicates.best(jobs)
    replicates.keep_network(best, folder / "best.keras", settings.workers, settings.scheduler)
    seconds = collect(jobs, folder)
    cells = {cell: results.load(results.cell_file(folder, cell)) for cell in chosen.cells}
    record = describe(chosen, study, corpus, cells)
    scores = record.children[jobs.index(best)].metrics
    model = Model(str(folder / "best.keras"), f"{study}-{corpus}", "best", scores)
    record = replace(record, model=model)
    record.tags["best_replicate"] = str(best)
    program.finish(record, corpus, study, started, replicate_seconds=seconds)
    shutil.rmtree(parts_folder(corpus, study))


def plan(settings: Params, name: str, study: Study, corpus: str) -> list[Job]:
    """List the replicates of a study on a corpus."""
    sources = {
        source: source_file(corpus, study.model, source)
        for source in study.sources
        if source != NO_SOURCE
    }
    return replicates.plan(
        study,
        settings.seed,
        set_file(corpus, study.target),
        sources,
        parts_folder(corpus, name),
        settings.feature_cache_mb,
    )


def collect(jobs: list[Job], folder: Path) -> dict[str, list[float]]:
    """Stack every cell's replicates into its file; give the seconds that each took."""
    seconds = {}
    for cell in dict.fromkeys(job.cell for job in jobs):
        finished = [replicates.load(job.result) for job in jobs if job.cell == cell]
        results.save(results.stack(finished), results.cell_file(folder, cell))
        seconds[str(cell)] = [round(float(result.seconds), 3) for result in finished]
    return seconds


def describe(study: Study, name: str, corpus: str, cells: dict[Cell, CellResults]) -> Record:
    """What is logged of a study's trainings: a run with one child for each replicate."""
    target = read_json(set_facts_file(corpus, study.target))
    labels = sets.load(set_file(corpus, study.target)).test.labels
    tags = {
        "stage": "transfer",
        "corpus": corpus,
        "study": name,
        "provenance": provenance(study, corpus),
    }
    return Record(
        name=f"{name} ({corpus})",
        experiment=name,
        tags=tags,
        params=describe_protocol(study),
        metrics={"replicates": float(study.draws * len(study.cells))},
        datasets=[
            Dataset(f"{corpus}-{study.target}", name, split["sha256"], split["images"])
            for name, split in target["splits"].items()
        ],
        children=[
            describe_replicate(cell, draw, cells[cell], labels, tags)
            for cell in study.cells
            for draw in range(study.draws)
        ],
    )


def describe_protocol(study: Study) -> dict[str, object]:
    """Everything that was chosen: of every variant the layers it loads, and its phases."""
    chosen = study.model_dump(include={"target", "model", "draws", "sampling"})
    chosen["n_train"] = ", ".join(map(str, study.n_train))
    for name, variant in study.variants.items():
        chosen[f"variants.{name}.load"] = ", ".join(variant.load) or "nothing"
        chosen[f"variants.{name}.phases"] = "; ".join(
            f"{phase.epochs} epochs of {_layers(phase)} at {phase.learning_rate:g}"
            for phase in variant.phases
        )
        if variant.batch_norm_momentum is not None:
            chosen[f"variants.{name}.batch_norm_momentum"] = variant.batch_norm_momentum
        if variant.reestimate_batch_norm:
            chosen[f"variants.{name}.reestimate_batch_norm"] = True
    return study.training.model_dump() | chosen


def _layers(phase: Phase) -> str:
    return "all layers" if phase.train == "all" else ", ".join(phase.train)


def describe_replicate(
    cell: Cell, draw: int, done: CellResults, labels: np.ndarray, tags: dict[str, str]
) -> Record:
    """What is logged of one replicate."""
    named = cell._asdict() | {"draw": draw}
    index = np.ascontiguousarray(done.index[draw])
    test_accuracy, test_loss, validation_accuracy, validation_loss = rounded(
        (
            np.mean(done.predicted[draw] == labels),
            log_loss(done.probability[draw]),
            done.validation_accuracy[draw],
            done.validation_loss[draw],
        )
    )
    return Record(
        name=f"{cell.source} {cell.variant} n={cell.n_train} draw {draw}",
        experiment=tags["study"],
        tags=tags | {"stage": "replicate"} | {key: str(value) for key, value in named.items()},
        params=named,
        metrics={
            "test_accuracy": test_accuracy,
            "test_loss": test_loss,
            "validation_accuracy": validation_accuracy,
            "validation_loss": validation_loss,
        },
        curves={
            "train_loss": rounded(done.loss[draw]),
            "train_accuracy": rounded(done.accuracy[draw]),
        },
        datasets=[
            Dataset(
                f"{tags['corpus']}-{cell.target}-draw-{draw}",
                "train",
                hashlib.sha256(index).hexdigest(),
                cell.n_train,
            )
        ],
    )


def provenance(study: Study, corpus: str) -> str:
    """Where the images of a study came from: the least official of all its sets."""
    roles = {study.target, *study.sources} - {NO_SOURCE}
    found = {read_json(set_facts_file(corpus, role))["provenance"] for role in roles}
    return min(found, key=sets.PROVENANCES.index)


if __name__ == "__main__":
    program.run(main)
