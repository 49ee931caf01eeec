"""Verdicts in the tables of a study: one correction, and nothing of cells that may be guessing."""

from dataclasses import replace

import numpy as np
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.comparisons import PairedScores, compare
from glyph_transfer.experiments import results
from hand_made_results import (
    BASE,
    CELL,
    LABELS,
    SAME_IMAGES,
    SAME_SHARE,
    SCRATCH,
    TESTED,
    TUNED,
    TUNED_CELL,
    done,
    make,
    make_study,
)

PATTERNS = ("ab..", "abc.", "a.cc", "abcc")
CLAIMS = {
    "higher": {"text": "More.", "cell": CELL, "than": BASE, "expects": "higher"},
    "lower": {"text": "Less.", "cell": BASE, "than": CELL, "expects": "lower"},
    "equal": {"text": "Same.", "cell": CELL, "than": BASE, "expects": "equal", "margin": 0.9},
}


def cycle(draws, step):
    """Results of a cell that is right on other images from draw to draw."""
    right = [PATTERNS[(draw * step + draw // 4 * (step - 1)) % 4] for draw in range(draws)]
    return done(right, loss=((2.0, 1.0),) * draws)


def two_sources(**other):
    """Cells on twelve draws: training from scratch, and transfer from two sources."""
    tuned = TUNED | {"sources": ["letters", "fashion"]}
    study = make_study(draws=12, variants={"scratch": SCRATCH, "tuned": tuned}, **other)
    return study, [cycle(12, step) for step in (1, 2, 3)]


def test_corrected_intervals_are_those_that_are_corrected_and_others_are_not():
    """Two comparisons on twelve draws, so that Holm's intervals are wider on either side."""
    study, own = two_sources()
    accuracy = {cell: (each.predicted == LABELS).mean(axis=1)
                for cell, each in zip(study.cells, own, strict=True)}  # fmt: skip
    rows = make(study, *own)["differences"]
    compared = compare(
        {row.cell: PairedScores(accuracy[row.cell], accuracy[row.baseline]) for row in rows}, seed=1
    )
    for row, comparison in zip(rows, compared.values(), strict=True):
        uncorrected, corrected = comparison.estimate, comparison.corrected
        assert (row.accuracy_low, row.accuracy_high) == (uncorrected.low, uncorrected.high)
        assert (row.corrected_low, row.corrected_high) == (corrected.low, corrected.high)
        assert corrected.low < uncorrected.low < uncorrected.high < corrected.high
        assert row.p_holm == comparison.p


def test_a_claim_and_a_difference_of_the_same_cells_have_one_interval_and_count_once():
    """Whichever way round the claim is, and whatever margin it has."""
    study, own = two_sources(claims=CLAIMS)
    made = make(study, *own)
    (row,) = (row for row in made["differences"] if row.cell == TUNED_CELL)
    higher, lower, equal = made["claims"]
    ends = row.corrected_low, row.corrected_high
    assert (higher.low, higher.high) == (equal.low, equal.high) == ends
    assert (-lower.high, -lower.low) == ends
    assert higher.draws_needed == lower.draws_needed
    without_equal = {name: CLAIMS[name] for name in ("higher", "lower")}
    plain, some = (
        make(two_sources(claims=claims)[0], *own)["differences"] for claims in ({}, without_equal)
    )
    assert plain == some


def test_a_claim_of_other_cells_makes_the_intervals_of_differences_wider():
    fashion = CELL.replace("letters", "fashion")
    closer = {"text": "Closer.", "cell": CELL, "than": fashion, "expects": "higher"}
    alone, among = (
        make(study, *own)["differences"]
        for study, own in (two_sources(), two_sources(claims={"closer": closer}))
    )
    for before, after in zip(alone, among, strict=True):
        assert after.corrected_high - after.corrected_low > (
            before.corrected_high - before.corrected_low
        )


def of_a_thousand(study, *right):
    """Make the tables of cells that have so many of a thousand images right, by draw."""
    labels = np.ones(1000, np.uint8)
    tested = {"digits": results.Tested(("a", "b"), TESTED["digits"].images, labels)}
    cells = {
        cell: replace(
            cycle(len(own), 1),
            predicted=(np.arange(1000) < np.array(own)[:, None]).astype(np.uint8),
            probability=np.full((len(own), 1000), 0.5, np.float32),
        )
        for cell, own in zip(study.cells, right, strict=True)
    }
    return tables.make(study, cells, tested, seed=1)


@pytest.mark.parametrize("gain", [-60, -20, 0, 20, 60])
@pytest.mark.parametrize("noise", [1, 20, 60])
def test_verdicts_on_a_difference_and_on_a_claim_cannot_contradict_each_other(gain, noise):
    """Many or few more of a thousand images are right, with much or little noise."""
    more = gain + np.random.default_rng(noise).integers(-noise, noise + 1, 8)
    study = make_study(draws=8, claims={name: CLAIMS[name] for name in ("higher", "lower")})
    made = of_a_thousand(study, [800] * 8, 800 + more)
    (difference,), (higher, lower) = made["differences"], made["claims"]
    assert higher.verdict == lower.verdict
    assert (difference.verdict == "better") == (higher.verdict == "confirmed")
    assert (difference.verdict == "worse") == (higher.verdict == "refuted")
    assert difference.significant == (difference.verdict in ("better", "worse"))


@pytest.mark.parametrize(
    ("more", "fewest", "most"), [([50, 100, 150], 4, 4), ([-50, 0, 50], 80, 120)]
)
def test_a_difference_that_is_open_says_how_many_draws_would_do(more, fewest, most):
    """Of three draws the interval reaches 12.4 points to either side of 10, and of 0.

    Of four it reaches 8.0, and leaves out zero; about a hundred lie within a point of 0.
    """
    made = of_a_thousand(make_study(draws=3), [700] * 3, 700 + np.array(more))
    (row,) = made["differences"]
    assert (row.verdict, row.significant) == ("too few draws", False)
    assert fewest <= row.draws_needed <= most


def test_a_difference_within_a_point_is_practically_equal():
    made = of_a_thousand(make_study(draws=4), [700] * 4, [702, 698, 701, 699])
    (row,) = made["differences"]
    assert (row.verdict, row.draws_needed, row.significant) == ("practically equal", None, False)


# --- cells that have not learned


def test_a_cell_whose_interval_holds_chance_has_not_learned():
    """Of three classes; half of the images right in both draws, or all and none of them."""
    same, share = make(make_study(), SAME_IMAGES, SAME_SHARE)["cells"]
    assert same.chance == share.chance == pytest.approx(1 / 3)
    assert (same.learned, share.learned) == (True, False)


@pytest.mark.parametrize("unlearned", [0, 1])
def test_of_a_cell_that_has_not_learned_nothing_is_concluded(unlearned):
    published = [{"cell": each, "value": 0.5, "claim": "higher"} for each in (BASE, CELL)]
    study = make_study(claims=CLAIMS, published=published)
    given = [SAME_SHARE, SAME_IMAGES][:: -1 if unlearned else 1]
    made = make(study, *given)
    (difference,) = made["differences"]
    assert (difference.verdict, difference.significant) == ("not judged", False)
    assert (difference.p_holm, difference.draws_needed) == (None, None)
    assert difference.corrected_low < difference.accuracy < difference.corrected_high
    assert {row.verdict for row in made["claims"]} == {"not judged"}
    agreements = [row.agreement for row in made["published"]]
    assert agreements.pop(unlearned) == "not judged"
    assert agreements == ["agrees"]
