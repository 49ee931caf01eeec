"""Speedups, from seconds that can be divided in the head."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.verdicts import ClaimVerdict
from glyph_transfer.report import reading, times
from glyph_transfer.report.times import Speedup
from tracked_runs import LETTERS, SCRATCH, STUDY, claim_row, runs, settings


@pytest.fixture(scope="module")
def study():
    """Scratch takes 1, 2 and 4 s, letters 0.5 s each: 100 images, 50 epochs."""
    return reading.gather("embedded", settings(), runs()).studies[STUDY]


def test_seconds_are_divided_by_images_and_epochs(study):
    assert times.per_image(study, SCRATCH) == [1 / 5000, 2 / 5000, 4 / 5000]


def test_a_speedup_is_a_ratio_of_medians_with_the_range_of_draws(study):
    assert times.speedup(study, LETTERS, SCRATCH) == Speedup(4.0, 2.0, 8.0, 3)
    assert str(times.speedup(study, LETTERS, SCRATCH)) == "4.00 [2.00, 8.00]"


def test_only_draws_that_both_have_count(study):
    fewer = replace(study, training_seconds=study.training_seconds | {LETTERS: [0.5]})
    assert times.speedup(fewer, LETTERS, SCRATCH) == Speedup(2.0, 2.0, 2.0, 1)


def test_half_the_epochs_are_no_speedup(study):
    row = replace(study.cells[1], epochs=25)
    cells = [study.cells[0], row]
    assert times.speedup(replace(study, cells=cells), LETTERS, SCRATCH).ratio == 2.0


@pytest.mark.parametrize("seconds", [[], [0.0, 0.5, 0.5]])
def test_times_that_were_not_measured_give_no_speedup(study, seconds):
    unknown = replace(study, training_seconds=study.training_seconds | {LETTERS: seconds})
    assert times.speedup(unknown, LETTERS, SCRATCH) is None


def test_an_ensemble_trains_nothing(study):
    cells = [replace(row, epochs=0) for row in study.cells]
    assert times.per_image(replace(study, cells=cells), SCRATCH) == []


def claimed(study, cell=LETTERS, than=SCRATCH):
    row = claim_row(
        name="time", score="time", cell=cell, than=than, expects="lower",
        verdict=ClaimVerdict.TIMED, estimate=None, low=None, high=None,
    )  # fmt: skip
    value = replace(study.published[0], claim="time", verdict=ClaimVerdict.TIMED)
    return replace(study, claims=[*study.claims, row], published=[*study.published, value])


@pytest.mark.parametrize(
    ("cell", "than", "seconds", "verdict"),
    [
        (LETTERS, SCRATCH, [0.5, 0.5, 0.5], "confirmed"),
        (SCRATCH, LETTERS, [0.5, 0.5, 0.5], "refuted"),
        (LETTERS, SCRATCH, [0.5, 0.5, 4.5], "too few draws"),
        (LETTERS, SCRATCH, [], "not tracked"),
    ],
)
def test_a_claim_of_times_is_confirmed_where_every_draw_agrees(study, cell, than, seconds, verdict):
    timed = replace(study, training_seconds=study.training_seconds | {LETTERS: seconds})
    judged = times.judged(claimed(timed, cell, than))
    assert judged.claims[-1].verdict == judged.published[-1].verdict == verdict
    assert judged.claims[0] == study.claims[0], "those of scores stay"


def test_a_claim_of_times_has_the_speedup_and_its_range(study):
    row = times.judged(claimed(study)).claims[-1]
    assert (row.estimate, row.low, row.high, row.draws) == (4.0, 2.0, 8.0, 3)
