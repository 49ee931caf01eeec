"""A user's pictures as they were read: images, labels, and what is to be said of them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.images.pictures.remarks import Remark
from glyph_transfer.images.pictures.tables import Layout

SPLITS = ("train", "test", "unlabelled")


@dataclass(frozen=True)
class Options:
    """What a user can say about pictures that cannot always be told.

    Attributes:
        steps: of the preparation.
        groups: what belongs together, as `groups.read` takes it: a csv file or a pattern.
        nested: `outer`, `inner` or `both`, for pictures two folders deep.
        transposed: whether arrays and tables store rows and columns swapped.
        table: how the rows of a csv file are to be read.
        allow: kinds of `sanity.SERIOUS` that are no error.
    """

    steps: Steps = field(default_factory=Steps)
    groups: str | None = None
    nested: str | None = None
    transposed: bool = False
    table: Layout = field(default_factory=Layout)
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnImages:
    """Pictures of characters, prepared.

    Attributes:
        images: uint8 (n, 28, 28), white on black.
        labels: int32 (n,), positions in `classes`; -1 where unlabelled.
        classes: names, in natural order; two or more unless all is unlabelled.
        files: names of the pictures on one line each, from the folder that was read, or
            `<array> row <i>`, counted from 1.
        splits: str (n,), of `SPLITS`.
        groups: str (n,), the same for pictures that belong together; None if not stated.
        remarks: what was left out or is doubtful, by file.
        steps: the preparation with what was told of ink and paper: for more pictures like these.
        original: row -> the grey levels of that picture before its preparation, uint8 (h, w);
            a file is read again, BrokenPictureError where it is gone.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    files: tuple[str, ...]
    splits: np.ndarray
    groups: np.ndarray | None
    remarks: tuple[Remark, ...]
    steps: Steps
    original: Callable[[int], np.ndarray] = field(repr=False, compare=False)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def rows(self, split: str) -> np.ndarray:
        """Rows of a split, int64."""
        if split not in SPLITS:
            raise InputError(f"no split {split!r}; there are {', '.join(SPLITS)}")
        return np.flatnonzero(self.splits == split)

    @property
    def digest(self) -> str:
        """SHA-256 of images, labels, splits and classes, in hexadecimal."""
        content = hashlib.sha256(np.ascontiguousarray(self.images))
        content.update(np.ascontiguousarray(self.labels, "<i4"))
        content.update("\0".join([*self.splits, *self.classes]).encode())
        return content.hexdigest()
