"""Folds of images, their copies with them."""

import numpy as np

MOST_FOLDS = 5


def stratified_folds(labels: np.ndarray, groups: np.ndarray, seed: int) -> list[np.ndarray]:
    """Divide rows into folds with the classes in equal shares; a group is in one fold.

    Args:
        labels: integers (n,), two groups of every class at least.
        groups: integers (n,), every row of one of the same class.
        seed: of the division.

    Returns:
        bool (n,) for each fold, true where a row is held out: five folds, or as many as the
        smallest class has groups.
    """
    _, first, row_group = np.unique(groups, return_index=True, return_inverse=True)
    group_labels = labels[first]
    n_folds = folds_for(np.bincount(group_labels)[np.unique(group_labels)])
    order = np.random.default_rng(seed).permutation(len(first))
    order = order[np.argsort(group_labels[order], kind="stable")]
    fold = np.empty(len(first), int)
    fold[order] = np.arange(len(first)) % n_folds
    return [fold[row_group] == number for number in range(n_folds)]


def folds_for(counts: np.ndarray) -> int:
    """Give the number of folds for so many images of each class."""
    return min(MOST_FOLDS, int(counts.min()))
