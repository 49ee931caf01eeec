"""The gate's rules on hand-made metrics."""

import math

import numpy as np
import pytest

from glyph_transfer.commands.losses import (
    Estimate,
    MetricVerdict,
    Row,
    allowed_fall,
    compare,
    markdown_table,
    text_table,
)
from glyph_transfer.scores import proportion_interval

FILE = "reports/embedded/few_labels/metrics.json"
SOURCE = "reports/embedded/sources/tominet-letters.json"
CELL = "digits/tominet/letters/head_then_finetune/100"
SCRATCH = "digits/tominet/none/scratch/100"


def estimate(accuracy, half_width=0.02, prefix="", **beside):
    return {
        f"{prefix}accuracy": accuracy,
        f"{prefix}accuracy_low": accuracy - half_width,
        f"{prefix}accuracy_high": accuracy + half_width,
        **beside,
    }


def cell(accuracy, half_width=0.02):
    return estimate(accuracy, half_width, draws=30)


def verdicts(base, now):
    """Verdicts by the last keys of what they are on."""
    return {".".join(row.path): row.verdict for row in compare(base, now)}


def judge(base, now, section="cells"):
    (row,) = compare({section: {CELL: base}}, {section: {CELL: now}})
    return row


# --- the rule


def test_both_intervals_are_allowed_for():
    """3-4-5: the base's interval alone allows 0.03, the sum of both 0.07."""
    base, now = Estimate(0.80, 0.77, 0.83), Estimate(0.74, 0.70, 0.78)
    assert allowed_fall(base, now) == pytest.approx(0.05)


def test_the_halves_that_face_each_other_count():
    base, now = Estimate(0.99, 0.96, 0.995), Estimate(0.90, 0.50, 0.94)
    assert allowed_fall(base, now) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(0.751, MetricVerdict.OK), (0.749, MetricVerdict.FELL), (0.95, MetricVerdict.OK)],
)
def test_accuracy_may_move_within_its_interval_and_rise_beyond_it(now, verdict):
    row = judge(cell(0.80, 0.03), cell(now, 0.04))
    assert (row.path, row.verdict) == (("cells", CELL, "accuracy"), verdict)
    assert row.allowed == pytest.approx(0.05)


def test_of_a_single_training_the_spread_of_trainings_is_allowed_for():
    """Measured, it is 1.96 x sqrt(2) standard deviations, and never less than for the images."""
    base, now = (estimate(at, 0.01, "test_", test_accuracy_sd=0.01) for at in (0.95, 0.923))
    (row,) = compare(base, now)
    assert (row.verdict, row.allowed) == (MetricVerdict.OK, pytest.approx(0.0277, abs=1e-4))
    steady = [side | {"test_accuracy_sd": 0.001} for side in (base, now)]
    (row,) = compare(*steady)
    assert (row.verdict, row.allowed) == (MetricVerdict.FELL, pytest.approx(0.0141, abs=1e-4))


def test_until_it_is_measured_trainings_spread_as_they_usually_do():
    base, now = estimate(0.95, 0.01, "test_"), estimate(0.94, 0.01, "test_")
    (row,) = compare(base, now)
    assert 0.0142 < row.allowed < 0.02
    (of_draws,) = compare(base | {"draws": 3}, now | {"draws": 3})
    assert of_draws.allowed == pytest.approx(0.0141, abs=1e-4)


def wilson(accuracy, images, prefix=""):
    low, high = proportion_interval(np.arange(images) < round(accuracy * images))
    return {
        f"{prefix}accuracy": accuracy, f"{prefix}accuracy_low": low, f"{prefix}accuracy_high": high
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(*(wilson(a, 2000) | {"draws": 10} for a in (0.90, 0.87)), id="cell, images"),
        pytest.param(cell(0.893, 0.012), cell(0.863, 0.012), id="cell, draws"),
        pytest.param(*(wilson(a, 600, "test_") for a in (0.973, 0.943)), id="source of 600 images"),
        pytest.param(*(wilson(a, 1560, "test_") for a in (0.85, 0.82)), id="source of 26 classes"),
        pytest.param(*(wilson(a, 20800, "test_") for a in (0.94, 0.91)), id="official source"),
        pytest.param(
            *(wilson(a, 1560, "test_") | {"test_accuracy_sd": 0.01} for a in (0.95, 0.92)),
            id="source with a measured spread",
        ),
    ],
)
def test_a_loss_of_three_points_is_refused(before, after):
    (row,) = compare({FILE: before}, {FILE: after})
    assert row.verdict is MetricVerdict.FELL


def test_accuracy_without_an_interval_is_not_judged():
    assert compare({"accuracy": 0.9}, {"accuracy": 0.1}) == []


def test_unchanged_accuracy_needs_no_allowance():
    assert judge(cell(0.8), cell(0.8)).verdict is MetricVerdict.UNCHANGED


def test_difference_may_fall_but_not_vanish_or_break():
    assert judge(cell(0.1), cell(-0.3), "differences").verdict is MetricVerdict.UNJUDGED
    assert judge(cell(0.1), cell(math.nan), "differences").verdict is MetricVerdict.INVALID
    base = {"differences": {CELL: cell(0.1), SCRATCH: cell(0.1)}}
    now = {"differences": {CELL: cell(0.1)}}
    assert verdicts(base, now)[f"differences.{SCRATCH}"] is MetricVerdict.MISSING


@pytest.mark.parametrize("broken", [math.nan, math.inf, "0.9", True, {"of": 0.9}])
@pytest.mark.parametrize("key", ["accuracy", "accuracy_low", "accuracy_high"])
@pytest.mark.parametrize("base", [{"a": cell(0.8)}, {}], ids=["known", "new"])
def test_number_that_is_none_fails(broken, key, base):
    """A comparison with NaN is false, so that an unguarded `fall > allowed` lets it pass."""
    found = verdicts(base, {"a": cell(0.8) | {key: broken}})
    assert found["a.accuracy"] is MetricVerdict.INVALID


def test_new_interval_without_its_accuracy_fails():
    """DVC drops null: what is left of {"accuracy": null, ...} is the two bounds."""
    found = verdicts({}, {"a": {"accuracy_low": 0.1, "accuracy_high": 0.2}})
    assert found["a.accuracy"] is MetricVerdict.INVALID


def test_base_that_is_not_a_number_is_shown_but_cannot_be_fallen_from():
    row = judge(cell(0.8) | {"accuracy_low": math.nan}, cell(0.1))
    assert (row.verdict, row.base, row.now) == (MetricVerdict.UNJUDGED, 0.8, 0.1)


# --- missing and new


def test_missing_metrics_are_named_as_broadly_as_they_are_gone():
    base = {"cells": {"kept": cell(0.8), CELL: cell(0.7)}}
    now = {"cells": {"kept": estimate(0.8)}}
    assert verdicts({FILE: base}, {FILE: now}) == {
        f"{FILE}.cells.{CELL}": MetricVerdict.MISSING,
        f"{FILE}.cells.kept.accuracy": MetricVerdict.UNCHANGED,
        f"{FILE}.cells.kept.draws": MetricVerdict.MISSING,
    }
    assert verdicts({FILE: base}, {}) == {FILE: MetricVerdict.MISSING}


def test_cells_that_became_a_number_are_missing():
    assert verdicts({"cells": {CELL: cell(0.7)}}, {"cells": 1}) == {"cells": MetricVerdict.MISSING}


def test_accuracy_that_lost_a_bound_is_missing_it():
    now = {key: value for key, value in cell(0.1).items() if key != "accuracy_low"}
    assert verdicts(cell(0.8), now) == {"accuracy_low": MetricVerdict.MISSING}


def test_zero_is_a_value():
    assert judge(cell(0.8), cell(0.0)).verdict is MetricVerdict.FELL
    assert compare({"loss": 0}, {"loss": 0.0}) == []


def test_dotted_and_spaced_cell_names_stay_whole():
    base = {"a b.c/1": cell(0.8)}
    assert verdicts(base, base | {"a b.d/1": cell(0.6)}) == {
        "a b.c/1.accuracy": MetricVerdict.UNCHANGED,
        "a b.d/1": MetricVerdict.NEW,
    }


# --- the tables

LONG = f"{'x' * 70}/1"
ROWS = [
    Row((FILE, "cells", CELL, "accuracy"), 0.77, 0.70, MetricVerdict.FELL, 0.02828),
    Row((FILE, "cells", LONG, "accuracy"), 0.5, -0.5, MetricVerdict.OK, 1.5),
    Row((FILE, "differences", f"{CELL} - {SCRATCH}", "accuracy"), 0.1, 0.0, MetricVerdict.UNJUDGED),
    Row((FILE, "cells", "u", "accuracy"), 0.5, 0.5, MetricVerdict.UNCHANGED),
    Row((SOURCE,), None, None, MetricVerdict.MISSING),
    Row((SOURCE, "test_accuracy"), "text", math.nan, MetricVerdict.INVALID),
]


def test_table_fits_80_columns_and_cuts_no_name():
    lines = text_table(ROWS).splitlines()
    assert max(map(len, lines)) <= 80
    assert {f"  {LONG}", f"  {CELL}"} <= {*lines}
    fell = lines.index(f"  {CELL}")
    assert lines[fell + 1].split() == ["0.7700", "0.7000", "-0.0700", "0.0283", "FELL"]
    assert [lines.count(file) for file in (FILE, SOURCE)] == [1, 1]
    assert lines[-1] == "unchanged accuracies: 1"
    assert not any(line.split()[:1] == ["u"] for line in lines)


def test_markdown_table_says_what_moved_by_how_much_and_what_was_allowed():
    lines = markdown_table(ROWS).splitlines()
    assert len({line.count("|") for line in lines if "|" in line}) == 1
    (fell,) = [line for line in lines if "FELL" in line]
    assert f"`{FILE}` {CELL} | 0.7700 | 0.7000 | -0.0700 | 0.0283 |" in fell
    assert not any(" u |" in line for line in lines)
