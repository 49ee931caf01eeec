"""Scores by their names."""

from dataclasses import replace

import numpy as np
import pytest

from glyph_transfer.analysis.forecasts.scores import SCORES, Seen, score
from glyph_transfer.errors import InputError


def seen_by(quality, seed=0):
    """Five images of four classes as a source sees them, the better the clearer."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(4), 5)
    features = quality * np.eye(4, 20)[labels] + 0.3 * rng.normal(size=(20, 20))
    logits = 3 * features[:, :4]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Seen(features, probabilities, labels, 20)


@pytest.mark.parametrize("name", SCORES)
def test_every_score_prefers_the_source_that_sees_better(name):
    low, high = score(name, [seen_by(0.2), seen_by(2.0)])
    assert high > low


def test_a_name_that_is_no_score_is_told_what_there_is():
    with pytest.raises(InputError, match=r"'logm'.*logme.*ridge.*knn"):
        score("logm", [seen_by(1.0)])


@pytest.mark.parametrize("name", SCORES)
def test_scores_do_not_hang_on_how_classes_are_numbered(name):
    seen, more = seen_by(0.5), seen_by(0.7)
    others = [replace(each, labels=3 * each.labels + 40) for each in (seen, more)]
    assert score(name, others) == pytest.approx(score(name, [seen, more]))


def test_h_score_does_not_see_lengths():
    seen = seen_by(1.0)
    longer = replace(seen, features=seen.features * np.arange(1, 21)[:, None])
    assert score("h_score", [longer]) == pytest.approx(score("h_score", [seen]))
