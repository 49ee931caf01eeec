"""Arrays by name -> pictures with their labels, by split."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.remarks import Remark
from glyph_transfer.images.pictures.tables import SIDES

_SPLIT_WORDS = {"train": "train", "test": "test", "t10k": "test", "val": "train"}
_LABEL = re.compile(r"label|target|class|codes|(^|[^a-z])[yt](?![a-z])|^[yt](_|train|test)", re.I)
_OTHER = re.compile(r"writer|author|group|sheet|page|index|width|height|mapping|names", re.I)
_UNLABELLED = re.compile(r"unlabell?ed", re.I)


@dataclass(frozen=True)
class Part:
    """Pictures of one split.

    Attributes:
        name: of their array, for messages.
        split: `train`, `test` or `unlabelled`.
        pictures: (n, h, w) or (n, h, w, channels), in levels that `prepare` takes.
        labels: class names (n,) of texts; None where they are not labelled.
    """

    name: str
    split: str
    pictures: np.ndarray
    labels: np.ndarray | None


def pair(
    arrays: Mapping[str, np.ndarray], where: str, transposed: bool
) -> tuple[list[Part], list[Remark]]:
    """Find the pictures among arrays, and their labels by name, split and number.

    Args:
        arrays: by name, as `arrays.read` gives them.
        where: the file or folder, for messages.
        transposed: whether rows and columns of every picture are swapped.

    Raises:
        InputError: no pictures, no labels, or several that may belong together.
    """
    labels = {name: values for name, values in arrays.items() if _is_labels(name, values)}
    images = {name: values for name, values in arrays.items() if _is_images(values)}
    images = {name: values for name, values in images.items() if name not in labels}
    if not images:
        raise InputError(
            f"{where}: found {_described(arrays)}, expected pictures: an array of (n, height, "
            f"width), or of (n, height * width), with sides of {SIDES[0]} to {SIDES[1]} pixels"
        )
    lengths = {len(values) if values.ndim == 1 else max(values.shape) for values in labels.values()}
    parts, remarks = [], []
    for name, values in images.items():
        pictures = _first_axis(values, lengths, transposed)
        own = _labels_of(name, len(pictures), labels, len(images), where)
        split = "unlabelled" if own is None else _split_of(name) or "train"
        pictures, said = _as_levels(pictures, f"{where} ({name})")
        remarks += said
        parts.append(Part(name, split, pictures, None if own is None else _named(own)))
    if all(part.labels is None for part in parts):
        raise InputError(
            f"{where}: found pictures ({_described(images)}) but no labels for them: an array of "
            "as many numbers or texts, named like theirs with `labels` or `y`"
        )
    return parts, remarks


def _described(arrays: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"{name} {values.shape}" for name, values in arrays.items()) or "nothing"


def _is_labels(name: str, values: np.ndarray) -> bool:
    """Whether an array may be one label a picture, or one column a class of 0 and 1."""
    if values.size == 0 or _OTHER.search(name):
        return False
    if values.ndim == 1 or (values.ndim == 2 and 1 in values.shape):
        return values.dtype.kind in "buifU"
    if values.ndim != 2 or values.dtype.kind == "U" or not _LABEL.search(name):
        return False
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def _is_images(values: np.ndarray) -> bool:
    if values.dtype.kind not in "buif" or values.size == 0:
        return False
    low, high = SIDES
    if values.ndim == 2:
        side = int(np.sqrt(values.shape[1]))
        return side * side == values.shape[1] and low <= side <= high
    return values.ndim in (3, 4) and sum(low <= n <= high for n in values.shape) >= 2


def _first_axis(values: np.ndarray, lengths: set[int], transposed: bool) -> np.ndarray:
    """Pictures (n, h, w) or (n, h, w, channels), whichever axis counts them."""
    if values.ndim == 2:
        side = int(np.sqrt(values.shape[1]))
        values = values.reshape(-1, side, side)
    elif values.shape[0] not in lengths and values.shape[-1] in lengths:
        values = np.moveaxis(values, -1, 0)  # MATLAB's order
    if values.ndim == 4 and values.shape[1] in (1, 3) and values.shape[3] not in (1, 3, 4):
        values = np.moveaxis(values, 1, 3)  # PyTorch's order
    if values.ndim == 4 and values.shape[3] not in (1, 2, 3, 4):
        raise InputError(f"found pictures of shape {values.shape[1:]}, expected 1 to 4 channels")
    return values.swapaxes(1, 2) if transposed else values


def _split_of(name: str) -> str | None:
    found = [split for word, split in _SPLIT_WORDS.items() if word in name.lower()]
    return found[0] if found else None


def _labels_of(
    name: str, n: int, labels: Mapping[str, np.ndarray], n_images: int, where: str
) -> np.ndarray | None:
    """The labels that belong to an array of n pictures."""
    if _UNLABELLED.search(name):
        return None
    chosen = {key: values for key, values in labels.items() if _n_labels(values) == n}
    same = {key: values for key, values in chosen.items() if _split_of(key) == _split_of(name)}
    chosen = same or (chosen if n_images == 1 else {})
    for belongs in (_LABEL.search, lambda key: bare_name(key) == bare_name(name)):
        if len(chosen) > 1:
            chosen = {key: v for key, v in chosen.items() if belongs(key)} or chosen
    if len(chosen) > 1:
        raise InputError(
            f"{where}: any of {', '.join(chosen)} may be the labels of {name}; leave one"
        )
    if not chosen and len(labels) and n_images == 1:
        raise InputError(
            f"{where}: found {n:,} pictures in {name} and labels {_described(labels)}, expected "
            "as many of both"
        )
    return next(iter(chosen.values()), None)


def _n_labels(values: np.ndarray) -> int:
    return values.size if values.ndim < 2 or 1 in values.shape else len(values)


def bare_name(name: str) -> str:
    """A name without what tells labels from images."""
    bare = re.sub(r"labels?|images?|targets?|idx\d|ubyte|\d+x\d+", "", name.lower())
    return re.sub(r"(^|[^a-z])[xy](?![a-z])|[^a-z0-9]", "", bare)


def _named(labels: np.ndarray) -> np.ndarray:
    """Class names (n,) of labels: texts, whole numbers, or a column of 0 and 1 a class."""
    if labels.ndim == 2 and 1 not in labels.shape:
        labels = labels.argmax(axis=1)
    labels = labels.ravel()
    if labels.dtype.kind == "f":
        if not np.array_equal(labels, np.rint(labels)):
            raise InputError("found labels with fractions, expected whole numbers or texts")
        labels = labels.astype(np.int64)
    if labels.dtype.kind == "b":
        labels = labels.astype(np.int8)
    if labels.dtype.kind == "U" and all(re.fullmatch(r"-?\d+\.0+", label) for label in labels[:99]):
        return np.char.rpartition(labels, ".")[:, 0]
    return labels.astype(str)


def _as_levels(pictures: np.ndarray, where: str) -> tuple[np.ndarray, list[Remark]]:
    """Pictures in levels 0..255 (or 16 bits), and how they were brought there."""
    if pictures.dtype == bool:
        return pictures, []
    low, high = pictures.min(), pictures.max()
    if not np.isfinite([low, high]).all():
        raise InputError(f"{where}: found pixels that are no numbers, expected 0..255")
    if pictures.dtype == np.uint8 and high > 16:
        return pictures, []
    if pictures.dtype.kind in "ui" and low >= 0 and 16 < high <= 65535:
        return pictures.astype(np.uint8 if high <= 255 else np.uint16), []
    if low >= 0 and high <= 1:
        first, last = 0.0, 1.0
    elif low >= 0 and high <= 16 and pictures.dtype.kind in "ui":
        first, last = 0.0, float(high)
    elif low >= 0 and 1 < high <= 255 and pictures.dtype.kind == "f" and high > 16:
        first, last = 0.0, 255.0
    elif low >= -1 and low < 0 and high <= 1:
        first, last = -1.0, 1.0
    else:
        first, last = float(low), float(high)
    scale = 255 / (last - first) if last > first else 0.0
    levels = np.empty(pictures.shape, np.uint8)
    for row, picture in enumerate(
        pictures
    ):  # one at a time, for fractions take eight times as much
        levels[row] = np.rint((picture.astype(np.float32) - first) * scale)
    if (first, last) == (0.0, 255.0):
        return levels, []
    text = f"{where}: values {low:g}..{high:g}, of which {first:g}..{last:g} was taken for 0..255"
    return levels, [Remark("scaled", text)]
