"""What is tried, how often, and on which images it is tested."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.own import ranking, splits
from glyph_transfer.own.choice import make
from glyph_transfer.own.crossvalidation import Candidate, Work, learning_hits
from glyph_transfer.own.resampling import Sums

LABELS = np.repeat(np.arange(4), 15)
N = len(LABELS)
UNITS = np.arange(N)
POINTS = (
    np.random.default_rng(1).normal(0, 0.8, (N, 2))
    + np.array([[2, 0], [-2, 0], [0, 2], [0, -2]])[LABELS]
)


def nearest_mean(points):
    def learn(rows, rng):
        means = np.stack([points[rows][LABELS[rows] == label].mean(axis=0) for label in range(4)])
        nearness = -((points[:, None] - means) ** 2).sum(axis=2)
        odds = np.exp(nearness - nearness.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    return learn


def guess(rows, rng):
    return rng.random((N, 4))


GOOD = Candidate("good", nearest_mean(POINTS), 0.1, "a")
WORSE = Candidate("worse", guess, 0.1, "b")


def work(candidates, budget_s=1000.0, repeats=3):
    generators = [np.random.default_rng(seed) for seed in range(repeats)]
    divided = splits.divide(LABELS, UNITS, 5, generators)
    return Work(candidates, LABELS, UNITS, divided, budget_s, seed=1)


def test_no_image_is_tested_by_what_was_trained_on_it():
    seen = []

    def remember(rows, rng):
        given = np.zeros((N, 4))
        given[:, 0] = 1
        given[rows] = [0, 0, 0, 1]  # what was trained on is taken for class 3
        seen.append(rows)
        return given

    (tried,) = work([Candidate("x", remember, 0.1)]).run()
    assert (tried.predicted == 0).all()
    assert tried.predicted.shape == (3, N)
    assert np.allclose(tried.probabilities.sum(axis=1), 1)
    assert len(seen) == 15


def test_all_candidates_see_the_same_splits():
    seen = {"a": [], "b": []}
    candidates = [
        Candidate(name, lambda rows, rng, name=name: (seen[name].append(rows.tolist()),
                                                      GOOD.learn(rows, rng))[1], 0.1)
        for name in seen
    ]  # fmt: skip
    work(candidates).run()
    assert sorted(seen["a"]) == sorted(seen["b"])


def test_what_is_clearly_behind_is_not_repeated():
    good, worse = work([GOOD, WORSE]).run()
    assert len(good.predicted) == 3
    assert len(worse.predicted) == 1
    assert "behind" in worse.stopped


def test_what_there_is_no_time_for_is_not_tried_and_said():
    dear = Candidate("dear", nearest_mean(POINTS), 100.0)
    good, not_tried = work([GOOD, dear], budget_s=50.0).run()
    assert good.stopped is None
    assert len(not_tried.predicted) == 0
    assert "500 s" in not_tried.stopped
    sums = ranking.sums_of([good, not_tried], LABELS, UNITS)
    rows = ranking.rank([good, not_tried], sums, make(sums, np.random.default_rng(0)))
    assert [row.name for row in rows] == ["good", "dear"]
    assert rows[1].accuracy.mean is None


def test_a_dear_one_is_not_tried_where_nothing_is_left_to_gain():
    def right(rows, rng):
        return np.eye(4)[LABELS]

    dear = Candidate("dear", right, 2.0, "a")
    first, second = work([dear, Candidate("cheap", right, 0.1, "b")]).run()
    assert len(first.predicted) == 0
    assert len(second.predicted) == 3


def test_the_budget_is_kept():
    asked = work([GOOD, WORSE], budget_s=1.2)
    tried = asked.run()
    assert asked.spent_s <= 1.2 + 1e-9
    assert "no time" in tried[0].stopped


def test_the_same_seed_gives_the_same():
    first, again = work([WORSE]).run(), work([WORSE]).run()
    assert (first[0].predicted == again[0].predicted).all()


def test_ranking_is_paired():
    """A difference between two that fail on the same images is sure, though both vary."""
    hard = np.arange(N) % 4 == 0
    hits = np.stack([~hard, ~hard & (np.arange(N) % 10 != 1), np.roll(~hard, 1)]).astype(float)
    deviations = Sums.of(hits, UNITS).deviations()
    assert deviations[0, 1] < 0.6 * deviations[0, 2]
    assert deviations[0, 0] == 0


def test_the_first_wins_where_nothing_shows_a_difference():
    same = np.ones((2, N))
    same[1, 0] = same[0, 1] = same[0, 2] = 0  # the second is better by one image
    assert make(Sums.of(same, UNITS), np.random.default_rng(0)).candidate == 0
    same[0, 2:30] = 0
    assert make(Sums.of(same, UNITS), np.random.default_rng(0)).candidate == 1


@pytest.mark.parametrize("shares", [(0.25, 0.5, 1.0)])
def test_parts_of_the_training_images(shares):
    asked = work([GOOD])
    sizes, hits = learning_hits(GOOD, LABELS, asked.splits, shares, seed=1)
    assert np.allclose(sizes, [12, 24, 48])
    assert hits.shape == (3, N)
    (tried,) = asked.run()
    assert np.allclose(hits[2], tried.hits(LABELS))


def test_of_a_source_that_is_clearly_behind_nothing_else_is_tried():
    also = [
        Candidate(name, nearest_mean(POINTS), 0.1, source)
        for name, source in (("xa", "a"), ("yb", "b"))
    ]
    _, _, also_good, also_worse = work([GOOD, WORSE, *also]).run()
    assert len(also_good.predicted) == 3
    assert len(also_worse.predicted) == 0
    assert "worse" in also_worse.stopped


def test_a_recipe_that_does_not_fit_is_said_and_the_others_go_on():
    def refuse(rows, rng):
        raise InputError("too few images")

    refused, good = work([Candidate("x", refuse, 0.1, "x"), GOOD]).run()
    assert "too few images" in refused.stopped
    assert len(good.predicted) == 3
