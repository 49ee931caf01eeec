"""report@<corpus>: what the tracked runs of a corpus show, as a page to read."""

import time

from glyph_transfer.errors import InputError
from glyph_transfer.files import write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    headlines_file,
    records_folder,
    report_folder,
    sources_metrics_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import assembly, headlines, own_tasks, reading
from glyph_transfer.stages import program
from glyph_transfer.tracking import client, kept, store
from glyph_transfer.tracking.kept import Kept
from glyph_transfer.tracking.records import Record, measured_conditions
from glyph_transfer.tracking.store import TrackedRun


def main(corpus: str) -> None:
    """Write what stands in reports/CORPUS: the page, its plain twin, figures and numbers."""
    started = time.time()
    settings = params.load(corpus=corpus)
    tasks = own_tasks.read(settings)
    runs = find_runs(corpus, settings)
    evidence = reading.gather(corpus, settings, runs)
    files = assembly.write(assembly.Page(evidence, tasks), report_folder(corpus))
    numbers = headlines.headlines(evidence.studies, evidence.answers)
    write_json(headlines_file(corpus), numbers)
    trained = {name: source.metrics for name, source in evidence.sources.items() if source}
    write_json(sources_metrics_file(corpus), trained)
    tags = [run.tags for run in runs.values() if run]
    provenances = {each["provenance"] for each in tags if "provenance" in each}
    record = Record(
        name=f"report ({corpus})",
        experiment="report",
        tags={
            "stage": "report",
            "corpus": corpus,
            "provenance": min(provenances, key=sets.PROVENANCES.index, default="unknown"),
        },
        metrics=numbers,
        artifacts=[str(path) for path in files],
        description="The page, its plain twin and its figures, as made from the runs marked "
        "`current`.",
        about="Reports: what the tracked runs of a corpus show.",
    )
    # not program.finish: its files would lie in a folder that this stage depends on
    program.log(record, measured_conditions(started))
    for name in [each.name for each in evidence.finished][:1]:
        print(f"The runs of {name}, after `mlflow ui`: {client.address_of(name)}")


def find_runs(corpus: str, settings: Params) -> dict[str, TrackedRun | None]:
    """Give the runs of the stages that a report expects, None for those that are not kept, and
    of those that no study has to have where they are. The store has all of them then.

    Raises:
        InputError: where no stage is kept, stages were trained by other code than today's, or a
            study's tables are of other trainings than its record.
    """
    possible = reading.possible_stages(settings)
    expected = reading.expected_stages(settings)
    found = {stage: kept.read(corpus, stage) for stage in [*expected, *possible]}
    there = {stage: each for stage, each in found.items() if each}
    if not there:
        raise InputError(
            f"{records_folder(corpus)} has no records of stages; the page that is there stays. "
            f"`dvc repro` with '{corpus}' under `corpora` in params.yaml, then "
            f"`python -m glyph_transfer.stages keep {corpus}`, which keeps what is finished."
        )
    kept.check_code(there, corpus)
    for name in settings.studies:
        check_tables(name, there.get(name), there.get(f"evaluate_{name}"))
    runs = {stage: log(each) for stage, each in there.items()}
    return dict.fromkeys(expected) | runs


def check_tables(study: str, trained: Kept | None, evaluated: Kept | None) -> None:
    """Refuse tables of a study that are not of the trainings that are kept."""
    of = evaluated and evaluated.record.tags.get("trained")
    if evaluated and (trained is None or of != trained.record.fingerprint):
        raise InputError(
            f"{study}: its tables are of other trainings than those that are kept. Evaluate it "
            f"again, `dvc repro`, then `python -m glyph_transfer.stages keep CORPUS {study}`."
        )


def log(stage: Kept) -> TrackedRun:
    """Log a stage again if the store lacks it; give its run."""
    store.log(stage.record, stage.conditions, restored=True)
    return store.read(stage.record)


if __name__ == "__main__":
    program.run(main)
