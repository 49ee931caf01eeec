"""Folds: stratified, whole units, nothing tested that was trained on."""

import numpy as np
import pytest

from glyph_transfer.own import splits


def images(n):
    """Different images, each with its number."""
    made = np.zeros((n, 28, 28), np.uint8)
    made[:, 0, 0], made[:, 0, 1] = np.arange(n) % 256, np.arange(n) // 256
    return made


def generators(n):
    return [np.random.default_rng(seed) for seed in range(n)]


def test_folds_have_equal_shares_of_each_class():
    labels = np.repeat(np.arange(10), 10)
    for split in splits.divide(labels, np.arange(100), 5, generators(4)):
        for fold in range(5):
            assert np.bincount(labels[split.tested(fold)], minlength=10).tolist() == [2] * 10
            assert {*split.tested(fold)} | {*split.training(fold)} == {*range(100)}
            assert not {*split.tested(fold)} & {*split.training(fold)}


def test_folds_are_equally_large_where_classes_are_small():
    labels = np.repeat(np.arange(50), 2)
    (split,) = splits.divide(labels, np.arange(100), 5, generators(1))
    assert np.ptp([len(split.tested(fold)) for fold in range(5)]) <= 2
    for fold in range(5):
        assert {*labels[split.training(fold)]} == {*range(50)}


def test_groups_stay_together_and_classes_are_spread():
    rng = np.random.default_rng(0)
    units, labels = np.repeat(np.arange(12), 20), rng.integers(0, 4, 240)
    for split in splits.divide(labels, units, 4, generators(3)):
        assert all(len({*split.fold[units == unit]}) == 1 for unit in range(12))
        counts = [np.bincount(labels[split.tested(f)], minlength=4) for f in range(4)]
        assert np.ptp([c.sum() for c in counts]) == 0
        assert np.min(counts) >= 6


def test_repeats_differ_and_equal_generators_give_equal_folds():
    labels = np.repeat(np.arange(5), 8)
    first, second = splits.divide(labels, np.arange(40), 4, generators(2))
    assert (first.fold != second.fold).any()
    again = splits.divide(labels, np.arange(40), 4, generators(2))[0]
    assert (first.fold == again.fold).all()


def test_a_class_in_one_unit_is_trained_on_and_never_tested():
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 3, 3])
    units = np.array([0, 1, 2, 3, 4, 5, 6, 7, 7])
    assert splits.testable(labels, units).tolist() == [True] * 6 + [False] * 3
    (split,) = splits.divide(labels, units, 5, generators(1))
    assert split.fold[6:].tolist() == [splits.TRAINING_ONLY] * 3
    assert all({6, 7, 8} <= {*split.training(fold)} for fold in range(split.number))


def test_no_more_folds_than_units():
    labels = np.tile([0, 1], 9)
    (split,) = splits.divide(labels, np.repeat(np.arange(3), 6), 5, generators(1))
    assert split.number == 3
    assert sorted({*split.fold}) == [0, 1, 2]


def test_copies_are_one_unit_and_join_their_groups():
    made = images(6)
    made[3] = made[0]
    assert len({*splits.units_of(None, made)}) == 5
    units = splits.units_of(np.array(["a", "a", "b", "c", "c", "d"]), made)
    assert units[0] == units[1] == units[3] == units[4]
    assert len({*units}) == 3


@pytest.mark.parametrize("n_classes", [2, 7])
def test_no_fold_is_empty_where_there_are_units_enough(n_classes):
    labels = np.arange(23) % n_classes
    for split in splits.divide(labels, np.arange(23), 5, generators(5)):
        assert all(len(split.tested(fold)) for fold in range(5))
