"""The evolutionary search on losses that are known."""

import math

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol.candidates import Bounds, Candidate
from glyph_transfer.search import evolution

RANGES = {"dropout": (0.0, 0.8), "learning_rate": (1e-4, 1e-1), "width": (0.25, 2.0)}
BOUNDS = Bounds(RANGES, log=("learning_rate",))
OPTIMUM = Candidate({"dropout": 0.3, "learning_rate": 0.002, "width": 1.5})


def bowl(candidate):
    """0 at the optimum; a factor of 10 in the learning rate costs 1, as a step of 1 does."""
    return (
        (candidate["dropout"] - OPTIMUM["dropout"]) ** 2
        + math.log10(candidate["learning_rate"] / OPTIMUM["learning_rate"]) ** 2
        + (candidate["width"] - OPTIMUM["width"]) ** 2
    )


def found(score=bowl, bounds=BOUNDS, population=8, generations=4, seed=1):
    return evolution.search(
        lambda candidates: [score(c) for c in candidates], bounds, population, generations, seed
    )


# --- the search


def test_the_optimum_of_a_bowl_is_found():
    best = found(population=12, generations=30).best
    assert best["dropout"] == pytest.approx(OPTIMUM["dropout"], abs=0.03)
    assert best["learning_rate"] == pytest.approx(OPTIMUM["learning_rate"], rel=0.1)
    assert best["width"] == pytest.approx(OPTIMUM["width"], abs=0.03)


def test_the_best_is_the_trial_with_the_lowest_loss():
    result = found()
    assert min(loss for _, _, loss in result.trials) == bowl(result.best)
    assert all(loss == bowl(candidate) for _, candidate, loss in result.trials)
    assert bowl(result.best) < min(loss for number, _, loss in result.trials if number == 0)


@pytest.mark.parametrize(("population", "generations"), [(5, 0), (5, 3), (8, 2)])
def test_trials_are_as_many_as_the_budget(population, generations):
    trials = found(population=population, generations=generations).trials
    assert [number for number, *_ in trials] == [
        number for number in range(generations + 1) for _ in range(population)
    ]


def test_a_search_whose_losses_are_all_equal_goes_on_to_its_end():
    """SciPy would call that converged."""
    assert len(found(score=lambda _: 1.0).trials) == 8 * 5


def test_a_generation_is_scored_at_once():
    calls = []

    def score_many(candidates):
        calls.append(candidates)
        return [bowl(candidate) for candidate in candidates]

    trials = evolution.search(score_many, BOUNDS, 20, 3, 1).trials
    generations = [[c for number, c, _ in trials if number == each] for each in range(4)]
    assert calls == generations


def test_no_candidate_is_scored_twice():
    """Two dropouts and two widths make four candidates. In small populations the same rival
    comes up by itself: it is the best one and the difference of two others.
    """
    narrow = Bounds(
        {"dropout": (0.5, 0.501), "learning_rate": (0.001, 0.001), "width": (1.0, 1.01)}
    )
    scored = []
    trials = found(lambda c: scored.append(c) or c["width"], narrow, 8, 3).trials
    assert len(trials) == 8 * 4
    assert len(scored) == len(set(scored)) == len({c for _, c, _ in trials}) <= 4
    assert {c["learning_rate"] for c in scored} == {0.001}


def test_equal_seeds_give_equal_trials():
    assert found() == found()
    assert found(seed=2).trials != found().trials


def test_candidates_can_be_written_down_within_the_bounds():
    for _, candidate, _ in found().trials:
        assert [*candidate] == [*RANGES]
        for value, (low, high) in zip(candidate.values(), RANGES.values(), strict=True):
            assert type(value) is float
            assert value == float(f"{value:.3g}")
            assert low <= value <= high


def candidate(dropout, learning_rate, width):
    return Candidate({"dropout": dropout, "learning_rate": learning_rate, "width": width})


def test_what_is_named_so_is_searched_by_its_logarithm():
    """Halfway between 0.0001 and 0.1 is their geometric mean."""
    half = np.array([0.5, 0.5, 0.5])
    assert evolution.candidate_at(BOUNDS, half) == candidate(0.4, 0.00316, 1.12)
    assert evolution.candidate_at(Bounds(RANGES), half) == candidate(0.4, 0.0501, 1.12)
    assert evolution.candidate_at(BOUNDS, np.zeros(3)) == candidate(0.0, 1e-4, 0.25)
    assert evolution.candidate_at(BOUNDS, np.ones(3)) == candidate(0.8, 1e-1, 2.0)
    # eight first trials, one in each eighth of every range
    first = [c["learning_rate"] for number, c, _ in found().trials if number == 0]
    places = np.log(np.array(first) / 1e-4) / np.log(1000)
    assert sorted((8 * places).astype(int)) == [*range(8)]


def test_the_order_in_which_bounds_are_written_decides_nothing():
    backwards = Bounds(dict(reversed(RANGES.items())), BOUNDS.log)
    assert found(bounds=backwards) == found()


def test_hyperparameters_are_as_many_as_there_are_bounds():
    """Of any name: what it means is known where networks are built."""
    result = found(score=lambda c: (c["depth"] - 2) ** 2, bounds=Bounds({"depth": (1.0, 3.0)}))
    assert result.best["depth"] == pytest.approx(2, abs=0.1)
    assert len(result.trials) == 8 * 5


def test_bounds_with_more_digits_are_not_left_by_rounding():
    tight = Bounds({"dropout": (0.12345, 0.12346), "learning_rate": (1e-3, 1e-3)})
    trials = found(lambda c: c["dropout"], bounds=tight).trials
    assert {c["dropout"] for _, c, _ in trials} == {0.12345}


# --- trainings that diverge


@pytest.mark.parametrize("worst", [math.nan, math.inf, -math.inf])
def test_candidates_that_diverge_are_survived(worst):
    """Half of all learning rates diverge, the optimum does not."""

    def score(candidate):
        return worst if candidate["learning_rate"] > 0.00316 else bowl(candidate)

    result = found(score, population=12, generations=20)
    assert len(result.trials) == 12 * 21
    losses = [loss for number, _, loss in result.trials if number == 0]
    assert losses.count(math.inf) == 6
    assert not any(math.isnan(loss) for _, _, loss in result.trials)
    assert bowl(result.best) < 0.01


def test_a_first_generation_without_a_finite_loss_is_scored_once():
    """SciPy would score it again, since it takes infinite losses for none."""
    calls = []

    def score_many(candidates):
        calls.append(len(candidates))
        return [math.nan if len(calls) == 1 else bowl(c) for c in candidates]

    trials = evolution.search(score_many, BOUNDS, 20, 3, 1).trials
    assert len(calls) == 4
    assert [loss for number, _, loss in trials if number == 0] == [math.inf] * 20


def test_nothing_but_divergence_is_an_error():
    with pytest.raises(InputError, match=r"none of the 40 candidates .* learning rate"):
        found(score=lambda _: math.nan)


def test_a_population_below_five_is_refused():
    with pytest.raises(InputError, match=r"population of the search is 4, .* at least 5"):
        found(population=4)
