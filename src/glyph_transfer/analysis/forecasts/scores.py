"""Every score of sources by its name; more of it is better."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.forecasts.leave_one_out import directions, knn, ridge, ridge_r2
from glyph_transfer.analysis.forecasts.separation import h_score, logme
from glyph_transfer.analysis.forecasts.source_classes import leep, nce
from glyph_transfer.errors import InputError


@dataclass(frozen=True)
class Seen:
    """Labelled images of a target as a source network sees them.

    Attributes:
        features: float (n, d), or coordinates (n, k) of the same points in fewer dimensions.
        probabilities: float (n, n_source_classes), of the source's own classes.
        labels: integers (n,), classes of the target.
        n_features: d.
    """

    features: np.ndarray
    probabilities: np.ndarray
    labels: np.ndarray
    n_features: int


SCORES = {
    "logme": lambda seen: logme(seen.features, seen.labels),
    "h_score": lambda seen: h_score(directions(seen.features), seen.labels, seen.n_features),
    "leep": lambda seen: leep(seen.probabilities, seen.labels),
    "nce": lambda seen: nce(seen.probabilities, seen.labels),
    "ridge": lambda seen: ridge(seen.features, seen.labels),
    "ridge_r2": lambda seen: ridge_r2(seen.features, seen.labels),
    "knn": lambda seen: knn(seen.features, seen.labels),
}
"""Scores of what one source sees, by name.

H-score is of the directions of the features. Of their lengths too it is worse than any source:
how much the covariance is shrunk then differs more between sources than how well they separate.
"""


def score(name: str, seen: Sequence[Seen]) -> np.ndarray:
    """Score sources by the same labelled images.

    Args:
        name: of `SCORES`.
        seen: what each source makes of the images.

    Returns:
        float64 (n_sources,); more is better.

    Raises:
        InputError: where the name is no score, or the images are not enough for it.
    """
    if name not in SCORES:
        raise InputError(f"'{name}' is no score of sources; there are {', '.join(SCORES)}")
    return np.array([SCORES[name](each) for each in seen])
