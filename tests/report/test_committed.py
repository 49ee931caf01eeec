"""Results as they lie in the project's folder."""

from pathlib import Path

import pytest

from glyph_transfer.analysis.rows import TABLES, write_csv
from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.errors import InputError
from glyph_transfer.layout import conditions_file
from glyph_transfer.protocol import params
from glyph_transfer.report import committed, reading
from glyph_transfer.tracking.records import Conditions, write_conditions
from tracked_runs import LETTERS, SCRATCH, STUDY, claim_row, runs, settings, tables

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the tables of a study, one of its claims a claim of times."""
    monkeypatch.chdir(tmp_path)
    write(tables() | {"claims": [claim_row(score="time", verdict=ClaimVerdict.TIMED)]})
    return tmp_path


def write(made):
    for name, row_type in TABLES.items():
        write_csv(Path("results", STUDY, f"{name}.csv"), made[name], row_type)


def read(**answers):
    return committed.read_studies(Path("results"), "embedded", settings(STUDY, **answers))[STUDY]


@pytest.mark.usefixtures("project")
def test_tables_are_those_of_the_tracked_run():
    write(tables())
    tracked = reading.gather("embedded", settings(), runs()).studies[STUDY]
    ours = read()
    for name in ("cells", "differences", "replicates", "published", "label_worth", "confusion"):
        assert getattr(ours, name) == getattr(tracked, name)


@pytest.mark.usefixtures("project")
def test_without_times_a_claim_of_them_is_not_tracked():
    study = read()
    assert study.training_seconds == {SCRATCH: [], LETTERS: []}
    assert [row.verdict for row in study.claims] == [ClaimVerdict.NOT_TRACKED]


@pytest.mark.usefixtures("project")
def test_times_of_this_machine_judge_a_claim_of_them():
    seconds = {str(SCRATCH): [4.0, 4.0, 4.0], str(LETTERS): [1.0, 2.0, 1.0]}
    taken = Conditions("2026-01-02T03:04:05+00:00", 7.25, "abc", "a machine", {}, {}, seconds)
    write_conditions(taken, conditions_file("embedded", STUDY))
    study = read()
    assert study.training_seconds[LETTERS] == [1.0, 2.0, 1.0]
    assert [row.verdict for row in study.claims] == [ClaimVerdict.CONFIRMED]


@pytest.mark.usefixtures("project")
def test_a_study_that_lacks_a_table_has_not_run():
    Path("results", STUDY, "claims.csv").unlink()
    assert read() is None


@pytest.mark.usefixtures("project")
def test_a_broken_table_is_named():
    Path("results", STUDY, "cells.csv").write_text("cell\nx\n")
    with pytest.raises(InputError, match=r"cells\.csv: has the columns"):
        read()


@pytest.mark.parametrize("corpus", ["embedded", "official"])
def test_twins_and_own_batch_sizes_of_the_shipped_studies_are_known(corpus):
    """What the page knows from what was tracked, the screen knows from params.yaml."""
    shipped = params.load(REPOSITORY / "params.yaml", corpus)
    found = committed.read_studies(REPOSITORY / "reports" / corpus, corpus, shipped)
    studies = {name: study for name, study in found.items() if study}
    for name, study in studies.items():
        for variant, made in shipped.studies[name].variants.items():
            assert study.has_own_batch_size(variant) == (made.batch_size is not None)
    twins = {
        study.reestimated(row.cell)
        for study in studies.values()
        for row in study.cells
        if study.reestimated(row.cell)
    }
    reestimated = {
        row.cell
        for name, study in studies.items()
        for row in study.cells
        if row.cell.variant in shipped.studies[name].variants
        and shipped.studies[name].variants[row.cell.variant].reestimate_batch_norm
    }
    assert twins == reestimated != set()
