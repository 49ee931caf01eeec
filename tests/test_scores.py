"""Scores of predictions, by hand."""

import numpy as np
import pytest

from glyph_transfer.scores import (
    accuracy,
    log_loss,
    probability_of_truth,
    proportion_interval,
)


def test_probability_of_truth_is_picked_row_by_row():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    picked = probability_of_truth(probabilities, np.array([0, 2], np.uint8))
    np.testing.assert_array_equal(picked, np.array([0.7, 0.4], np.float32))
    assert picked.dtype == np.float32


def test_log_loss_is_in_nats():
    assert log_loss(np.array([1.0, np.exp(-3)])) == pytest.approx(1.5)


def test_log_loss_of_a_certain_error_is_finite():
    assert log_loss(np.array([0.0], np.float32)) == pytest.approx(7 * np.log(10))


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_proportions_have_wilsons_interval(correct, n, low, high):
    """Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I."""
    assert proportion_interval(np.arange(n) < correct) == pytest.approx((low, high), abs=5e-5)


def test_accuracy_is_the_share_of_rows_that_give_most_to_their_label():
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7], [0.5, 0.5], [0.1, 0.9]], np.float32)
    right = accuracy(probabilities, np.array([0, 0, 0, 1]))
    assert (right, type(right)) == (0.75, float)
