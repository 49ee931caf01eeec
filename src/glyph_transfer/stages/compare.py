"""The MLflow project's entry point: one source against training from scratch.

DVC brings the sets and the source network up to date, or takes them from its cache. The
replicates come from the study's outputs where those were made from the same things, and
are trained otherwise. All runs are put under the one that `mlflow run` made.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

from glyph_transfer import params, tracking
from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    comparison_folder,
    conditions_file,
    record_file,
    set_file,
    study_folder,
)
from glyph_transfer.params import Params
from glyph_transfer.protocol import NO_SOURCE, Cell, Study
from glyph_transfer.records import measured_conditions, read_conditions, read_record
from glyph_transfer.report import assembly
from glyph_transfer.stages import evaluate, program, transfer
from glyph_transfer.studies import replicates, results
from glyph_transfer.studies.replicates import Job
from glyph_transfer.studies.results import CellResults

PARAMS = Path("params.yaml")


def main(corpus: str, study: str, source: str) -> None:
    """Compare SOURCE with training from scratch, as STUDY does, on CORPUS."""
    settings = params.load(PARAMS)
    chosen = restrict(settings, study, source, corpus)
    tags = {"corpus": corpus, "study": study, "source": source}
    with tracking.comparison(f"{study}: {source} ({corpus})", tags) as comparison:
        reproduce(chosen, source, corpus)
        started = time.time()
        runs = {}
        for stage in stages_of(chosen, source):
            record = read_record(record_file(corpus, stage))
            conditions = read_conditions(conditions_file(corpus, stage))
            runs[stage] = comparison.log(record, conditions)
        jobs = transfer.plan(settings, study, chosen, corpus)
        cells = take_or_train(jobs, study_folder(corpus, study), settings)
        target = sets.load(set_file(corpus, chosen.target))
        tables = evaluate.evaluate(chosen, cells, target, settings.seed)
        folder = comparison_folder(corpus, study, source)
        files = [
            *evaluate.write(tables, folder),
            *evaluate.draw(tables, target, folder / "study"),
        ]
        trained = transfer.describe(chosen, study, corpus, cells)
        evaluated = evaluate.describe(trained, chosen, tables, files)
        conditions = measured_conditions(started)
        runs[study] = comparison.log(trained, conditions)
        runs[f"evaluate_{study}"] = comparison.log(evaluated, conditions)
        shown = settings.model_copy(update={"studies": {study: chosen}})
        page, *_ = assembly.write(assembly.build(corpus, shown, runs), folder)
        comparison.add(evaluated.metrics, folder)
    print(f"Report: {page}")


def restrict(settings: Params, name: str, source: str, corpus: str) -> Study:
    """Give the study with the cells of one source and of training from scratch.

    Raises:
        InputError: where corpus, study or source is unknown, or the study lacks the source.
    """
    study = settings.study(name, corpus)
    if source not in study.sources or source == NO_SOURCE:
        known = ", ".join(s for s in study.sources if s != NO_SOURCE)
        raise InputError(f"unknown source '{source}'; the sources of the study {name} are: {known}")
    return study.restricted_to([NO_SOURCE, source])


def stages_of(study: Study, source: str) -> list[str]:
    """Names of the stages that come before the study's own."""
    roles = dict.fromkeys((study.target, source))
    made = [f"{stage}_{role}" for role in roles for stage in ("download", "convert")]
    return [*made, f"pretrain_{study.model}-{source}"]


def reproduce(study: Study, source: str, corpus: str) -> None:
    """Let DVC bring the target's set and the source network up to date."""
    targets = [f"convert@{corpus}-{study.target}", f"pretrain_{study.model}@{corpus}-{source}"]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    with listed(corpus):
        done = subprocess.run(
            [sys.executable, "-m", "dvc", "repro", *targets],
            env=os.environ | {"PATH": path},
            check=False,
        )
    if done.returncode:
        raise InputError(f"`dvc repro {' '.join(targets)}` failed; its messages are above")


@contextmanager
def listed(corpus: str) -> Iterator[None]:
    """Have `corpus` among params.yaml's corpora, for DVC knows no others; then restore it."""
    before = PARAMS.read_bytes()
    yaml = YAML()
    content = yaml.load(before)
    if corpus in content["corpora"]:
        yield
        return
    content["corpora"].append(corpus)
    try:
        with replacing(PARAMS) as temporary:
            yaml.dump(content, temporary)
        yield
    finally:
        with replacing(PARAMS) as temporary:
            temporary.write_bytes(before)


def take_or_train(jobs: list[Job], folder: Path, settings: Params) -> dict[Cell, CellResults]:
    """Give the results of every cell: the study's where they are of these very jobs."""
    cells = {cell: [job for job in jobs if job.cell == cell] for cell in {j.cell: 0 for j in jobs}}
    taken = {cell: results.load_if_made_by(own, folder) for cell, own in cells.items()}
    missing = [job for cell, own in cells.items() if taken[cell] is None for job in own]
    replicates.run(missing, settings.workers, "replicates", settings.scheduler)
    return {
        cell: taken[cell] or results.stack(replicates.load(job.result) for job in own)
        for cell, own in cells.items()
    }


if __name__ == "__main__":
    program.run(main)
