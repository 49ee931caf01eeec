"""Every score of a source by its name; more of it is better."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from glyph_transfer.analysis.forecasts.leave_one_out import knn, ridge
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
    "h_score": lambda seen: h_score(seen.features, seen.labels, seen.n_features),
    "leep": lambda seen: leep(seen.probabilities, seen.labels),
    "nce": lambda seen: nce(seen.probabilities, seen.labels),
    "ridge": lambda seen: ridge(seen.features, seen.labels),
    "knn": lambda seen: knn(seen.features, seen.labels),
}
"""Score of what a source sees, by name."""


def score(names: Iterable[str], seen: Seen) -> dict[str, float]:
    """Score a source by every name.

    Raises:
        InputError: where a name is no score, or the images are not enough for one.
    """
    names = [*names]
    if unknown := [name for name in names if name not in SCORES]:
        raise InputError(f"unknown scores {unknown}; there are {', '.join(SCORES)}")
    return {name: SCORES[name](seen) for name in names}
