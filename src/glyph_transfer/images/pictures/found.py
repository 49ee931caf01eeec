"""Pictures that were found and not yet prepared, whatever form they have on disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import arrays, folders, pairing
from glyph_transfer.images.pictures.decoding import SUFFIXES, read_file
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.remarks import Remark, listed, shown


@dataclass(frozen=True)
class Found:
    """Pictures to be prepared.

    Attributes:
        names: of the pictures, as `OwnImages.files`.
        splits: of `own_images.SPLITS`.
        labels: class names; None where unlabelled.
        picture: row -> the picture as `prepare` takes it; BrokenPictureError where it cannot
            be read.
        remarks: on what was left out.
    """

    names: Sequence[str]
    splits: Sequence[str]
    labels: Sequence[str | None]
    picture: Callable[[int], np.ndarray]
    remarks: Sequence[Remark]


def find(path: Path, options: Options) -> Found:
    """Find the labelled pictures of a folder or a file.

    Raises:
        InputError: there is nothing there, or nothing of a form that can be read.
    """
    path = Path(path)
    where = shown(str(path))
    try:
        if path.is_dir():
            return _in_folder(path, options)
        if not path.is_file():
            problem = (
                "not a file but a pipe, a socket or a device" if path.exists() else "not found"
            )
            raise InputError(f"{where}: {problem}; name a folder with one subfolder a class")
    except (OSError, ValueError) as error:
        raise InputError(f"{where}: cannot be read ({error}); check the name") from error
    if arrays.kind_of(path.name) is None:
        what = "one picture" if path.suffix.lower() in SUFFIXES else "a file of another kind"
        raise InputError(
            f"{where}: found {what}, expected a folder with one subfolder a class, or a file of "
            "arrays (.npz, .npy, .mat, .csv, idx); unpack an archive first"
        )
    return _of_arrays(_partners(path), where, options)


def unlabelled(paths: Sequence[Path]) -> Found:
    """All pictures of files and folders, without classes.

    Raises:
        InputError: one of the paths does not exist.
    """
    files, remarks = [], []
    for path in map(Path, paths):
        if path.is_dir():
            inside, said = folders.every(path)
            files += [(each.path, each.name) for each in inside]
            remarks += said
        elif path.exists():
            files.append((path, shown(str(path))))
        else:
            raise InputError(f"{shown(str(path))}: not found; name a picture or a folder")
    return Found(
        [name for _, name in files],
        ["unlabelled"] * len(files),
        [None] * len(files),
        lambda row: read_file(files[row][0]),
        remarks,
    )


def _in_folder(folder: Path, options: Options) -> Found:
    files, remarks = folders.find(folder, options.nested)
    if not any(each.label is not None for each in files):
        tables = _array_files(folder)
        if tables:
            return _of_arrays(tables, shown(str(folder)), options)
        raise InputError(
            f"{shown(str(folder))}: found no pictures in folders of classes"
            + "".join(f"\n  {each}" for each in remarks)
            + "\nExpected one subfolder a class, with PNG, JPG, BMP, GIF, TIFF or WebP files, "
            "perhaps in `train` and `test`; or arrays (.npz, .npy, .mat, .csv, idx)"
        )
    return Found(
        [each.name for each in files],
        [each.split for each in files],
        [each.label for each in files],
        lambda row: read_file(files[row].path),
        remarks,
    )


def _array_files(folder: Path) -> list[Path]:
    """Files of arrays in a folder, all of one kind."""
    paths = sorted(path for path in folder.iterdir() if arrays.kind_of(path.name))
    paths = [path for path in paths if path.is_file()]
    kinds = {arrays.kind_of(path.name) for path in paths}
    if len(kinds) > 1 or (kinds & {"npz", "mat"} and len(paths) > 1):
        raise InputError(
            f"{shown(str(folder))}: found {listed(shown(path.name) for path in paths)}; name one "
            "of them instead of the folder"
        )
    return paths


def _partners(path: Path) -> list[Path]:
    """A file and, where it holds pictures or labels alone, those beside it that have the rest."""
    kind = arrays.kind_of(path.name)
    if kind in ("npz", "mat"):
        return [path]
    bare = pairing.bare_name(path.name)
    beside = [
        other
        for other in sorted(path.parent.iterdir())
        if other != path
        and arrays.kind_of(other.name) == kind
        and pairing.bare_name(other.name) == bare
        and other.is_file()
    ]
    return [path, *beside]


def _of_arrays(paths: Sequence[Path], where: str, options: Options) -> Found:
    stored: dict[str, np.ndarray] = {}
    for path in paths:
        stored |= arrays.read(path, options.table)
    parts, remarks = pairing.pair(stored, where, options.transposed)
    names, splits, labels = [], [], []
    for part in parts:
        n = len(part.pictures)
        name = shown(part.name).removesuffix(" images")
        names += [f"{name} row {row}" for row in range(1, n + 1)]
        splits += [part.split] * n
        labels += [None] * n if part.labels is None else [shown(x) for x in part.labels.tolist()]
    starts = np.cumsum([0] + [len(part.pictures) for part in parts])

    def picture(row: int) -> np.ndarray:
        number = int(np.searchsorted(starts, row, side="right")) - 1
        return parts[number].pictures[row - starts[number]]

    return Found(names, splits, labels, picture, remarks)
