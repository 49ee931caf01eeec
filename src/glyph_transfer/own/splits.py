"""Which images are tested together: stratified folds that keep groups in one piece."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TRAINING_ONLY = -1
"""The fold of images that are never tested."""


def units_of(groups: np.ndarray | None, images: np.ndarray) -> np.ndarray:
    """Number what has to stay together: groups, and images that are pixel for pixel the same.

    A copy in another fold would be recognised, not classified.

    Args:
        groups: (n,), the same for images that belong together; None where each is by itself.
        images: uint8 (n, h, w).

    Returns:
        int (n,), from 0.
    """
    n = len(images)
    names = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    _, copy_of = np.unique(images.reshape(n, -1), axis=0, return_inverse=True)
    parent = list(range(int(names.max()) + 1))

    def root(unit: int) -> int:
        while parent[unit] != unit:
            unit = parent[unit]
        return unit

    first: dict[int, int] = {}
    for name, picture in zip(names.tolist(), copy_of.tolist(), strict=True):
        other = first.setdefault(picture, name)
        parent[root(name)] = root(other)
    return np.unique([root(name) for name in names.tolist()], return_inverse=True)[1]


@dataclass(frozen=True)
class Split:
    """One division of all images into folds.

    Attributes:
        fold: int (n,), from 0; `TRAINING_ONLY` for images that are in every training part.
        number: of folds.
    """

    fold: np.ndarray
    number: int

    def training(self, fold: int) -> np.ndarray:
        """Rows that are trained on when `fold` is tested."""
        return np.flatnonzero(self.fold != fold)

    def tested(self, fold: int) -> np.ndarray:
        """Rows of a fold."""
        return np.flatnonzero(self.fold == fold)


def testable(labels: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Tell which images can be tested: those of classes that are in two units or more.

    Of another class nothing would be left to train on.

    Returns:
        bool (n,).
    """
    pairs = np.unique(np.stack([labels, units], axis=1), axis=0)
    classes, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.isin(labels, classes[counts > 1])


def divide(
    labels: np.ndarray, units: np.ndarray, folds: int, generators: Sequence[np.random.Generator]
) -> list[Split]:
    """Divide images into folds, once for each generator.

    Units are taken in random order, the large ones first, and each is put where its classes are
    rarest, which stratifies as well as whole units allow.

    Args:
        labels: int (n,).
        units: int (n,); images of one unit come into one fold.
        folds: as many, or as there are units.
        generators: of the random orders.
    """
    can = testable(labels, units)
    tested_units, unit = np.unique(units[can], return_inverse=True)
    classes, label = np.unique(labels[can], return_inverse=True)
    counts = np.zeros((len(tested_units), len(classes)))
    np.add.at(counts, (unit, label), 1)
    number = min(folds, len(tested_units))
    splits = []
    for generator in generators:
        fold = np.full(len(labels), TRAINING_ONLY)
        fold[can] = _assign(counts, number, generator)[unit]
        splits.append(Split(fold, number))
    return splits


def _assign(counts: np.ndarray, folds: int, generator: np.random.Generator) -> np.ndarray:
    """Give every unit with so many images of each class a fold: int (units,)."""
    order = generator.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    share = counts / np.maximum(counts.sum(axis=0), 1)
    held = np.zeros((folds, counts.shape[1]))
    sizes = np.zeros(folds)
    result = np.empty(len(counts), int)
    for row in order:
        cost = held @ share[row]
        cheapest = np.flatnonzero(np.isclose(cost, cost.min()))
        smallest = cheapest[sizes[cheapest] == sizes[cheapest].min()]
        fold = generator.choice(smallest)
        result[row] = fold
        held[fold] += counts[row]
        sizes[fold] += counts[row].sum()
    return result
