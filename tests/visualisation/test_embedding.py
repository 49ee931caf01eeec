"""Planes of features made by hand."""

import numpy as np
import pytest

from glyph_transfer.visualisation.embedding import centres, embed


def test_both_sets_lie_on_the_plane_of_most_variance():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(30, 4)) * [0.1, 10, 0.1, 3]
    plane = embed({"letters": features[:20], "digits": features[20:]})
    assert [*plane.points] == ["letters", "digits"]
    assert plane.points["digits"].shape == (10, 2)
    both = np.concatenate([*plane.points.values()])
    assert abs(np.corrcoef(both[:, 0], features[:, 1])[0, 1]) > 0.95
    assert abs(np.corrcoef(both[:, 1], features[:, 3])[0, 1]) > 0.95
    assert sum(plane.explained) > 0.99


def test_equal_features_give_equal_planes():
    features = {"a": np.random.default_rng(2).normal(size=(50, 8))}
    np.testing.assert_array_equal(embed(features).points["a"], embed(features).points["a"])


def test_centres_are_means_of_the_classes_that_have_images():
    points = np.array([[0.0, 0], [2, 4], [5, 5]])
    found = centres(points, np.array([3, 3, 1]))
    assert {label: tuple(point) for label, point in found.items()} == {3: (1, 2), 1: (5, 5)}


def test_a_set_of_two_features_is_its_own_plane():
    assert sum(embed({"a": np.random.default_rng(3).normal(size=(9, 2))}).explained) == (
        pytest.approx(1)
    )
