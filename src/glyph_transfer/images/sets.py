"""Sets of images: split, sample, save, load."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_arrays, reading, replacing
from glyph_transfer.seeds import generator

SIZE = 28
"""Height and width of every image, pixels."""

SPLITS = ("train", "validation", "test")

OTHER = "other"
"""Provenance of images that are not of the published set whose role they play."""

PROVENANCES = (OTHER, "unofficial", "generated", "official")
"""Where images came from, the one that most needs saying first."""


@dataclass(frozen=True)
class Split:
    """Images for one purpose.

    Attributes:
        images: uint8 (n, 28, 28), upright, white on black.
        labels: uint8 (n,), from 0.
        index: int32 (n,), rows of the published split that the images are.
    """

    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)

    def __getitem__(self, rows: np.ndarray) -> "Split":
        """Give the split of the chosen rows."""
        return Split(self.images[rows], self.labels[rows], self.index[rows])

    @property
    def digest(self) -> str:
        """SHA-256 of images and labels, in hexadecimal."""
        content = hashlib.sha256(np.ascontiguousarray(self.images))
        content.update(np.ascontiguousarray(self.labels))
        return content.hexdigest()

    @property
    def index_digest(self) -> str:
        """SHA-256 of the index, int32 in little-endian bytes, in hexadecimal."""
        return index_digest(self.index)


@dataclass(frozen=True)
class ImageSet:
    """A role's images in three splits that never overlap."""

    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


@dataclass(frozen=True)
class Selection:
    """Which images of a role's set make a target, and how they are divided.

    Attributes:
        classes: that are kept, labelled in this order from 0; None for all.
        validation: share of the images that are not for testing to hold back, stratified by
            class; None leaves the set divided as it is.
        most: training images to keep, the first ones; None for all.
    """

    classes: tuple[str, ...] | None = None
    validation: float | None = None
    most: int | None = None


def index_digest(index: np.ndarray) -> str:
    """SHA-256 of rows (n,), taken as int32 in little-endian bytes, in hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(index, dtype="<i4")).hexdigest()


def divide(
    name: str, train: Split, n_train: int | None, n_validation: int, seed: int
) -> tuple[Split, Split]:
    """Divide a published training split into train and validation.

    Validation is taken first, stratified by class; train is a random choice of the rest,
    or all of it where `n_train` is None, in random order, so that its first rows are a
    sample of it.

    Raises:
        InputError: where fewer images exist than are asked for, or all of a class would be
            held back for validation.
    """
    wanted = n_validation + (1 if n_train is None else n_train)
    if wanted > len(train):
        raise InputError(
            f"{name}: params.yaml asks for {wanted - n_validation:,} training and "
            f"{n_validation:,} validation images, but the training split has {len(train):,}"
        )
    rng = generator(seed, "split", name)
    validation, rest = np.split(stratified_order(train.labels, rng), [n_validation])
    classes, learned = np.unique(train.labels), np.unique(train.labels[rest])
    if len(learned) < len(classes):
        raise InputError(
            f"{name}: with {n_validation:,} of {len(train):,} images for validation, "
            f"{len(classes) - len(learned):,} of its {len(classes):,} classes have none left to be "
            "learned from. Ask for fewer in params.yaml (0 for none), or add images of each class."
        )
    return train[rng.permutation(rest)[:n_train]], train[validation]


def select(name: str, image_set: ImageSet, selection: Selection, seed: int) -> ImageSet:
    """Give the images of a role's set that make the target `name`.

    Raises:
        InputError: where the set lacks one of the classes.
    """
    chosen = image_set
    if selection.classes is not None:
        chosen = _restrict(name, chosen, selection.classes)
    if selection.validation is not None:
        pool = _merge(chosen.train, chosen.validation)
        n_validation = round(selection.validation * len(pool))
        train, validation = divide(name, pool, None, n_validation, seed)
        chosen = replace(chosen, train=train, validation=validation)
    if selection.most is not None:
        chosen = replace(chosen, train=chosen.train[np.arange(len(chosen.train))[: selection.most]])
    return chosen


def unite(name: str, parts: Mapping[str, ImageSet], seed: int) -> ImageSet:
    """Put roles' sets together, split by split: `name` is of all their classes and images.

    Labels and rows of each follow on those of the one before, and the images of a split are in
    one random order, so that its first are a sample of all.

    Args:
        name: of the set.
        parts: role -> its set, in the order of the classes.
        seed: of the order of the images.

    Raises:
        InputError: where two roles have classes of the same name.
    """
    classes = [each for part in parts.values() for each in part.classes]
    if twice := sorted({each for each in classes if classes.count(each) > 1}):
        raise InputError(
            f"the set '{name}' is to have the classes of {' and '.join(parts)}, but more than one "
            f"of them has classes of the names {', '.join(twice)}; correct `unions` in params.yaml"
        )
    splits = {}
    for split in SPLITS:
        merged, n_classes, n_rows = None, 0, 0
        for part in parts.values():
            own = getattr(part, split)
            own = Split(own.images, own.labels + np.uint8(n_classes), own.index + np.int32(n_rows))
            merged = own if merged is None else _merge(merged, own)
            n_classes += part.n_classes
            n_rows += _n_rows(part, split)
        order = generator(seed, "union", name, split).permutation(len(merged))
        splits[split] = merged[order]
    return ImageSet(tuple(classes), **splits)


def _n_rows(image_set: ImageSet, split: str) -> int:
    """Rows of the published split that a split is part of, as far as they are in the set."""
    parts = ("test",) if split == "test" else ("train", "validation")
    return 1 + max(int(getattr(image_set, each).index.max(initial=-1)) for each in parts)


def _restrict(name: str, image_set: ImageSet, classes: tuple[str, ...]) -> ImageSet:
    missing = [c for c in classes if c not in image_set.classes]
    if missing:
        raise InputError(
            f"the set '{name}' asks for the classes {missing}, but its images are of "
            f"{[*image_set.classes]}; correct `subsets` in params.yaml"
        )
    old = np.array([image_set.classes.index(c) for c in classes])
    new = np.zeros(image_set.n_classes, np.uint8)
    new[old] = np.arange(len(old))
    splits = {}
    for split in SPLITS:
        kept = getattr(image_set, split)
        kept = kept[np.flatnonzero(np.isin(kept.labels, old))]
        splits[split] = replace(kept, labels=new[kept.labels])
    return ImageSet(classes, **splits)


def _merge(first: Split, second: Split) -> Split:
    """Put two splits of one published split together, in its order."""
    parts = {
        field: np.concatenate([getattr(first, field), getattr(second, field)])
        for field in ("images", "labels", "index")
    }
    return Split(**parts)[np.argsort(parts["index"], kind="stable")]


def sample(
    labels: np.ndarray, n_train: int | str, sampling: str, rng: np.random.Generator
) -> np.ndarray:
    """Choose `n_train` labelled images, the same for every source and variant.

    With equal `rng`, a smaller sample is the beginning of a larger one.

    Args:
        labels: integers (n,), every class at least once.
        n_train: a number, or `all` of the labels.
        sampling: `random`, or `stratified` for equal numbers of every class (differing
            by one at most while every class has images left).

    Returns:
        int64 (n_train,), rows of `labels`.

    Raises:
        InputError: where n_train is above n or below the number of classes.
    """
    n_classes = len(np.unique(labels))
    if n_train == "all":
        n_train = len(labels)
    if not n_classes <= n_train <= len(labels):
        raise InputError(
            f"n_train is {n_train:,}, but it has to be at least the number of classes, "
            f"{n_classes}, and at most the number of training images, {len(labels):,}"
        )
    if sampling == "stratified":
        return _balanced_order(labels, rng)[:n_train]
    return rng.permutation(len(labels))[:n_train]


def stratified_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random order whose every beginning has the classes in their natural shares."""
    order, rank, count = _shuffled(labels, rng)
    return order[np.argsort((rank + 0.5) / count, kind="stable")]


def _balanced_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random order whose every beginning has equally many of every class, as far as it goes."""
    order, rank, _ = _shuffled(labels, rng)
    return order[np.argsort(rank, kind="stable")]


def _shuffled(
    labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random order of rows; for each, its rank among its class and the size of its class."""
    order = rng.permutation(len(labels))
    rank, count = np.empty(len(labels), int), np.empty(len(labels), int)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels[order] == label)
        rank[rows], count[rows] = np.arange(len(rows)), len(rows)
    return order, rank, count


def save(image_set: ImageSet, path: Path) -> None:
    """Save as .npz, whole or not at all; equal sets give equal bytes."""
    arrays = {
        f"{split}_{part}": getattr(getattr(image_set, split), part)
        for split in SPLITS
        for part in ("images", "labels", "index")
    }
    with replacing(path) as temporary:
        np.savez(temporary, classes=np.array(image_set.classes), **arrays)


def load(path: Path) -> ImageSet:
    """Load a set that `save` wrote; InputError where it is missing or corrupt."""
    expected = "a readable set of images"
    arrays = read_arrays(path, expected)
    with reading(path, expected):
        splits = {
            split: Split(*(arrays[f"{split}_{part}"] for part in ("images", "labels", "index")))
            for split in SPLITS
        }
        return ImageSet(classes=tuple(map(str, arrays["classes"])), **splits)
