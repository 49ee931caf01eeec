"""Raw files of a role -> images and labels: idx, mat, npz, npy and csv.

| form | images | labels |
|---|---|---|
| idx, mat, csv | as published: EMNIST's transposed | from the role's `first_label` |
| npz, npy | upright | from 0, or from `first_label` if they span just that range |
"""

from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.images.formats import arrays, csv, idx, mat
from glyph_transfer.images.formats._bytes import Arrays, parsing, wrong
from glyph_transfer.images.roles._facts import Form, Role
from glyph_transfer.images.sets import SIZE

_SPLITS = ("train", "test")

MOST_TIMES = 2
"""How many times the published images unofficial files of a role may have."""

_READERS = {
    "idx": idx.read,
    "mat": mat.read,
    "npz": arrays.read_npz,
    "npy": arrays.read_npy,
    "csv": csv.read,
}


def read_raw(folder: Path, role: Role) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images and labels of the splits `train` and `test` as fetched or generated.

    Args:
        folder: raw files of the role and `source.json`, whose `form` says how to read them.
        role: its classes, orientation and first label, from the catalogue.

    Returns:
        For each split, images uint8 (n, 28, 28) in 0..255, upright, white on black, and
        labels uint8 (n,) from 0.

    Raises:
        InputError: a file is missing, damaged, or not what its form says.
    """
    folder = Path(folder)
    form = _form_in(folder, role)
    paths = {key: folder / file.name for key, file in form.files.items()}
    stored = _READERS[form.kind](paths, _most_numbers(role))
    as_published = form.kind in ("idx", "mat", "csv")
    first_label = role.first_label if as_published else _detect_first_label(stored, role)
    splits = {}
    for split in _SPLITS:
        images = _check_images(*stored[f"{split}_images"])
        labels = _check_labels(*stored[f"{split}_labels"], role, first_label)
        if len(images) != len(labels):
            where = stored[f"{split}_labels"][0]
            raise wrong(where, f"{len(labels)} labels", f"{len(images)}, one for each image")
        if as_published and role.transposed:
            images = images.transpose(0, 2, 1)
        splits[split] = np.ascontiguousarray(images), labels
    return splits


def _most_numbers(role: Role) -> int:
    """Numbers that an array of the role's images may have; bounds what reading them takes."""
    return MOST_TIMES * (role.train_size + role.test_size) * (SIZE * SIZE + 1)


def _form_in(folder: Path, role: Role) -> Form:
    """The form that `source.json` names, with the file names that are in the folder."""
    path = folder / "source.json"
    with parsing(path, "JSON with a form"):
        kind = read_json(path)["form"]
    forms = [form for form in role.forms if form.kind == kind]
    for form in forms:
        if all((folder / file.name).is_file() for file in form.files.values()):
            return form
    expected = " or ".join(", ".join(f.name for f in form.files.values()) for form in forms)
    raise InputError(
        f"{path}: says that {role.name} is there as {kind!r}, expected "
        f"{expected or 'one of ' + ', '.join(_READERS)} in {folder}; run the download stage again"
    )


def _check_images(where: str, values: np.ndarray) -> np.ndarray:
    """Images as uint8 (n, 28, 28)."""
    if values.shape[1:] not in ((SIZE, SIZE), (SIZE * SIZE,), (SIZE, SIZE, 1)):
        expected = f"(n, {SIZE}, {SIZE}) or (n, {SIZE * SIZE})"
        raise wrong(where, f"images of shape {values.shape}", expected)
    return _check_bytes(where, values).reshape(-1, SIZE, SIZE)


def _check_labels(where: str, values: np.ndarray, role: Role, first_label: int) -> np.ndarray:
    """Labels as uint8 (n,) from 0."""
    if values.shape not in ((values.size,), (values.size, 1)):
        raise wrong(where, f"labels of shape {values.shape}", "(n,)")
    labels = _check_bytes(where, values).reshape(-1)
    last_label = first_label + len(role.classes) - 1
    if labels.min() < first_label or labels.max() > last_label:
        expected = f"{first_label}..{last_label} for {role.name}"
        raise wrong(where, f"labels {labels.min()}..{labels.max()}", expected)
    return labels - np.uint8(first_label)


def _check_bytes(where: str, values: np.ndarray) -> np.ndarray:
    """Values as uint8, if that changes none of them and there are any."""
    if values.size == 0:
        raise wrong(where, f"an empty array of shape {values.shape}", "images and labels")
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "buif":
        raise wrong(where, f"values of type {values.dtype}", "numbers (nothing is unpickled)")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 255):  # in these words, because NaN is in no range
        raise wrong(where, f"values {low}..{high}", "integers 0..255")
    whole = values.astype(np.uint8)
    if not np.array_equal(whole, values):
        raise wrong(where, f"fractions in {low}..{high}", "integers 0..255, not scaled")
    return whole


def _detect_first_label(stored: Arrays, role: Role) -> int:
    """Whether labels of arrays made by others run from 0 or as in the official files."""
    if role.first_label == 0:
        return 0
    labels = [stored[f"{split}_labels"] for split in _SPLITS]
    low = min(_check_bytes(*each).min() for each in labels)
    high = max(_check_bytes(*each).max() for each in labels)
    for first in (0, role.first_label):
        if (low, high) == (first, first + len(role.classes) - 1):
            return first
    k = len(role.classes)
    raise InputError(
        f"{labels[0][0]}: found labels {low}..{high}, expected all of 0..{k - 1} or "
        f"{role.first_label}..{role.first_label + k - 1} for {role.name}, so that the first is "
        "known; renumber them from 0 and include every class"
    )
