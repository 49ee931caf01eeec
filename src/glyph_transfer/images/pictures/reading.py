"""From what a user names to images as networks take them, with remarks on every doubt."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import doubts, found, groups, sanity
from glyph_transfer.images.pictures.decoding import BrokenPictureError
from glyph_transfer.images.pictures.found import Found
from glyph_transfer.images.pictures.grey import as_grey
from glyph_transfer.images.pictures.names import natural
from glyph_transfer.images.pictures.own_images import Options, OwnImages
from glyph_transfer.images.pictures.preparation import Prepared, Steps, prepare
from glyph_transfer.images.pictures.remarks import Remark, listed
from glyph_transfer.images.sets import SIZE

_BROKEN = 0.1  # share of pictures from which reading ends
_ALIKE = 0.9  # share of pictures whose ink must be the same for the others to be doubted
_CLEAR = 0.9  # share of its border that must be paper for a picture to stand against the others


def read(path: Path, options: Options | None = None) -> OwnImages:
    """Read labelled pictures, prepare them and look for what is wrong with them.

    Args:
        path: a folder with one subfolder a class, perhaps in `train` and `test`, and
            `unlabelled`; or a file (or folder) of arrays: .npz, .npy, .mat, .csv, idx.
        options: what cannot always be told.

    Raises:
        InputError: no pictures; one class; more than a tenth of the pictures broken; or what
            would give a wrong answer (`sanity.SERIOUS`) and is not allowed.
    """
    options = options or Options()
    sought = found.find(path, options)
    own = _of(sought, options)
    if len(own.classes) < 2:
        raise InputError(
            f"{path}: found {len(own.rows('train')):,} usable pictures of "
            f"{', '.join(own.classes) or 'no class'} alone, expected two classes or more; each is "
            "a subfolder" + "".join(f"\n  {remark}" for remark in own.remarks[:9])
        )
    sanity.require(own.remarks, options.allow)
    return own


def read_unlabelled(paths: Sequence[Path], steps: Steps | None = None) -> OwnImages:
    """Read pictures that are to be predicted, from files and folders, in natural order.

    Raises:
        InputError: a path does not exist, no picture is usable, or more than a tenth is broken.
    """
    own = _of(found.unlabelled(paths), Options(steps=steps or Steps()))
    if not len(own):
        said = "".join(f"\n  {remark}" for remark in own.remarks)
        raise InputError(f"found no usable picture in {', '.join(map(str, paths))}{said}")
    return own


def _of(sought: Found, options: Options) -> OwnImages:
    prepared, broken = _prepare(sought, options.steps)
    _refuse_many(broken, sought.names)
    prepared, steps, said = _agree(sought, prepared, options.steps)
    remarks = [*sought.remarks, *_by_reason(sought, broken), *said, *_doubtful(sought, prepared)]
    rows = [row for row, each in sorted(prepared.items()) if each.usable]
    names = [sought.names[row] for row in rows]
    splits = np.array([sought.splits[row] for row in rows], dtype="<U10")
    if "test" in splits and "train" not in splits:
        splits[splits == "test"] = "train"
        remarks.append(Remark("split", "only test pictures are there; they were taken for train"))
    labels, classes = _numbered([sought.labels[row] for row in rows])
    images = np.zeros((len(rows), SIZE, SIZE), np.uint8)
    for i, row in enumerate(rows):
        images[i] = prepared[row].image
    belong = None
    if options.groups is not None:
        belong, said = groups.read(sought.names, options.groups)
        belong, remarks = belong[rows], [*remarks, *said]
    remarks += _empty(sought, classes)
    remarks += sanity.divisions(labels, splits, classes, names)
    remarks += sanity.repeated(images, labels, splits, classes, names)
    originals = np.array(rows, dtype=int)
    return OwnImages(
        images, labels, classes, tuple(names), splits, belong, tuple(remarks), steps,
        lambda i: as_grey(sought.picture(int(originals[i]))),
    )  # fmt: skip


@dataclass(frozen=True)
class _Broken:
    row: int
    reason: str


def _prepare(sought: Found, steps: Steps) -> tuple[dict[int, Prepared], list[_Broken]]:
    """Prepare every picture; what cannot be is told with the reason."""
    prepared, broken = {}, []
    rows = range(len(sought.names))
    for row in tqdm(rows, desc="pictures", unit="", disable=None, leave=False):
        try:
            prepared[row] = prepare(sought.picture(row), steps)
        except (BrokenPictureError, InputError) as error:
            broken.append(_Broken(row, str(error)))
    return prepared, broken


def _refuse_many(broken: Sequence[_Broken], names: Sequence[str]) -> None:
    if len(broken) <= _BROKEN * len(names):
        return
    reasons = Counter(each.reason for each in broken)
    lines = "".join(
        f"\n  {count:,} times: {reason}: "
        + listed([names[each.row] for each in broken if each.reason == reason])
        for reason, count in reasons.most_common(5)
    )
    raise InputError(
        f"{len(broken):,} of {len(names):,} pictures cannot be read, more than a tenth:{lines}\n"
        "Replace or remove them; is this the right folder?"
    )


def _agree(
    sought: Found, prepared: dict[int, Prepared], steps: Steps
) -> tuple[dict[int, Prepared], Steps, list[Remark]]:
    """Let most pictures decide what is ink where a picture by itself leaves a doubt."""
    inked = {row: each for row, each in prepared.items() if each.usable}
    if steps.ink != "auto" or not inked:
        return prepared, steps, []
    share = np.mean([each.dark for each in inked.values()])
    if 1 - _ALIKE < share < _ALIKE:
        text = "dark ink on light paper beside light ink on dark paper; each was told by itself"
        fewer = [row for row, each in inked.items() if each.dark == (share < 0.5)]
        return prepared, steps, [_remark("mixed", text, sought, fewer)]
    dark = bool(share >= _ALIKE)
    stated = replace(steps, ink="dark" if dark else "light")
    other = [row for row, each in inked.items() if each.dark != dark]
    clear = [row for row in other if inked[row].border >= _CLEAR]
    changed = dict(prepared)
    for row in set(other) - set(clear):
        changed[row] = prepare(sought.picture(row), stated)
    for row, each in changed.items():
        if each.dark == dark and doubts.UNSURE in each.doubts:
            left = tuple(doubt for doubt in each.doubts if doubt != doubts.UNSURE)
            changed[row] = replace(each, doubts=left)
    if not clear:
        return changed, stated, []
    text = (
        f"{'light' if dark else 'dark'} ink, unlike the others; turned white on black all the same"
    )
    return changed, steps, [_remark("mixed", text, sought, clear)]


def _by_reason(sought: Found, broken: Iterable[_Broken]) -> list[Remark]:
    rows: dict[str, list[int]] = {}
    for each in broken:
        rows.setdefault(each.reason, []).append(each.row)
    return [_remark("broken", f"left out: {why}", sought, which) for why, which in rows.items()]


def _doubtful(sought: Found, prepared: dict[int, Prepared]) -> list[Remark]:
    rows: dict[str, list[int]] = {}
    for row, each in sorted(prepared.items()):
        for doubt in each.doubts:
            rows.setdefault(doubt, []).append(row)
    texts = {doubts.NO_INK: f"left out: {doubts.DOUBTS[doubts.NO_INK]}"}
    return [
        _remark(doubt, texts.get(doubt, doubts.DOUBTS[doubt]), sought, rows[doubt])
        for doubt in doubts.DOUBTS
        if doubt in rows
    ]


def _remark(kind: str, text: str, sought: Found, rows: Iterable[int]) -> Remark:
    return Remark(kind, text, tuple(sought.names[row] for row in rows))


def _numbered(labels: Sequence[str | None]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels as numbers from 0 in the classes' natural order, -1 for none."""
    classes = tuple(sorted({label for label in labels if label is not None}, key=natural))
    number = {label: i for i, label in enumerate(classes)} | {None: -1}
    return np.array([number[label] for label in labels], np.int32), classes


def _empty(sought: Found, classes: Sequence[str]) -> list[Remark]:
    """Classes of which no picture is usable."""
    lost = {label for label in sought.labels if label is not None} - set(classes)
    return [
        Remark("empty", f"left out: no picture of class {label} is usable")
        for label in sorted(lost, key=natural)
    ]
