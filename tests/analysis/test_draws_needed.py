"""How many draws would decide a comparison, worked by hand from Student's t."""

import numpy as np
import pytest
from scipy import stats

from glyph_transfer.analysis.comparisons import Comparison, PairedScores, compare
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.verdicts import MOST_DRAWS


def about(mean, half, draws=5, confidence=0.95):
    """A comparison of means with an interval of so much on either side."""
    interval = Interval(mean, mean - half, mean + half)
    return Comparison(interval, interval, confidence, None, draws)


def test_draws_needed_follow_from_students_t():
    """By hand: t / sqrt(n) is 1.242 for 5 draws, 0.836 for 8, 0.769 for 9 and 0.715 for 10.

    From 0.1 on either side, 10 draws have 0.0576, 9 have 0.0619, and 8 have 0.0673.
    """
    assert about(0.06, 0.1).draws_needed((0.0,)) == 10
    assert about(0.063, 0.1).draws_needed((0.0,)) == 9
    assert about(-0.063, 0.1).draws_needed((0.0,)) == 9


def test_draws_needed_are_those_of_the_corrected_level():
    """At 99 % t / sqrt(n) is 2.059 for 5 draws, 1.237 for 8 and 1.118 for 9."""
    assert about(0.06, 0.1, confidence=0.99).draws_needed((0.0,)) == 9
    assert about(0.061, 0.1, confidence=0.99).draws_needed((0.0,)) == 8


def test_draws_needed_are_the_fewest_of_several_ways():
    """Zero is 0.001 away, the margins 0.049 and 0.051; 6 draws have 0.0507, 7 have 0.0447."""
    found = about(0.001, 0.06)
    assert found.draws_needed((0.0,)) == MOST_DRAWS + 1
    assert found.draws_needed((-0.05,)) == 6
    assert found.draws_needed((-0.05, 0.05)) == found.draws_needed((0.05,)) == 7
    assert found.draws_needed((0.0,), (-0.05, 0.05)) == 7


def test_the_side_of_the_interval_that_faces_the_border_counts():
    interval = Interval(0.06, 0.06 - 0.1, 0.06 + 0.5)
    leaning = Comparison(interval, interval, 0.95, None, 5)
    assert leaning.draws_needed((0.0,)) == 10
    assert leaning.draws_needed((0.1,)) > 100


def test_more_draws_than_are_worth_saying_are_one_number():
    assert about(0.0, 0.1).draws_needed((0.0,)) == MOST_DRAWS + 1
    assert about(0.0, 0.1, draws=MOST_DRAWS + 5).draws_needed((0.0,)) == MOST_DRAWS + 1
    nearly = about(0.02, 0.1, draws=40).draws_needed((0.0,))
    assert 900 < nearly < 40 * 25, "as t falls a little"


def test_without_an_interval_no_number_can_be_said():
    assert about(0.5, 0.0).draws_needed((0.0,)) is None
    one = Interval(0.5, None, None)
    assert Comparison(one, one, 0.95, None, 1).draws_needed((0.0,)) is None


def test_draws_needed_of_a_spread_are_those_at_which_its_interval_leaves_out_1():
    """With other draws of the same ratio and correlation, Pitman's test does so just there."""
    base = stats.norm.ppf((np.arange(10) + 0.5) / 10)
    other = np.random.default_rng(2).permutation(base)
    pair = PairedScores(1.5 * base, other, frozenset({1.0}), "spread")
    needed = compare({"a": pair}, 1)["a"].draws_needed((1.0,))
    unexplained = 1 - np.corrcoef(base, other)[0, 1] ** 2

    def leaves_out_1(n):
        t = (1.5**2 - 1) * np.sqrt(n - 2) / (2 * 1.5 * np.sqrt(unexplained))
        return t > stats.t.ppf(0.975, n - 2)

    assert needed > 10
    assert leaves_out_1(needed)
    assert not leaves_out_1(needed - 1)


def test_three_draws_of_one_sign_that_decide_nothing_say_how_few_more_would():
    """Differences of -30, -55 and -80 points: Student's interval of three reaches beyond zero."""
    pair = PairedScores(np.array([-0.3, -0.55, -0.8]), np.zeros(3))
    found = compare({"a": pair}, 1)["a"]
    assert found.corrected.low < -1 < 0 < found.corrected.high
    assert found.draws_needed((0.0,)) == 4


@pytest.mark.parametrize("border", [0.0, 0.2, -0.3])
def test_seen_from_the_other_side_as_many_draws_are_needed(border):
    values = np.array([0.1, 0.5, -0.4, 0.3])
    found = compare({"a": PairedScores(values, np.zeros(4))}, 1)["a"]
    assert found.mirrored().draws_needed((-border,)) == found.draws_needed((border,))
