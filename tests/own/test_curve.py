"""Errors as a power of the number of images."""

import numpy as np
import pytest

from glyph_transfer.own import curve


def hits(sizes, scale, exponent, n, seed):
    """Images of different difficulty: what is right with few images is right with more."""
    difficulty = np.random.default_rng(seed).random(n)
    return np.stack([difficulty > scale * size**-exponent for size in sizes]).astype(float)


SIZES = np.array([20, 40, 60, 80])


def fitted(scale=1.0, exponent=0.5, n=4000, seed=0):
    made = hits(SIZES, scale, exponent, n, seed)
    return curve.fit(SIZES, made, np.arange(n), np.random.default_rng(seed))


def test_a_power_law_is_recovered_and_extrapolated():
    law = fitted()
    assert law.exponent == pytest.approx(0.5, abs=0.07)
    assert law.at(160).mean == pytest.approx(1 - 160**-0.5, abs=0.01)
    assert law.gain(80, 160).mean == pytest.approx(80**-0.5 - 160**-0.5, abs=0.01)
    assert law.growth(80, 100).mean == pytest.approx(0.8**0.5, abs=0.02)


def test_the_interval_holds_the_gain():
    truth = 80**-0.5 - 160**-0.5
    gains = [fitted(n=100, seed=seed).gain(80, 160) for seed in range(60)]
    held = [gain.low <= truth <= gain.high for gain in gains]
    assert np.mean(held) >= 0.9
    assert np.mean([gain.mean for gain in gains]) == pytest.approx(truth, abs=0.01)


def test_more_images_never_make_it_worse():
    rising = np.stack([np.arange(50) < 45 - i for i in range(4)]).astype(float)
    law = curve.fit(SIZES, rising, np.arange(50), np.random.default_rng(0))
    assert law.exponent == 0
    assert law.gain(80, 160).mean == 0
    assert law.growth(80, 100).high <= 1


def test_nothing_wrong_is_no_error_of_the_fit():
    law = curve.fit(SIZES, np.ones((4, 50)), np.arange(50), np.random.default_rng(0))
    assert 0.98 < law.at(100).mean <= 1
    assert np.isfinite(law.resampled).all()


def test_units_are_resampled_whole():
    """Errors of one writer alone leave the curve as unsure as a few writers do."""
    made = hits(SIZES, 1.0, 0.5, 200, 0)
    each = curve.fit(SIZES, made, np.arange(200), np.random.default_rng(0)).at(160)
    writers = np.argsort(np.argsort(made.mean(axis=0), kind="stable")) // 40
    grouped = curve.fit(SIZES, made, writers, np.random.default_rng(0)).at(160)
    assert grouped.high - grouped.low > 1.5 * (each.high - each.low)
