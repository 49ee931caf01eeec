"""LogME and H-score against densities and covariances written out, and on arrays by hand."""

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn.covariance import LedoitWolf

from glyph_transfer.analysis.forecasts.separation import h_score, ledoit_wolf, logme
from glyph_transfer.errors import InputError


def clusters(n_a_class, n_classes, d, distance, seed=0):
    """Images of every class around a centre of its own, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_a_class)
    centres = distance * rng.normal(size=(n_classes, d))
    return (centres[labels] + rng.normal(size=(len(labels), d))).astype(np.float32), labels


WIDE = clusters(4, 3, 30, 1.0)
TALL = clusters(20, 3, 5, 0.7)


def log_density(log_precisions, features, indicator):
    """Of an indicator, the weights integrated out: the definition of the evidence."""
    alpha, beta = np.exp(log_precisions)
    n = len(features)
    covariance = np.eye(n) / beta + features.astype(float) @ features.T / alpha
    return stats.multivariate_normal.logpdf(indicator, np.zeros(n), covariance, allow_singular=True)


@pytest.mark.parametrize(("features", "labels"), [WIDE, TALL], ids=["wide", "tall"])
def test_logme_is_the_highest_density_that_any_precisions_give(features, labels):
    highest = []
    for each in np.unique(labels):
        indicator = (labels == each).astype(float)
        found = [
            optimize.minimize(
                lambda x, y=indicator: -log_density(x, features, y), start, method="Nelder-Mead"
            ).fun
            for start in ([0.0, 0.0], [3.0, 3.0], [-2.0, 2.0])
        ]
        highest.append(-min(found) / len(labels))
    assert logme(features, labels) == pytest.approx(np.mean(highest), abs=1e-6)


def fixed_point(features, indicator):
    """The iteration of You et al. 2021 (algorithm 1), as far as it goes."""
    n, d = features.shape
    f = features.astype(float)
    eigenvalues = np.linalg.eigvalsh(f.T @ f).clip(0)
    alpha = beta = 1.0
    for _ in range(5_000):
        mean = beta * np.linalg.solve(alpha * np.eye(d) + beta * f.T @ f, f.T @ indicator)
        gamma = (beta * eigenvalues / (alpha + beta * eigenvalues)).sum()
        alpha = gamma / (mean @ mean)
        beta = (n - gamma) / ((f @ mean - indicator) ** 2).sum()
    return log_density(np.log([alpha, beta]), features, indicator) / n


def test_logme_is_where_the_authors_iteration_ends():
    features, labels = TALL
    ends = [fixed_point(features, (labels == each).astype(float)) for each in range(3)]
    assert logme(features, labels) == pytest.approx(np.mean(ends), abs=1e-6)


def test_logme_of_one_feature_that_says_nothing_is_by_hand():
    """Orthogonal to both indicators: the best weight is none, the noise (y'y) / n = 1/2."""
    features, labels = np.array([[1.0], [-1.0], [1.0], [-1.0]]), np.array([0, 0, 1, 1])
    by_hand = -0.5 * (np.log(2 * np.pi * 0.5) + 1)
    assert logme(features, labels) == pytest.approx(by_hand, abs=1e-6)
    assert logme(np.zeros((4, 1)), labels) == pytest.approx(by_hand)


def test_logme_of_features_that_are_the_indicators_is_bounded():
    labels = np.repeat([0, 1, 2], 4)
    assert 5 < logme(np.eye(3)[labels], labels) < 100


def shrunk(features, labels):
    """Ibrahim et al. 2021 with scikit-learn's covariance, inverted."""
    fitted = LedoitWolf().fit(features.astype(float))
    means = np.array([features[labels == each].mean(axis=0) for each in labels], float)
    between = np.cov(means.T, bias=True)
    return np.trace(np.linalg.inv(fitted.covariance_) @ between) * (1 - fitted.shrinkage_)


@pytest.mark.parametrize(("features", "labels"), [WIDE, TALL], ids=["wide", "tall"])
def test_h_score_is_the_trace_that_it_stands_for(features, labels):
    assert h_score(features, labels) == pytest.approx(shrunk(features, labels), rel=1e-5)
    centred = features.astype(float) - features.mean(axis=0)
    ours = ledoit_wolf(centred, features.shape[1])
    assert ours == pytest.approx(LedoitWolf().fit(features.astype(float)).shrinkage_, rel=1e-6)


def test_h_score_by_hand():
    """Two classes at -1 and 1 on one feature, which cannot be shrunk: all variance is between."""
    labels = np.array([0, 0, 1, 1])
    assert h_score(np.array([[-1.0], [-1.0], [1.0], [1.0]]), labels) == pytest.approx(1.0)
    assert h_score(np.array([[-1.0], [1.0], [-1.0], [1.0]]), labels) == pytest.approx(0.0)
    # a feature that is the same for all neither counts nor disturbs
    constant = np.array([[-1.0, 5.0], [-1.0, 5.0], [1.0, 5.0], [1.0, 5.0]])
    assert h_score(constant, labels) == pytest.approx(1.0)
    # variance 1 + 1/4 in all, 1 of it between
    spread = np.array([[-1.5], [-0.5], [0.5], [1.5]])
    assert h_score(spread, labels) == pytest.approx(1 / 1.25)


@pytest.mark.parametrize("score", [logme, h_score])
def test_classes_further_apart_score_higher(score):
    at = [score(*clusters(10, 4, 50, distance)) for distance in (0.0, 0.3, 0.6, 1.0)]
    assert at == sorted(at)
    assert at[-1] > at[0]


def test_scores_are_those_of_the_images_coordinates():
    """What is kept of wide features: as many coordinates as there are images."""
    features, labels = WIDE
    vectors, singular, _ = np.linalg.svd(features.astype(float), full_matrices=False)
    coordinates = vectors * singular
    assert coordinates.shape == (12, 12)
    assert logme(coordinates, labels) == pytest.approx(logme(features, labels), abs=1e-7)
    h = h_score(coordinates, labels, n_features=30)
    assert h == pytest.approx(h_score(features, labels), rel=1e-6)
    assert h != pytest.approx(h_score(coordinates, labels), rel=1e-3)


def test_equal_features_separate_nothing():
    labels = np.array([0, 0, 1, 1])
    assert h_score(np.ones((4, 3)), labels) == 0.0


@pytest.mark.parametrize("score", [logme, h_score])
@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.ones((3, 2)), np.array([0, 1]), r"\(3, 2\).*\(2,\)"),
        (np.ones(2), np.array([0, 1]), "one row"),
        (np.array([[np.nan], [1.0]]), np.array([0, 1]), "1 values that are not finite"),
        (np.ones((2, 2)), np.array([1, 1]), "of one class"),
    ],
)
def test_features_that_cannot_be_scored_are_refused(score, features, labels, message):
    with pytest.raises(InputError, match=message):
        score(features, labels)
