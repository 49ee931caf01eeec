"""What is wrong with images and labels that can be read: for one's own and for known roles.

Each check gives `Remark`s. Kinds in `SERIOUS` would give a wrong answer silently: `require` makes
an error of them, unless the user has allowed that kind.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.remarks import Remark

SERIOUS: Mapping[str, str] = {
    "ink": "ink and paper are swapped",
    "scale": "values are 0..1 where 0..255 is meant",
    "untrained": "classes are in test but not in train",
    "leak": "images of test are also in train",
    "labels": "the same images have two labels",
    "filled": "a class is one image over and over",
    "sideways": "images of a known role are turned or mirrored",
}
"""Kind -> what is wrong, of remarks that are errors unless they are allowed."""

_MANY = 0.05  # share of images above which copies are an error
_FEW = 3  # images below which they are not
_LEAST_FILLED = 3  # images of a class


def require(
    remarks: Sequence[Remark], allow: Collection[str] = (), remedy: str = "the option allow={}"
) -> None:
    """Raise InputError for what is serious, unless its kind is in `allow`.

    Args:
        remarks: all that there are.
        allow: kinds.
        remedy: how a user allows kinds, with a pair of braces for them.
    """
    serious = [each for each in remarks if each.kind in SERIOUS and each.kind not in allow]
    if serious:
        lines = "".join(f"\n  {each}" for each in serious)
        kinds = ",".join(dict.fromkeys(each.kind for each in serious))
        raise InputError(
            f"these images would give a wrong answer:{lines}\nMend them, or go on all the same "
            f"with {remedy.format(kinds)}"
        )


def levels(images: np.ndarray, where: str) -> list[Remark]:
    """Whether images that nobody prepared are white on black with values 0..255.

    Args:
        images: uint8 (n, h, w) as they were stored.
        where: their file, for the remark.
    """
    if images.size == 0:
        return []
    if images.max() <= 1:
        text = f"{where}: values 0..{images.max()}, expected 0..255; multiply them by 255"
        return [Remark("scale", text)]
    edges = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    light = np.median(edges, axis=1) > 127
    if light.mean() > 0.5:
        text = (
            f"{where}: {light.sum():,} of {len(images):,} images have a light border, expected "
            "white ink on black paper; invert them"
        )
        return [Remark("ink", text)]
    return []


def divisions(
    labels: np.ndarray, splits: np.ndarray, classes: Sequence[str], files: Sequence[str]
) -> list[Remark]:
    """Classes that are missing in train or test, or have one image.

    Args:
        labels: integers (n,) from 0; -1 where unlabelled.
        splits: `train`, `test` or `unlabelled`, (n,).
        classes: names, in the order of the labels.
        files: names of the images, (n,).
    """
    number = len(classes)
    train, test = (np.bincount(labels[splits == s], minlength=number) for s in ("train", "test"))
    remarks = []
    for label in np.flatnonzero((train == 0) & (test > 0)):
        text = f"class {classes[label]} is in test but not in train"
        remarks.append(Remark("untrained", text, _names(files, labels == label)))
    if test.any():
        missing = [classes[label] for label in np.flatnonzero((test == 0) & (train > 0))]
        if missing:
            text = f"in train but not in test, so not scored: {', '.join(missing)}"
            remarks.append(Remark("untested", f"{len(missing)} of {number} classes are {text}"))
    rows = np.isin(labels, np.flatnonzero(train == 1)) & (splits == "train")
    if rows.any():
        text = "the only image of its class, which cross-validation cannot score"
        remarks.append(Remark("single", text, _names(files, rows)))
    return remarks


def copies(images: np.ndarray) -> np.ndarray:
    """For each image (n, h, w), the first row with the same pixels, int64 (n,)."""
    first: dict[bytes, int] = {}
    rows = (first.setdefault(image.tobytes(), row) for row, image in enumerate(images))
    return np.fromiter(rows, np.int64, len(images))


def repeated(
    images: np.ndarray,
    labels: np.ndarray,
    splits: np.ndarray,
    classes: Sequence[str],
    files: Sequence[str],
) -> list[Remark]:
    """The same image in train and test, under two labels, or filling a class.

    Few copies are a remark (kinds `copies`, `leaks`, `contradictions`); more than a twentieth of
    the images (of test, for `leaks`) are serious. Arguments are those of `divisions`, and images
    (n, h, w).
    """
    labelled = np.flatnonzero(labels >= 0)
    same = copies(images[labelled])
    own, split = labels[labelled], splits[labelled]
    n_labels, in_train = _spread(same, own), np.zeros(len(same), bool)
    in_train[same[split == "train"]] = True
    leaked = in_train[same] & (split == "test")
    double = n_labels[same] > 1
    copied = np.bincount(same[~leaked], minlength=len(same))[same] > 1
    remarks = []
    if leaked.any():
        kind = "leak" if _are_many(leaked[split == "test"]) else "leaks"
        text = f"{leaked.sum():,} images of test are also in train, so the score is too good"
        remarks.append(Remark(kind, text, _names(files, labelled[leaked])))
    if double.any():
        kind = "labels" if _are_many(double) else "contradictions"
        text = f"{double.sum():,} images stand under two labels or more"
        remarks.append(Remark(kind, text, _names(files, labelled[double])))
    within = copied & ~leaked & ~double
    if within.any():
        text = f"{within.sum():,} images are copies of each other; keep them in one fold"
        remarks.append(Remark("copies", text, _names(files, labelled[within])))
    return remarks + _filled(same, own, classes, [files[row] for row in labelled])


def _are_many(rows: np.ndarray) -> bool:
    return rows.sum() >= _FEW and rows.mean() > _MANY


def _filled(
    same: np.ndarray, labels: np.ndarray, classes: Sequence[str], files: Sequence[str]
) -> list[Remark]:
    remarks = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        _, most = Counter(same[rows].tolist()).most_common(1)[0]
        if len(rows) >= _LEAST_FILLED and most > len(rows) / 2:
            kind = "filled" if most == len(rows) else "copied"
            text = f"{most:,} of the {len(rows):,} images of class {classes[label]} are the same"
            remarks.append(Remark(kind, text, _names(files, rows)))
    return remarks


def _spread(same: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """For each first row, the number of labels that its copies have."""
    pairs = np.unique(np.stack([same, labels]), axis=1)
    return np.bincount(pairs[0], minlength=len(same))


def _names(files: Sequence[str], rows: np.ndarray) -> tuple[str, ...]:
    chosen = np.flatnonzero(rows) if rows.dtype == bool else rows
    return tuple(files[row] for row in chosen)
