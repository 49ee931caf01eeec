"""Images left out in closed form, against fits that do leave them out."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors

from glyph_transfer.analysis.forecasts import leave_one_out
from glyph_transfer.analysis.forecasts.leave_one_out import STRENGTHS, knn, ridge, ridge_r2
from glyph_transfer.errors import InputError


def clusters(n_a_class, n_classes, d, distance, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_a_class)
    centres = distance * rng.normal(size=(n_classes, d))
    return centres[labels] + rng.normal(size=(len(labels), d)), labels


WIDE = clusters(5, 3, 40, 0.5)
TALL = clusters(12, 4, 5, 0.8)


def left_out(features, indicators, penalty):
    """Fit n regressions, each without one image."""
    predicted = np.empty(indicators.shape)
    for i in range(len(features)):
        others = np.arange(len(features)) != i
        fit = Ridge(penalty, solver="cholesky").fit(features[others], indicators[others])
        predicted[i] = fit.predict(features[[i]])[0]
    return predicted


@pytest.mark.parametrize(("features", "labels"), [WIDE, TALL], ids=["wide", "tall"])
def test_ridge_is_as_good_as_fits_that_leave_images_out(features, labels):
    indicators = np.eye(labels.max() + 1)[labels]
    unit = ((features - features.mean(axis=0)) ** 2).sum() / len(features)
    all_left_out = [left_out(features, indicators, strength * unit) for strength in STRENGTHS]
    errors = [((each - indicators) ** 2).sum() for each in all_left_out]
    expected = (all_left_out[np.argmin(errors)].argmax(axis=1) == labels).mean()
    explained = 1 - min(errors) / (len(labels) * indicators.var(axis=0).sum())
    assert 0.4 < expected < 1
    assert 0 < explained < 1
    assert ridge_r2(features, labels) == pytest.approx(explained)
    assert np.argmin(errors) < len(STRENGTHS) - 1  # the strengths are enough
    assert ridge(features, labels) == pytest.approx(expected)


@pytest.mark.parametrize("strength", [1e-4, 1.0])
def test_predictions_of_images_left_out_are_those_of_the_fits(strength):
    features, labels = WIDE
    indicators = np.eye(3)[labels]
    centred = features - features.mean(axis=0)
    vectors, singular, _ = np.linalg.svd(centred, full_matrices=False)
    ours = leave_one_out._left_out(indicators, vectors, singular**2, strength)
    assert ours == pytest.approx(left_out(features, indicators, strength), rel=1e-4)


def test_nothing_to_go_by_is_worse_than_chance():
    """Of the others, the class of the image left out is the rarer one."""
    nothing, labels = np.zeros((4, 2)), np.array([0, 0, 1, 1])
    assert ridge(nothing, labels) == 0.0
    # of the others a third is of the own class: errors 2/3 instead of 1/2
    assert ridge_r2(nothing, labels) == pytest.approx(1 - (2 / 3) ** 2 / 0.5**2)


@pytest.mark.parametrize("neighbours", [1, 3, 6])
def test_knn_is_as_accurate_as_votes_counted_one_by_one(neighbours):
    features, labels = TALL
    right = 0
    for i in range(len(features)):
        others = np.arange(len(features)) != i
        search = NearestNeighbors(n_neighbors=neighbours, metric="cosine").fit(features[others])
        distances, rows = (each[0] for each in search.kneighbors(features[[i]]))
        votes = {}
        for label, distance in zip(labels[others][rows], distances, strict=True):
            count, alike = votes.get(label, (0, 0.0))
            votes[label] = count + 1, alike + 1 - distance
        right += max(votes, key=votes.get) == labels[i]
    assert knn(features, labels, neighbours) == pytest.approx(right / len(labels))


def test_knn_by_hand():
    """Four directions; the third is nearer to the other class, the fourth to the third."""
    angles = np.radians([0, 10, 40, 80])
    features, labels = np.stack([np.cos(angles), np.sin(angles)], axis=1), np.array([0, 0, 1, 1])
    assert knn(features, labels, 1) == knn(features, labels) == 0.75
    assert knn(features * [[1], [9], [1], [5]], labels, 1) == 0.75  # lengths do not count
    # of two neighbours of two classes, the nearer one decides
    assert knn(features, labels, 2) == 0.75
    # all three others: two of three are of the other class
    assert knn(features, labels, 3) == 0.0


def test_an_image_without_features_is_like_none():
    features = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.0, 0.0]])
    assert knn(features, np.array([0, 0, 1, 1]), 1) == pytest.approx(0.5)


@pytest.mark.parametrize("score", [knn, ridge, ridge_r2])
def test_a_class_of_one_image_is_refused(score):
    with pytest.raises(InputError, match=r"1 of 2 classes have one labelled image.*class 7"):
        score(np.ones((3, 2)), np.array([4, 4, 7]))


@pytest.mark.parametrize("neighbours", [0, 4])
def test_more_neighbours_than_images_are_refused(neighbours):
    with pytest.raises(InputError, match=rf"{neighbours} neighbours of each of 4.*1 to 3"):
        knn(np.ones((4, 2)), np.array([0, 0, 1, 1]), neighbours)
