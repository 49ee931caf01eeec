"""report@<corpus>: what the tracked runs of a corpus show, as a page to read."""

import time

from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    conditions_file,
    environment_file,
    headlines_file,
    made_with_file,
    record_file,
    report_folder,
    sources_metrics_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import assembly, headlines, reading
from glyph_transfer.stages import program
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import (
    Record,
    measured_conditions,
    read_conditions,
    read_record,
)
from glyph_transfer.tracking.store import TrackedRun


def main(corpus: str) -> None:
    """Write what stands in reports/CORPUS: the page, its plain twin, figures and numbers."""
    started = time.time()
    settings = params.load(corpus=corpus)
    runs = find_runs(corpus, settings)
    evidence = reading.gather(corpus, settings, runs)
    files = assembly.write(assembly.compose(evidence), report_folder(corpus))
    numbers = headlines.headlines(evidence.studies, evidence.answers)
    write_json(headlines_file(corpus), numbers)
    trained = {name: source.metrics for name, source in evidence.sources.items() if source}
    write_json(sources_metrics_file(corpus), trained)
    write_json(made_with_file(corpus), read_json(environment_file())["training"])
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


def find_runs(corpus: str, settings: Params) -> dict[str, TrackedRun | None]:
    """Give the runs of the stages that a report expects, None for those that have not run, and
    of those that no study has to have where they have run.
    """
    runs = {stage: find_run(corpus, stage) for stage in reading.expected_stages(settings)}
    possible = {stage: find_run(corpus, stage) for stage in reading.possible_stages(settings)}
    return runs | {stage: run for stage, run in possible.items() if run}


def find_run(corpus: str, stage: str) -> TrackedRun | None:
    """Give the run of a stage, logged again if the store lacks it; None if it has not run."""
    path = record_file(corpus, stage)
    if not path.exists():
        return None
    record = read_record(path)
    store.log(record, read_conditions(conditions_file(corpus, stage)), restored=True)
    return store.read(record)


if __name__ == "__main__":
    program.run(main)
