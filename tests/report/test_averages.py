"""What unconverged moving averages explain, and when nothing is said to be explained."""

from dataclasses import replace

import pytest

from glyph_transfer.report import averages, reading
from glyph_transfer.report.averages import Averages, Spread
from glyph_transfer.report.cell_names import CellNames
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    cell_row,
    difference_row,
    replicate_rows,
    runs,
    settings,
)

FASHION = LETTERS._replace(source="fashion")
TWIN = "recalibrated"
"""Variants are not known by their names."""


def tracked():
    """The study of the tracked runs."""
    return reading.gather("embedded", settings(), runs()).studies[STUDY]


@pytest.mark.parametrize(
    ("published", "position"),
    [(0.59, "below all"), (0.60, "inside"), (0.67, "inside"), (0.80, "inside"), (0.81, "above")],
)
def test_a_published_run_is_compared_with_single_draws(published, position):
    rows = [*replicate_rows(LETTERS, (0.8, 0.6, 0.7)), *replicate_rows(FASHION, (0.1,))]
    assert position in averages.spread(rows, LETTERS).position(published)


def explained(effect=(0.1, 0.05, 0.15), here=(0.6, 0.8), there=(0.7, 0.9), **more):
    before, after = difference_row(LETTERS, 0.15, 0.1, 0.2), (0.02, 0.01, 0.03)
    given = {
        "study": "averages",
        "batch_norm_momentum": 0.99,
        "names": CellNames([SCRATCH, LETTERS], [LETTERS]),
        "plain": cell_row(SCRATCH, 0.75, 0.7, 0.8, published=0.67),
        "reestimated": cell_row(SCRATCH, 0.85, 0.8, 0.9),
        "effect": difference_row(SCRATCH._replace(variant=TWIN), *effect, draws=30),
        "draws": Spread(*here),
        "gains": [(before, difference_row(LETTERS._replace(variant=TWIN), *after))],
        "other_momentum": 0.9,
        "other_draws": Spread(*there),
        "stand_ins": False,
    }
    return Averages(**given | more)


@pytest.mark.parametrize(
    ("changes", "explains"),
    [
        ({}, True),
        ({"there": (0.6, 0.9)}, False),
        ({"here": (0.7, 0.9)}, False),
        ({"effect": (0.1, -0.1, 0.2)}, False),
        ({"effect": (-0.1, -0.2, -0.05)}, False),
        ({"effect": (0.1, None, None)}, False),
        ({"plain": cell_row(SCRATCH, 0.75, 0.7, 0.8)}, False),
    ],
)
def test_averages_may_explain_where_they_cost_and_only_they_fit(changes, explains):
    assert explained(**changes).may_explain is explains


def studies(**changes):
    """Two studies, the first with a re-estimated twin of training from scratch."""
    twin = SCRATCH._replace(variant=TWIN)
    protocol = tracked()
    own = {
        f"variants.{TWIN}.{name.rpartition('.')[2]}": value
        for name, value in protocol.params.items()
        if name.startswith("variants.scratch.")
    }
    own |= {f"variants.{TWIN}.reestimate_batch_norm": "True"} | changes
    default = replace(
        protocol,
        name="averages",
        params=protocol.params | {"batch_norm_momentum": "0.99"} | own,
        cells=[*protocol.cells, cell_row(twin, 0.7, 0.6, 0.8)],
        differences=[*protocol.differences, difference_row(twin, 0.1, 0.05, 0.15)],
        replicates=[*protocol.replicates, *replicate_rows(twin, (0.6, 0.7, 0.8))],
    )
    return default, protocol


def test_the_effect_of_averages_is_the_studys_own_comparison():
    pair = averages.pair(*studies(), stand_ins=False)
    assert pair.effect.accuracy == 0.1
    assert pair.effect.baseline == SCRATCH
    assert pair.reestimated.cell == SCRATCH._replace(variant=TWIN)
    assert (pair.batch_norm_momentum, pair.other_momentum) == (0.99, 0.9)


def test_the_gains_of_sources_are_paired_by_what_was_tracked():
    default, protocol = studies()
    twin = LETTERS._replace(variant="other")
    own = {"phases": "2 epochs of dense at 0.001", "reestimate_batch_norm": "True"}
    default = replace(
        default,
        params=default.params | {f"variants.other.{name}": value for name, value in own.items()},
        cells=[*default.cells, cell_row(twin, 0.8)],
        differences=[*default.differences, difference_row(twin, 0.05, 0.02, 0.08)],
    )
    ((before, after),) = averages.pair(default, protocol, stand_ins=False).gains
    assert (before.cell, after.cell) == (LETTERS, twin)


@pytest.mark.parametrize(
    "changes",
    [
        {f"variants.{TWIN}.phases": "3 epochs of all layers at 0.001"},
        {f"variants.{TWIN}.reestimate_batch_norm": "False"},
        {f"variants.{TWIN}.batch_size": "5"},
    ],
)
def test_a_variant_that_differs_otherwise_is_no_twin(changes):
    assert averages.pair(*studies(**changes), stand_ins=False) is None


def test_a_twin_may_have_another_baseline():
    pair = averages.pair(*studies(**{f"variants.{TWIN}.baseline": "scratch"}), stand_ins=False)
    assert pair.reestimated.cell.variant == TWIN


def test_a_twin_that_is_not_compared_with_the_same_training_has_no_effect():
    default, protocol = studies()
    *_, effect = default.differences
    other = [*default.differences[:-1], replace(effect, baseline=LETTERS)]
    assert averages.pair(replace(default, differences=other), protocol, stand_ins=False) is None


def test_no_effect_without_a_network_scored_both_ways():
    protocol = tracked()
    assert averages.pair(protocol, protocol, stand_ins=False) is None
