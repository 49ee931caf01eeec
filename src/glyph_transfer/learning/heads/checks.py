"""What a head can be asked for, before anything is computed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.learning.heads.folds import folds_for

KINDS = ("logistic", "cosine", "ridge", "nearest_mean", "neighbours")
"""Heads: logistic regression; the same on features of unit length; ridge regression on classes;
the nearest class mean, and votes of neighbours, both by cosine."""

CHOICES = ("leave_one_out", "cross_validation", "average")
WITHOUT_REFITTING = ("ridge", "nearest_mean", "neighbours")
"""Heads whose answers without an image follow from the fit to all of them."""


class How(NamedTuple):
    """Which head, and how strong.

    Attributes:
        kind: one of `KINDS`.
        strengths: of `logistic` and `cosine`, the weight of half the squared kernel beside the sum
            of the images' cross-entropies in nats; of `ridge`, that of the squared kernel beside
            their mean squared error; of `nearest_mean`, a factor on cosines; of `neighbours`, how
            many.
        choose: `leave_one_out` or `cross_validation` take the strength with the least
            cross-entropy on images left out; `average` averages logits over all of them, or votes.
    """

    kind: str
    strengths: Sequence[float]
    choose: str

    @property
    def has_to_choose(self) -> bool:
        """Whether there is more than one strength, and one of them is to be taken."""
        return len(self.strengths) > 1 and self.choose != "average"


def check(how: How, labels: np.ndarray, n_classes: int) -> None:
    """Raise InputError where a head cannot be fitted to so many images of each class.

    Args:
        how: its kind and strengths.
        labels: integers (n,), from 0 to n_classes - 1; of images, not of their copies.
        n_classes: of the target.
    """
    kind, strengths, choose = how
    for found, known, what in ((kind, KINDS, "head"), (choose, CHOICES, "choice of a strength")):
        if found not in known:
            raise InputError(f"unknown {what} '{found}'; there are: {', '.join(known)}")
    _check_strengths(kind, strengths)
    counts = np.bincount(labels, minlength=n_classes)
    if not counts.all():
        missing = np.flatnonzero(counts == 0).tolist()
        raise InputError(f"a head needs an image of every class, but there is none of {missing}")
    if choose == "leave_one_out" and kind not in WITHOUT_REFITTING:
        raise InputError(
            f"'leave_one_out' is for the heads {', '.join(WITHOUT_REFITTING)}; the head '{kind}' "
            "would be fitted as often as there are images: take 'cross_validation' or 'average'"
        )
    if how.has_to_choose and counts.min() < 2:
        alone = np.flatnonzero(counts < 2).tolist()
        raise InputError(
            f"'{choose}' needs two images of every class, but there is one of {alone}: take "
            "'average', or a single strength"
        )
    if kind == "neighbours":
        _check_neighbours(how, counts)


def _check_strengths(kind: str, strengths: Sequence[float]) -> None:
    if not strengths or not all(np.isfinite(s) and s > 0 for s in strengths):
        raise InputError(f"'strengths' have to be numbers above 0, one at least; found {strengths}")
    if kind == "neighbours" and any(s != int(s) for s in strengths):
        raise InputError(f"numbers of neighbours have to be whole; found {list(strengths)}")


def _check_neighbours(how: How, counts: np.ndarray) -> None:
    labelled, most, held = int(counts.sum()), max(how.strengths), 0
    if how.has_to_choose:
        folds = labelled if how.choose == "leave_one_out" else folds_for(counts)
        held = -(-labelled // folds)
    if most > labelled - held:
        tried = f", of which {labelled - held} are left while '{how.choose}' tries it"
        raise InputError(
            f"a head goes by {most:g} neighbours, but there are {labelled} labelled images"
            f"{tried if held else ''}: name fewer under 'strengths'"
        )
