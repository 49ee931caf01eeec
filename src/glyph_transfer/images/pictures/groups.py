"""Which pictures belong together: of one writer, on one sheet."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.remarks import Remark, listed, shown


def read(names: Sequence[str], given: str) -> tuple[np.ndarray, list[Remark]]:
    """Give the group of every picture.

    Args:
        names: of pictures from the folder that was named, `train/A/writer3_12.png`.
        given: a csv file, if it ends in `.csv`: two columns, file and group, or one, a group
            for each of `names` in their order, below a header or none. Else a pattern (regular
            expression) that is searched for in the name; its first bracket is the group, or all
            that it matches.

    Returns:
        Groups, str (n,). A picture that has none is a group of its own, and is remarked on.

    Raises:
        InputError: no such file, no pattern, or one that says nothing of any picture.
    """
    found = _from_table(names, Path(given)) if given.endswith(".csv") else _by(names, given)
    missing = [name for name, group in zip(names, found, strict=True) if group is None]
    if len(missing) == len(names):
        raise InputError(
            f"groups: {given!r} gives none of the {len(names):,} pictures a group; their names "
            f"are {listed(names)}"
        )
    whole = [f"alone: {n}" if g is None else g for n, g in zip(names, found, strict=True)]
    text = "in no group, so each was taken for one of its own"
    return np.array(whole, dtype=str), [Remark("groups", text, tuple(missing))] if missing else []


def _by(names: Sequence[str], pattern: str) -> list[str | None]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"groups: {pattern!r} is no regular expression ({error})") from error
    first = min(compiled.groups, 1)
    matches = [compiled.search(name) for name in names]
    return [match.group(first) if match else None for match in matches]


def _from_table(names: Sequence[str], path: Path) -> list[str | None]:
    try:
        table = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"groups: {path} cannot be read as csv ({error})") from error
    if table.shape[1] == 1:
        values = table[0].tolist()
        if len(values) == len(names) + 1:
            values = values[1:]
        if len(values) != len(names):
            raise InputError(
                f"groups: {path} has {len(values):,} rows, expected one for each of the "
                f"{len(names):,} pictures, or two columns: file and group"
            )
        return values
    rows = zip(table[0].map(shown), table[1], strict=True)
    groups = {name.replace("\\", "/").removeprefix("./"): group for name, group in rows}
    last = [name.rsplit("/", 1)[-1] for name in names]
    is_unique = len(set(last)) == len(last)
    return [
        groups.get(name, groups.get(short) if is_unique else None)
        for name, short in zip(names, last, strict=True)
    ]
