"""What unconverged moving averages explain, and when nothing is said to be explained."""

from dataclasses import replace

import pytest

from glyph_transfer.report import averages, reading
from glyph_transfer.report.averages import Averages, Spread
from tracked_runs import LETTERS, SCRATCH, runs, settings

FASHION = LETTERS.replace("letters", "fashion")


def tracked():
    """The study of the tracked runs."""
    return reading.gather("embedded", settings(), runs()).studies["few_labels"]


def cell(name, accuracy, low=None, high=None, published=None):
    ends = {"accuracy_low": low, "accuracy_high": high}
    return {"cell": name, "accuracy": accuracy, "published": published} | ends


def compared(name, mean, low, high):
    return {"cell": name, "accuracy": mean, "corrected_low": low, "corrected_high": high}


@pytest.mark.parametrize(
    ("published", "place"),
    [(0.59, "below all"), (0.60, "inside"), (0.67, "inside"), (0.80, "inside"), (0.81, "above")],
)
def test_a_published_run_is_held_against_single_draws(published, place):
    rows = [{"cell": LETTERS, "accuracy": value} for value in (0.8, 0.6, 0.7)]
    rows.append({"cell": FASHION, "accuracy": 0.1})
    assert place in averages.spread(rows, LETTERS).place(published)


def explained(effect=(0.1, 0.05, 0.15), here=(0.6, 0.8), there=(0.7, 0.9), **more):
    mean, low, high = effect
    row = {"accuracy": mean, "corrected_low": low, "corrected_high": high, "draws": 30}
    given = {
        "momentum": 0.99,
        "plain": cell(SCRATCH, 0.75, 0.7, 0.8, published=0.67),
        "reestimated": cell(SCRATCH, 0.85, 0.8, 0.9),
        "effect": row,
        "draws": Spread(*here),
        "gains": [(compared(LETTERS, 0.15, 0.1, 0.2), compared(LETTERS, 0.02, 0.01, 0.03))],
        "other_momentum": 0.9,
        "other_draws": Spread(*there),
        "stand_ins": False,
    }
    return " ".join(averages.explain(Averages(**given | more)))


def test_averages_explain_where_they_cost_and_only_they_fit():
    told = explained()
    assert "75.0 % [70.0, 80.0] (single draws 60.0 to 80.0)" in told
    assert "+10.0 [+5.0, +15.0] percentage points draw by draw" in told
    assert "+15.0 [+10.0, +20.0] points with the averages as trained and +2.0 [+1.0, +3.0]" in told
    assert "67.0 %, lies inside the single draws at momentum 0.99 and below all" in told
    assert "can therefore explain" in told
    assert "not proved" in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"there": (0.6, 0.9)}, "fits both"),
        ({"here": (0.7, 0.9)}, "not shown to explain"),
        ({"effect": (0.1, -0.1, 0.2)}, "No effect of unconverged averages is shown"),
        ({"effect": (-0.1, -0.2, -0.05)}, "makes it worse"),
        ({"effect": (0.1, None, None)}, "One draw does not tell"),
    ],
)
def test_averages_do_not_explain_without_evidence(changes, expected):
    told = explained(**changes)
    assert expected in told
    assert "can therefore explain" not in told


def test_stand_ins_never_explain_a_figure_for_other_images():
    told = explained(stand_ins=True)
    assert "stand-in images" in told
    assert "explain the published" not in told


def test_averages_without_a_published_figure_end_with_the_effect():
    assert "published" not in explained(plain=cell(SCRATCH, 0.75, 0.7, 0.8))


@pytest.mark.parametrize(
    ("published", "told"),
    [
        (0.5, "lies below all single draws at either momentum: it is not reproduced. The momentum "
              "is not why."),
        (0.85, "lies above all single draws at the one momentum and inside the single draws at the "
               "other: it is reproduced."),
    ],
)  # fmt: skip
def test_a_transferred_networks_figure_is_held_against_both_momenta(published, told):
    row = {"cell": "digits/tominet/letters/tuned/100", "published": published}
    default, chosen = averages.Spread(0.6, 0.8), averages.Spread(0.8, 0.9)
    found = averages.unstated([(row, default, chosen)])
    assert found.startswith(f"The published {100 * published:.1f} % for transfer from letters")
    assert told in found


def test_of_figures_that_are_not_reproduced_the_reason_is_told_once():
    row = {"cell": "digits/tominet/letters/tuned/100", "published": 0.5}
    found = averages.unstated([(row, averages.Spread(0.6, 0.8), averages.Spread(0.8, 0.9))] * 2)
    assert found.count("it is not reproduced") == 2
    assert found.count("The author does not state") == 1


def test_what_is_left_is_told_of_every_gain_with_converged_statistics():
    twin = "digits/tominet/letters/tuned_reestimated/100"
    before = {"accuracy": 0.2, "corrected_low": 0.1, "corrected_high": 0.3, "cell": "a/b/c/d/1"}
    after = {"accuracy": 0.05, "corrected_low": 0.02, "corrected_high": 0.08, "cell": twin}
    none = after | {"corrected_low": -0.02}
    found = averages.pair(*studies((0.6, 0.7, 0.8)), stand_ins=False)
    told = averages.left(replace(found, gains=[(before, after), (before, none)]))
    assert told == (
        "What is left with converged statistics: transfer from letters (tuned) helps (+5.0 "
        "[+2.0, +8.0] points); transfer from letters (tuned) is not shown to matter (+5.0 "
        "[\N{MINUS SIGN}2.0, +8.0] points)."
    )


def studies(default, momentum=0.99):
    """Two studies, the second with a re-estimated twin of training from scratch."""
    twin = SCRATCH.replace("scratch", "scratch_reestimated")
    protocol = tracked()
    rows = [{"cell": twin, "draw": draw, "accuracy": v} for draw, v in enumerate(default)]
    cell = protocol.cells[0] | {"cell": twin}
    effect = protocol.differences[0] | {"cell": twin, "baseline": SCRATCH, "accuracy": 0.1}
    other = replace(
        protocol,
        name="batch_norm",
        params={"batch_norm_momentum": momentum},
        cells=[*protocol.cells, cell],
        differences=[*protocol.differences, effect],
        replicates=[*protocol.replicates, *rows],
    )
    return other, protocol


def test_the_effect_of_averages_is_the_studys_own_comparison():
    found = averages.pair(*studies((0.6, 0.7, 0.8)), stand_ins=False)
    assert found.effect["accuracy"] == 0.1
    assert found.effect["baseline"] == SCRATCH
    assert (found.momentum, found.other_momentum) == (0.99, 0.9)


def test_no_effect_without_a_network_scored_both_ways():
    protocol = tracked()
    assert averages.pair(protocol, protocol, stand_ins=False) is None
