"""Labels that are probably wrong, copies, groups that do not fit, and what is confused."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

ODDS = 50.0
"""Of another class against the given one, from which a label is probably wrong."""

TINY = 1e-9


@dataclass(frozen=True)
class Suspect:
    """An image whose label is probably wrong.

    Attributes:
        row: of the image.
        label, other: the given class, and the likelier one.
        probability, of_other: that networks gave them that had not seen the image.
    """

    row: int
    label: int
    other: int
    probability: float
    of_other: float


def suspects(probabilities: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> list[Suspect]:
    """List the images whose label is probably wrong, the surest first.

    Networks that did not see the image have to take another class for `ODDS` times as likely as
    the given one. Of labels changed at random, one in 25, that finds 77 to 97 %; of what it
    names, 61 % (Hebrew letters) to all (Devanagari digits) are such: four scripts, on which the
    odds were chosen, three draws each.

    Args:
        probabilities: float (n, n_classes), out of fold.
        labels: int (n,).
        tested: rows that have such probabilities.
    """
    given = probabilities[tested]
    own = labels[tested]
    of_label = given[np.arange(len(tested)), own]
    other = given.argmax(axis=1)
    of_other = given.max(axis=1)
    odds = of_other / np.maximum(of_label, TINY)
    doubted = np.flatnonzero(odds >= ODDS)
    doubted = doubted[np.argsort(-odds[doubted], kind="stable")]
    return [
        Suspect(int(tested[i]), int(own[i]), int(other[i]), float(of_label[i]), float(of_other[i]))
        for i in doubted
    ]


def moved(suspect: Suspect, rows: np.ndarray) -> Suspect:
    """Give the suspect with its row among all images, of which `rows` were looked at."""
    return replace(suspect, row=int(rows[suspect.row]))


@dataclass(frozen=True)
class Odd:
    """A group or a class of which far more is wrong than of the others.

    Attributes:
        name: of the group or the class.
        wrong, images: of it.
        rest: share that is wrong of all others.
    """

    name: str
    wrong: float
    images: int
    rest: float


def odd_ones(hits: np.ndarray, names: np.ndarray, level: float = 0.001) -> list[Odd]:
    """List the groups or classes with far more errors than the others, the worst first.

    A sheet that was scanned upside down, or that stands under a wrong name, is one.

    Args:
        hits: float (n,), 0 to 1.
        names: str (n,), of the group or class of each.
        level: of Fisher's exact test, divided by the number of names (Bonferroni).
    """
    found = []
    every = np.unique(names)
    for name in every:
        own = names == name
        if own.all():
            continue
        wrong, others = round((1 - hits[own]).sum()), round((1 - hits[~own]).sum())
        table = [[wrong, own.sum() - wrong], [others, (~own).sum() - others]]
        probability = stats.fisher_exact(table, alternative="greater").pvalue
        if probability < level / len(every) and 2 * wrong > own.sum():
            rest = float((1 - hits[~own]).mean())
            found.append(Odd(str(name), float((1 - hits[own]).sum()), int(own.sum()), rest))
    return sorted(found, key=lambda odd: -odd.wrong / odd.images)


def copies(images: np.ndarray) -> list[np.ndarray]:
    """Rows of images that are pixel for pixel the same, two or more each, in their order."""
    flat = images.reshape(len(images), -1)
    _, kind, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    found = [np.flatnonzero(kind == number) for number in np.flatnonzero(counts > 1)]
    return sorted(found, key=lambda rows: rows[0])


def confusion(predicted: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Count what images of each class (rows) were taken for (columns).

    Args:
        predicted: int (repeats, n), -1 where an image was not tested.
        labels: int (n,).
        n_classes: of both.

    Returns:
        float (n_classes, n_classes), images, averaged over the repeats.
    """
    matrix = np.zeros((n_classes, n_classes))
    for row in predicted:
        tested = row >= 0
        np.add.at(matrix, (labels[tested], row[tested]), 1 / len(predicted))
    return matrix
