"""The MLflow project's entry point: one source against training from scratch.

DVC brings the sets and the source network up to date, or takes them from its cache. The
replicates come from the study's outputs where those were made from the same things, and
are trained otherwise. All runs are put under the one that `mlflow run` made.
"""

import subprocess
import sys
import time
from pathlib import Path

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.formats import format_accuracy, format_difference
from glyph_transfer.commands.reproduce import only_run, with_this_python
from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.experiments.description import describe
from glyph_transfer.experiments.plan import Job, images_by_target, plan_study
from glyph_transfer.experiments.results import CellResults, by_cell
from glyph_transfer.experiments.run import run
from glyph_transfer.layout import (
    comparison_folder,
    conditions_file,
    record_file,
    study_folder,
)
from glyph_transfer.protocol import NO_SOURCE, Cell, Study, params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import assembly
from glyph_transfer.stages import evaluate, program
from glyph_transfer.tracking.comparison import open_comparison
from glyph_transfer.tracking.enclosing import name_enclosing_run
from glyph_transfer.tracking.records import measured_conditions, read_conditions, read_record

PARAMS = Path("params.yaml")


def main(corpus: str, study: str, source: str) -> None:
    """Compare SOURCE with training from scratch, as STUDY does, on CORPUS."""
    name = f"{study}: {source} ({corpus})"
    name_enclosing_run(name)  # before anything that can fail
    settings = params.load(PARAMS, corpus)
    chosen = with_one_source(settings, study, source)
    tags = {"corpus": corpus, "study": study, "source": source}
    stages = stages_of(settings, chosen)
    with open_comparison(name, study, tags) as comparison:
        _tell(f"{name}: images and source networks, by DVC")
        reproduce(stages, corpus)
        started = time.time()
        runs = {}
        for stage in stages:
            record = read_record(record_file(corpus, stage))
            conditions = read_conditions(conditions_file(corpus, stage))
            runs[stage] = comparison.log(record, conditions)
        jobs = plan_study(settings, study, chosen)
        _tell(f"{name}: {len(jobs)} replicates; those of the study are taken, others trained")
        cells = take_or_train(jobs, study_folder(corpus, study), settings)
        targets = images_by_target(jobs)
        tested = {name: results.tested(images) for name, images in targets.items()}
        made = tables.make(chosen, cells, tested, settings.seed)
        folder = comparison_folder(corpus, study, source)
        _tell(f"{name}: tables, figures and runs")
        files = [
            *evaluate.write(made, folder),
            *evaluate.plot(made, tested, folder / "study", chosen.words),
        ]
        trained = describe(settings, study, chosen, cells, targets)
        evaluated = evaluate.describe(trained, chosen, settings.seed, made, files)
        conditions = measured_conditions(started)
        runs[study] = comparison.log(trained, conditions)
        runs[f"evaluate_{study}"] = comparison.log(evaluated, conditions)
        shown = settings.model_copy(update={"studies": {study: chosen}})
        page, *_ = assembly.write(assembly.build(corpus, shown, runs), folder)
        answer = result(made)
        comparison.add(evaluated.metrics, "\n\n".join([chosen.question, *answer]), folder)
    print(*answer, f"Report: {page}", sep="\n")


def result(made: evaluate.Tables) -> list[str]:
    """Say what a comparison gave: a line for each cell, and its difference from scratch."""
    differences = {row.cell: row for row in made["differences"]}
    lines = []
    for row in made["cells"]:
        line = f"{row.cell}: {format_accuracy(row)}"
        if row.cell in differences:
            line += f", {format_difference(differences[row.cell])} points against scratch"
        lines.append(f"{line} ({row.draws} draws)")
    return lines


def _tell(line: str) -> None:
    print(line, flush=True)


def with_one_source(settings: Params, name: str, source: str) -> Study:
    """Give the study with the cells of one source and of training from scratch.

    Raises:
        InputError: where study or source is unknown, or the study lacks the source.
    """
    study = settings.study(name)
    if source not in study.sources or source == NO_SOURCE:
        known = ", ".join(s for s in study.sources if s != NO_SOURCE)
        raise InputError(f"unknown source '{source}'; the sources of the study {name} are: {known}")
    return study.restricted_to([NO_SOURCE, source])


def stages_of(settings: Params, study: Study) -> list[str]:
    """Names of the stages that come before the study's own, as their records are named."""
    roles = settings.roles_of(study)
    made = [f"{stage}_{role}" for role in roles for stage in ("download", "convert")]
    return [*made, *(f"pretrain_{model}-{source}" for model, source in study.pretrained)]


def reproduce(stages: list[str], corpus: str) -> None:
    """Let DVC bring sets and source networks up to date, without touching params.yaml.

    Raises:
        InputError: where that fails.
    """
    targets = [dvc_name(stage, corpus) for stage in stages if not stage.startswith("download")]
    command = [sys.executable, "-m", "glyph_transfer.commands.listed", corpus, "repro", *targets]
    with only_run():  # DVC would fail where another process runs stages
        done = subprocess.run(command, env=with_this_python(), check=False)
    if done.returncode:
        raise InputError(f"`dvc repro {' '.join(targets)}` failed; its messages are above")


def dvc_name(stage: str, corpus: str) -> str:
    """Name that dvc.yaml has for the stage of a record: `pretrain_tominet@embedded-letters`."""
    name, _, item = stage.partition("-" if stage.startswith("pretrain") else "_")
    return f"{name}@{corpus}-{item}"


def take_or_train(jobs: list[Job], folder: Path, settings: Params) -> dict[Cell, CellResults]:
    """Give the results of every cell: the study's where they are of these very jobs."""
    cells = by_cell(jobs)
    taken = {cell: results.load_if_made_by(own, folder) for cell, own in cells.items()}
    missing = [job for cell, own in cells.items() if taken[cell] is None for job in own]
    run(missing, settings.workers, "replicates", settings.scheduler)
    return {
        cell: taken[cell] or results.stack(results.load_result(job.result) for job in own)
        for cell, own in cells.items()
    }


if __name__ == "__main__":
    program.run(main)
