"""LEEP and NCE against sums written out, and by hand."""

from math import log

import numpy as np
import pytest

from glyph_transfer.analysis.forecasts.source_classes import leep, nce
from glyph_transfer.errors import InputError

HALVES = np.array([[0.5, 0.5]] * 4)
SURE = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])


def leep_written_out(probabilities, labels):
    """The three steps of Nguyen et al. 2020, section 3, with loops."""
    n, n_source = probabilities.shape
    total = 0.0
    for i in range(n):
        expected = 0.0
        for z in range(n_source):
            joint = sum(probabilities[j, z] for j in range(n) if labels[j] == labels[i]) / n
            marginal = sum(probabilities[j, z] for j in range(n)) / n
            expected += joint / marginal * probabilities[i, z]
        total += log(expected)
    return total / n


def nce_written_out(probabilities, labels):
    """Minus sum over z and y of P(z) P(y|z) log P(y|z), with loops."""
    said = probabilities.argmax(axis=1)
    total = 0.0
    for z in set(said):
        own = labels[said == z]
        for y in set(own):
            share = np.mean(own == y)
            total += len(own) / len(labels) * share * log(share)
    return total


@pytest.mark.parametrize(
    ("score", "written_out"), [(leep, leep_written_out), (nce, nce_written_out)]
)
def test_scores_are_the_sums_that_define_them(score, written_out):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([0.4] * 5, 30).astype(np.float32)
    labels = rng.integers(0, 4, 30) + 3  # classes need not begin at 0
    expected = written_out(probabilities.astype(float), labels)
    assert score(probabilities, labels) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("score", [leep, nce])
def test_scores_by_hand(score):
    """Classes that match are sure; ones that say nothing leave the labels' entropy."""
    assert score(SURE, np.array([0, 0, 1, 1])) == pytest.approx(0.0)
    assert score(SURE, np.array([0, 1, 0, 1])) == pytest.approx(-log(2))
    assert score(HALVES, np.array([0, 0, 1, 1])) == pytest.approx(-log(2))
    assert score(HALVES, np.array([0, 0, 0, 1])) == pytest.approx(
        0.75 * log(0.75) + 0.25 * log(0.25)
    )


def test_leep_sees_how_sure_the_source_is_and_nce_does_not():
    unsure, labels = 0.6 * SURE + 0.2, np.array([0, 0, 1, 1])
    assert leep(unsure, labels) == pytest.approx(log(0.8**2 + 0.2**2))
    assert nce(unsure, labels) == pytest.approx(0.0)


@pytest.mark.parametrize("score", [leep, nce])
@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (SURE[:3], r"\(3, 2\)"),
        (5 * SURE, "sum to 5"),
        (np.array([[2.0, -1.0]] * 4), "least is -1"),
    ],
)
def test_what_are_no_probabilities_is_refused(score, probabilities, message):
    with pytest.raises(InputError, match=message):
        score(probabilities, np.array([0, 0, 1, 1]))
