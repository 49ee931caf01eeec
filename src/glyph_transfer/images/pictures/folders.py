"""A folder of pictures: which file is of which class, and for what.

| form | is read as |
|---|---|
| `A/1.png`, `B/2.png` | classes `A` and `B` |
| `train/A/1.png`, `test/A/2.png` | the same, divided; `validation/` is added to train |
| `unlabelled/3.png` | beside any of these: pictures without a label |
| `set/A/1.png` | as the folder `set`, if there is nothing else |
| `A/x/1.png` | `nested` says which of both is the class, where it cannot be told |
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.decoding import SUFFIXES, is_picture
from glyph_transfer.images.pictures.names import natural
from glyph_transfer.images.pictures.remarks import Remark, listed, shown

SPLIT_NAMES = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "val": "validation", "valid": "validation", "validation": "validation",
    "unlabelled": "unlabelled", "unlabeled": "unlabelled",
}  # fmt: skip

NESTED = ("outer", "inner", "both")

_DEEPEST = 4  # folders below the one that was named, `train` included
_IGNORED = ("thumbs.db", "desktop.ini", "__macosx")
_WRITERS = re.compile(
    r"(writer|person|user|subject|scribe|author|sheet|page|form|session|batch|part|fold|scan)s?"
    r"[ _.-]*\w{0,4}",
    re.I,
)


@dataclass(frozen=True)
class PictureFile:
    """One file that should be a picture.

    Attributes:
        path: where it is.
        name: relative to the folder that was named, as it is shown.
        split: `train`, `test` or `unlabelled`.
        label: its class; None where it is unlabelled.
    """

    path: Path
    name: str
    split: str
    label: str | None


@dataclass(frozen=True)
class _Seen:
    """A candidate: the folders that it is in below the root, its path, its name from the root."""

    folders: tuple[str, ...]
    path: Path
    name: str


class Listing:
    """Everything below a folder: candidates for pictures, and what is none."""

    def __init__(self, root: Path) -> None:
        """Walk the folder; InputError where it cannot be."""
        self.root = root
        self.pictures: list[_Seen] = []
        self.left_out: dict[str, list[str]] = {}
        try:
            self._walk(root, (), ())
        except OSError as error:
            raise InputError(
                f"{shown(str(root))}: cannot be read ({error.strerror or error}); check the "
                "folder and its permissions"
            ) from error

    def _walk(self, folder: Path, inside: tuple[str, ...], above: tuple) -> None:
        status = folder.stat()
        identity = status.st_dev, status.st_ino
        if identity in above:
            return self.leave_out("link", "/".join(inside))
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: natural(entry.name)):
                if not entry.name.startswith(".") and entry.name.casefold() not in _IGNORED:
                    self._take(entry, inside, (*above, identity))
        return None

    def _take(self, entry: os.DirEntry, inside: tuple[str, ...], above: tuple) -> None:
        path, name = Path(entry.path), shown("/".join((*inside, entry.name)))
        try:
            if entry.is_dir():
                if len(inside) >= _DEEPEST:
                    self.leave_out("deep", name)
                else:
                    self._walk(path, (*inside, unicodedata.normalize("NFC", entry.name)), above)
            elif not entry.is_file():
                self.leave_out("special", name)
            elif path.suffix.lower() in SUFFIXES or _begins_as_picture(path):
                self.pictures.append(_Seen(inside, path, name))
            else:
                self.leave_out("other", name)
        except OSError:
            self.leave_out("unreadable", name)

    def leave_out(self, reason: str, name: str) -> None:
        """Note that a file or folder is not read, and why: a key of `_REASONS`."""
        self.left_out.setdefault(reason, []).append(name)

    def remarks(self) -> Iterator[Remark]:
        """What was left out, and why."""
        for reason, files in self.left_out.items():
            yield Remark(*_REASONS[reason], tuple(files))


_REASONS = {
    "other": ("other files", "left out, for they are not named as pictures and do not begin so"),
    "special": ("no file", "left out: pipes, sockets, devices, or links that lead nowhere"),
    "link": ("loop", "left out: links that lead back to a folder above them"),
    "deep": ("deep", f"left out: folders more than {_DEEPEST} deep"),
    "unreadable": ("unreadable", "left out, for they cannot be read; check their permissions"),
    "loose": ("beside", "left out, for they are in no folder of a class"),
    "outside": ("beside", "left out, for they are neither in `train` nor in `test`"),
}


def _begins_as_picture(path: Path) -> bool:
    with open(path, "rb") as stream:
        return is_picture(stream.read(16))


def find(root: Path, nested: str | None = None) -> tuple[list[PictureFile], list[Remark]]:
    """List the pictures of a folder with their classes and splits.

    Args:
        root: the folder.
        nested: where pictures lie two folders deep, which of both names the class: `outer`,
            `inner` or `both`; None to tell it from their names.

    Raises:
        InputError: the folder cannot be read, or what is the class cannot be told.
    """
    if nested not in (None, *NESTED):
        raise InputError(f"nested is {nested!r}, expected one of {', '.join(NESTED)}")
    listing = Listing(root)
    seen = _without_wrapper(listing.pictures)
    placed, unlabelled = _by_split(listing, seen)
    labelled, said = _with_classes(listing, placed, nested)
    files = labelled + [
        PictureFile(each.path, each.name, "unlabelled", None) for each in unlabelled
    ]
    return files, [*said, *listing.remarks()]


def _without_wrapper(seen: list[_Seen]) -> list[_Seen]:
    """The same from inside a folder that holds everything, unless it is the only class."""
    while (
        seen
        and all(len(each.folders) > 1 for each in seen)
        and len({each.folders[0] for each in seen}) == 1
        and seen[0].folders[0].casefold() not in SPLIT_NAMES
    ):
        seen = [replace(each, folders=each.folders[1:]) for each in seen]
    return seen


def _by_split(listing: Listing, seen: list[_Seen]) -> tuple[list[tuple[str, _Seen]], list[_Seen]]:
    """Pictures with their split, and those that are not labelled."""
    splits = {e.folders[0]: SPLIT_NAMES.get(e.folders[0].casefold()) for e in seen if e.folders}
    is_divided = "train" in splits.values()
    placed, unlabelled = [], []
    for each in seen:
        split = splits[each.folders[0]] if each.folders else None
        if split == "unlabelled":
            unlabelled.append(each)
        elif split is not None and (is_divided or split == "test"):
            inner = replace(each, folders=each.folders[1:])
            if inner.folders:
                placed.append(("test" if split == "test" else "train", inner))
            elif split == "test":
                unlabelled.append(each)  # as competitions publish images without their answers
            else:
                listing.leave_out("loose", each.name)
        elif not each.folders:
            listing.leave_out("loose", each.name)
        elif is_divided:
            listing.leave_out("outside", each.name)
        else:
            placed.append(("train", each))
    return placed, unlabelled


def _with_classes(
    listing: Listing, placed: list[tuple[str, _Seen]], nested: str | None
) -> tuple[list[PictureFile], list[Remark]]:
    remarks = []
    if any(len(each.folders) > 1 for _, each in placed):
        told = nested or _which_is_the_class(listing.root, [each for _, each in placed])
        text = {
            "outer": "pictures in folders inside those of the classes were read with the class",
            "inner": "the inner of two folders was taken for the class",
            "both": "both folders together were taken for the class",
        }[told]
        remarks.append(Remark("nested", f"{text} (`nested={told}`)"))
    else:
        told = "outer"
    files = []
    for split, each in placed:
        label = {
            "outer": each.folders[0],
            "inner": each.folders[-1],
            "both": "/".join(each.folders),
        }[told]
        files.append(PictureFile(each.path, each.name, split, shown(label)))
    return files, remarks


def _which_is_the_class(root: Path, seen: list[_Seen]) -> str:
    """Tell from the names, or ask."""
    pairs = {each.folders[:2] for each in seen}
    inner = Counter(pair[1] for pair in pairs if len(pair) > 1)
    outer = Counter(pair[0] for pair in pairs)
    if any(len(pair) == 1 for pair in pairs) or max(outer.values()) == 1:
        return "outer"
    are_writers = [all(_WRITERS.fullmatch(name) for name in names) for names in (outer, inner)]
    if are_writers == [True, False]:
        return "inner"
    if are_writers == [False, True]:
        return "outer"
    if max(inner.values()) == 1 and len(outer) > 1:
        return "inner"
    raise InputError(
        f"{shown(str(root))}: pictures lie two folders deep, in {listed(sorted(outer))} and in "
        f"them {listed(sorted(inner))}; say which name the class: `nested=outer`, "
        "`nested=inner`, or `nested=both` for the two together"
    )


def every(root: Path) -> tuple[list[PictureFile], list[Remark]]:
    """List all pictures of a folder, at whatever depth, without classes."""
    listing = Listing(root)
    files = [PictureFile(each.path, each.name, "unlabelled", None) for each in listing.pictures]
    return files, [*listing.remarks()]
