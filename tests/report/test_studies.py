"""The section of a study: every number under its heading."""

from dataclasses import replace

import pytest

from glyph_transfer.report import reading, studies
from glyph_transfer.report.page import Picture, Table
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    evaluated,
    label_worth_row,
    lines_of,
    runs,
    settings,
    tables,
)


def gathered(**changes):
    return reading.gather("embedded", settings(), runs(**changes))


@pytest.fixture(scope="module")
def section():
    """The section of a study that has run."""
    return studies.section(gathered(), STUDY)


def test_a_study_begins_with_how_it_trains(section):
    how = section.blocks[1].text
    for said in (
        "Trains tominet on digits", "labelled images: 100, sampling random", "draws: 3 at 100",
        "adam, batches of 10, 50 epochs", "batch-norm momentum 0.9",
    ):  # fmt: skip
        assert said in how


def test_each_interval_of_a_difference_is_under_its_heading(section):
    (row,) = lines_of(section, "corrected interval")
    assert row["difference (points) and interval over draws"] == "+25.0 [+20.0, +30.0]"
    assert row["corrected interval"] == "[+15.0, +35.0]"
    assert row["interval over test images"] == "[+22.0, +28.0]"
    assert (row["p"], row["does better"], row["verdict"]) == ("0.01", "1.00", "better")


def test_each_interval_of_a_cell_is_under_its_heading(section):
    scratch, _ = lines_of(section, "seconds per replicate")
    assert scratch["accuracy (%) and interval over draws"] == "60.0 [55.0, 65.0]"
    assert scratch["interval over test images"] == "[58.0, 62.0]"
    assert scratch["loss (nats) and interval over draws"] == "0.500 [0.550, 0.650]"
    assert (scratch["published (%)"], scratch["seconds per replicate"]) == ("55", "3.00")


def cell_caption(study):
    """What is said of the table of cells."""
    evidence = replace(gathered(), studies={STUDY: study})
    blocks = studies.section(evidence, STUDY).blocks
    return next(block.caption for block in blocks if isinstance(block, Table))


def test_where_all_images_are_learned_draws_are_not_of_images():
    study = gathered().studies[STUDY]
    assert "labelled images, initial weights and orders of batches and these" in cell_caption(study)
    everything = [
        replace(row, cell=row.cell._replace(n_train="all"), n_train="all") for row in study.cells
    ]
    seconds = {row.cell: [] for row in everything}
    whole = replace(
        study, cells=everything, differences=[], seconds=seconds, training_seconds=seconds
    )
    assert "with other initial weights and orders of batches and these" in cell_caption(whole)


def test_labels_and_test_curves_are_shown_where_there_are_any():
    made = tables()
    rows = [label_worth_row(), label_worth_row(size=float("inf"))]
    made |= {"labels": rows, "curves": [replace(made["curves"][0], test_loss=0.25)]}
    section = studies.section(gathered(evaluate_few_labels=evaluated(made)), STUDY)
    names = [block.name for block in section.blocks if isinstance(block, Picture)]
    assert {"few_labels-labels", "few_labels-test_curves"} <= {*names}
    first, second = lines_of(section, "is worth so many labels")
    assert first == {
        "cell": str(LETTERS), "is worth so many labels": "90",
        "95 % interval": "[80, not reached within 100]", "of": str(SCRATCH).removesuffix("/100"),
        "never reached (%)": "25.0", "draws": "3",
    }  # fmt: skip
    assert second["is worth so many labels"] == "not reached within 100"
