"""The tables of a study: every number under its heading."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.report import assembly, reading, tables
from seen_page import table_of
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    claim_row,
    difference_row,
    label_worth_row,
    published_row,
    runs,
    settings,
)

EVIDENCE = reading.gather("embedded", settings(), runs())

pytestmark = pytest.mark.usefixtures("without_drawing")


@pytest.fixture
def study():
    """The study of the tracked runs."""
    return EVIDENCE.studies[STUDY]


def page_of(study):
    """The page of a study alone, as HTML."""
    return assembly.html(assembly.Page(replace(EVIDENCE, studies={STUDY: study})))


def lines(study, table):
    """The lines of one of its tables: heading -> text."""
    return table_of(page_of(study), f"{STUDY}-{table}")


def test_a_difference_has_one_interval_over_draws_and_it_is_the_corrected_one(study):
    (row,) = lines(study, "differences")
    assert row == {
        "cell": "from letters, frozen", "verdict": "better", "points": "+25.0 [+15.0, +35.0]",
        "over images": "[+22.0, +28.0]", "p": "0.01", "does better": "1.00", "draws": "3",
    }  # fmt: skip


def test_baselines_are_a_column_where_they_differ(study):
    deep = LETTERS._replace(variant="deep")
    other = difference_row(deep, 0.1, 0.05, 0.15, baseline=LETTERS)
    found = lines(replace(study, differences=[*study.differences, other]), "differences")
    assert [row["against"] for row in found] == ["from scratch", "from letters, frozen"]
    assert "<b>Every comparison, against: from scratch</b>" in page_of(study)


def test_each_interval_of_a_cell_is_under_its_heading(study):
    scratch, _ = lines(study, "cells")
    assert scratch["right (%)"] == "60.0 [55.0, 65.0]"
    assert scratch["over images"] == "[58.0, 62.0]"
    assert scratch["loss (nats)"] == "0.500 [0.550, 0.650]"
    assert (scratch["published"], scratch["seconds"]) == ("55", "3.00")
    assert scratch["\N{MICRO SIGN}s an image"] == "400", "2 s, 100 images, 50 epochs"


def test_cells_have_their_form_in_params_yaml_behind_their_names(study):
    html = page_of(study)
    for cell, name in ((SCRATCH, "from scratch"), (LETTERS, "from letters, frozen")):
        assert f'title="{cell}">{name}<' in " ".join(html.split())


@pytest.mark.parametrize("verdict", DifferenceVerdict)
def test_a_verdict_has_a_tone_which_decides_nothing_that_is_open(verdict):
    tones = {DifferenceVerdict.BETTER: "good", DifferenceVerdict.WORSE: "bad"}
    row = difference_row(LETTERS, 0.1, verdict=verdict)
    assert tables.verdict(row).tone == tones.get(verdict, "open")


def test_what_is_worth_more_than_was_tried_says_so(study):
    rows = [label_worth_row(), label_worth_row(size=float("inf"))]
    first, second = lines(replace(study, label_worth=rows), "labels")
    assert first == {
        "cell": "from letters, frozen", "worth": "90", "95 % interval": "[80, not within 100]",
        "never (%)": "25.0", "draws": "3",
    }  # fmt: skip
    assert second["worth"] == "not within 100"


@pytest.mark.parametrize(
    ("changes", "test", "ours"),
    [
        ({}, "(from letters, frozen) less (from scratch): above 0 points", "+25.0 [+20.0, +30.0]"),
        (
            {"expects": "equal", "margin": 0.005},
            "between \N{MINUS SIGN}0.5 and 0.5 points",
            "+25.0 [+20.0, +30.0]",
        ),
        ({"score": "loss", "expects": "lower"}, "below 0 nats", "+0.250 [+0.200, +0.300]"),
        ({"expects": "steadier"}, "spread of (from letters, frozen) over", "0.25 [0.20, 0.30]"),
        ({"score": "time", "expects": "lower"}, "above 1 on every draw", "0.25 [0.20, 0.30]"),
    ],
)
def test_a_claim_says_what_is_tested_in_its_unit(study, changes, test, ours):
    (row,) = lines(replace(study, claims=[claim_row(**changes)]), "claims")
    assert test in row["our test"]
    assert row["ours"] == ours


def test_a_claim_stands_beside_both_published_values(study):
    (row,) = lines(study, "claims")
    assert row["published"] == "55 against 55 %"
    (alone,) = lines(replace(study, published=study.published[:1]), "claims")
    assert "published" not in alone


def rows(study, *values):
    return lines(replace(study, published=list(values)), "published")


def test_accuracies_and_losses_stand_in_their_units_beside_the_claim(study):
    cell = study.cells[0]
    accuracy, loss = rows(
        study,
        published_row(
            cell, 0.991, rounding=0.0005, about=0.001, claim="letters",
            verdict=ClaimVerdict.CONFIRMED,
        ),
        published_row(cell, 0.0253, "loss", rounding=0.00005, ours=0.5),
    )  # fmt: skip
    assert accuracy == {
        "cell": "from scratch", "score": "right (%)", "published": "about 99.1",
        "ours": "60.00 [55.00, 65.00]", "one more run": "30.00\N{EN DASH}90.00",
        "agreement": "agrees", "claim": "confirmed",
    }  # fmt: skip
    assert (loss["score"], loss["published"]) == ("loss (nats)", "0.0253")
    assert (loss["ours"], loss["claim"]) == ("0.500 [0.550, 0.650]", "none")


def test_where_one_more_run_would_lie_is_cut_to_what_can_be(study):
    high, below = rows(
        study,
        published_row(study.cells[0], expected_low=0.9, expected_high=1.2),
        published_row(study.cells[0], 1.1, "loss", expected_low=-0.2, expected_high=1.2),
    )
    assert high["one more run"] == "90.00\N{EN DASH}100.00"
    assert below["one more run"] == "0.000\N{EN DASH}1.200"


def test_one_draw_agrees_with_nothing(study):
    alone = replace(study.cells[0], accuracy_low=None, accuracy_high=None, draws=1)
    (row,) = rows(study, published_row(alone))
    assert (row["ours"], row["agreement"]) == ("60.00 (one draw)", "not known")
    assert "one more run" not in row


def test_a_speedup_is_timed_and_another_machines(study):
    none = dict.fromkeys(["ours", "low", "high", "expected_low", "expected_high", "draws"])
    timed = published_row(study.cells[1], 3.4483, "speedup", than=SCRATCH, agreement=None, **none)
    (row,) = rows(study, timed)
    assert row["score"] == "speedup over from scratch"
    assert (row["published"], row["ours"]) == ("3.45", "4.00 [2.00, 8.00]")
    assert row["agreement"] == "other machine"
    untimed = replace(study, training_seconds={SCRATCH: [], LETTERS: []})
    assert rows(untimed, timed)[0]["ours"] == "not tracked"
