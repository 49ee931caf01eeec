"""CKA of features whose likeness is known."""

import numpy as np
import pytest

from glyph_transfer.visualisation.similarity import similarity


def cka(x, y):
    (value,) = similarity({"x": x}, {"y": y}).values()
    return value


@pytest.fixture
def features():
    """Features of 60 images."""
    return np.random.default_rng(1).normal(size=(60, 5)).astype(np.float32)


def test_rotation_scale_and_shift_do_not_matter(features):
    rotation, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))
    assert cka(features, 3 * features @ rotation + 7) == pytest.approx(1)


def test_unrelated_features_are_at_zero_however_many(features):
    """The plain estimator gives about 0.9 here: 2,000 features of 60 images."""
    rng = np.random.default_rng(3)
    assert abs(cka(rng.normal(size=(60, 2000)), rng.normal(size=(60, 2000)))) < 0.05


def test_it_is_the_unbiased_estimator_of_song_written_out(features):
    other = features[:, :2] ** 2 + features[:, 2:4]

    def hsic(x, y):
        n = len(x)
        k, m = x @ x.T, y @ y.T
        np.fill_diagonal(k, 0)
        np.fill_diagonal(m, 0)
        one = np.ones(n)
        middle = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
        return (np.trace(k @ m) + middle - 2 / (n - 2) * (one @ k @ m @ one)) / (n * (n - 3))

    x, y = features.astype(float), other.astype(float)
    expected = hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y))
    assert cka(features, other) == pytest.approx(expected, rel=1e-5)


def test_rows_are_before_and_columns_after(features):
    found = similarity({"a": features, "b": features**2}, {"c": features})
    assert [*found] == [("a", "c"), ("b", "c")]
    assert found["a", "c"] == pytest.approx(1)


def test_a_layer_that_says_the_same_of_all_images_is_like_nothing(features):
    assert np.isnan(cka(features, np.ones((60, 3))))
