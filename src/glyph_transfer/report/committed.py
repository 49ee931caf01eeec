"""Results of studies as they lie in the project's folder, without MLflow and its store."""

from pathlib import Path

from glyph_transfer.analysis.rows import TABLES, read_csv
from glyph_transfer.layout import conditions_file
from glyph_transfer.protocol import Cell, Recipe, Study
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import times
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.tracking.records import read_conditions

NOT_READ = ("curves",)
"""Tables that `StudyResults` has not."""


def read_studies(results: Path, corpus: str, settings: Params) -> dict[str, StudyResults | None]:
    """Read the results of every study of params.yaml; None for those that have none.

    Times are of the last run on this machine, where there was one.

    Args:
        results: folder with a folder for each study.
        corpus: whose results they are.
        settings: its studies, and how they train.

    Raises:
        InputError: where a table is not what the stage `evaluate` writes.
    """
    return {
        name: _read(name, results / name, corpus, study, settings.roles_of(study))
        for name, study in settings.studies.items()
    }


def _read(
    name: str, folder: Path, corpus: str, study: Study, roles: list[str]
) -> StudyResults | None:
    try:
        tables = {
            table: read_csv(folder / f"{table}.csv", row_type)
            for table, row_type in TABLES.items()
            if table not in NOT_READ
        }
    except FileNotFoundError:
        return None
    path = conditions_file(corpus, name)
    conditions = read_conditions(path) if path.exists() else None
    return times.judged(
        StudyResults(
            name=name,
            question=study.question,
            roles=roles,
            params=_protocol(study),
            pictures={},
            seconds=_by_cell(conditions.replicate_seconds if conditions else {}, tables["cells"]),
            training_seconds=_by_cell(
                conditions.training_seconds if conditions else {}, tables["cells"]
            ),
            author=study.author or "",
            words=study.words,
            label_worth=tables.pop("labels"),
            **tables,
        )
    )


def _by_cell(seconds: dict[str, list[float]], cells: list) -> dict[Cell, list[float]]:
    return {row.cell: seconds.get(str(row.cell), []) for row in cells}


def _protocol(study: Study) -> dict[str, str]:
    """What is tracked of how a study trains, as far as its results are told apart by it."""
    own = {
        f"variants.{name}.{field}": str(value)
        for name, variant in study.variants.items()
        for field, value in variant.model_dump(
            include={*Recipe.model_fields, "source_model"}, exclude_defaults=True
        ).items()
    }
    return own | {"batch_norm_momentum": f"{study.training.batch_norm_momentum:g}"}
