"""One comparison of two cells for all that ask for it, on arrays that can be checked by eye."""

import numpy as np
import pytest

from glyph_transfer.analysis.cell_pairs import CellPair, compare_cells
from glyph_transfer.protocol import Cell

SCRATCH, LETTERS, FASHION = (
    Cell("digits", "tominet", source, "tuned", 100) for source in ("none", "letters", "fashion")
)
SCORES = {
    "accuracy": {
        SCRATCH: np.array([0.5, 0.6, 0.55, 0.58, 0.52]),
        LETTERS: np.array([0.7, 0.82, 0.74, 0.79, 0.71]),
        FASHION: np.array([0.52, 0.58, 0.57, 0.6]),
    },
    "loss": {
        SCRATCH: np.array([2.0, 2.2, 2.1, 2.3, 2.0]),
        LETTERS: np.array([1.0, 1.1, 1.3, 1.2, 1.1]),
        FASHION: np.array([2.0, 2.1, 2.2, 2.1]),
    },
}
GAIN = CellPair(LETTERS, SCRATCH)
ZERO = [0.0]


ALONE = {cell: np.array([""] * len(values)) for cell, values in SCORES["accuracy"].items()}
"""No draw starts from a source network."""


def compared(*asked, networks=ALONE, not_learned=()):
    return compare_cells(asked, SCORES, networks, not_learned, seed=1)


def corrected_for(comparison):
    """Number of comparisons that the level of one is corrected for."""
    return round(0.05 / (1 - comparison.confidence))


def test_what_is_asked_twice_of_two_cells_is_one_comparison():
    """As by a study's own table and by a claim: both have one interval, and count once."""
    once = compared((GAIN, ZERO), (CellPair(FASHION, SCRATCH), ZERO))
    assert compared((GAIN, ZERO), (CellPair(FASHION, SCRATCH), ZERO), (GAIN, ZERO)) == once
    assert corrected_for(once[GAIN]) == 2


def test_the_other_way_round_it_is_the_same_comparison():
    found = compared((GAIN, ZERO), (GAIN.mirrored(), ZERO))
    forth, back = found[GAIN].corrected, found[GAIN.mirrored()].corrected
    assert (back.low, back.high) == (-forth.high, -forth.low)
    assert {corrected_for(one) for one in found.values()} == {1}
    assert len({one.p for one in found.values()}) == 1


def test_other_scores_and_measures_are_other_comparisons():
    found = compared(
        (GAIN, ZERO),
        (GAIN._replace(score="loss"), ZERO),
        (GAIN._replace(measure="spread"), [1.0]),
    )
    assert max(map(corrected_for, found.values())) == 3
    assert found[GAIN].estimate.mean == pytest.approx(0.202)
    assert found[GAIN._replace(score="loss")].estimate.mean == pytest.approx(-0.98)
    ratio = np.std(SCORES["accuracy"][LETTERS]) / np.std(SCORES["accuracy"][SCRATCH])
    assert found[GAIN._replace(measure="spread")].estimate.mean == pytest.approx(ratio)


@pytest.mark.parametrize("order", [1, -1])
def test_borders_of_all_that_is_asked_hold_for_the_one_comparison(order):
    """0.202 is above zero and reaches to both sides of 0.2, so the pair is tested last."""
    other = (CellPair(LETTERS, FASHION), ZERO)
    found = compared(*[(GAIN, ZERO), (GAIN.mirrored(), [-0.2]), other][::order])
    assert found[GAIN].leaves_out(0.0)
    assert not found[GAIN].leaves_out(0.2)
    assert corrected_for(found[other[0]]) == 2
    assert corrected_for(found[GAIN]) == 1


def test_the_border_of_a_spread_is_mirrored_by_inversion():
    pair = GAIN._replace(measure="spread")
    assert pair.mirrored_border(2.0) == 0.5
    assert GAIN.mirrored_border(2.0) == -2.0


def test_cells_are_compared_on_the_draws_that_both_have():
    """By hand: the first four of scratch are 0.5, 0.6, 0.55 and 0.58."""
    found = compared((CellPair(FASHION, SCRATCH), ZERO), (CellPair(SCRATCH, LETTERS), ZERO))
    assert [one.draws for one in found.values()] == [4, 5]
    assert found[CellPair(FASHION, SCRATCH)].estimate.mean == pytest.approx(0.01)


@pytest.mark.parametrize("cell", [LETTERS, SCRATCH])
def test_a_cell_that_has_not_learned_is_compared_and_not_judged(cell):
    other = CellPair(FASHION, SCRATCH if cell == LETTERS else LETTERS)
    found = compared((GAIN, ZERO), (other, ZERO), not_learned=[cell])
    assert not found[GAIN].judged
    assert found[GAIN].estimate.mean == pytest.approx(0.202)
    assert found[other].judged
    assert corrected_for(found[other]) == 1


def test_a_comparison_is_as_sure_as_the_source_networks_allow():
    """Two draws of each of two networks, which set the gain apart: one degree of freedom."""
    first = SCORES["accuracy"][LETTERS]
    names = np.array(["a", "b"] * len(first))[: len(first)]
    (alone,) = compared((GAIN, ZERO)).values()
    assert not alone.rests_on_networks
    assert alone.draws_needed((0.0,)) is not None
    scores = {"accuracy": SCORES["accuracy"] | {LETTERS: np.where(names == "a", 1.0, 9.0)}}
    (found,) = compare_cells([(GAIN, ZERO)], scores, ALONE | {LETTERS: names}, [], seed=1).values()
    (independent,) = compare_cells([(GAIN, ZERO)], scores, ALONE, [], seed=1).values()
    assert found.rests_on_networks
    assert found.draws_needed((0.0,)) is None, "more draws of two networks do not help"
    assert found.estimate.low < independent.estimate.low
    assert found.p > independent.p
