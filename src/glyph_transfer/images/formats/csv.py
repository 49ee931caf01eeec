"""Kaggle's csv files: rows of a label and the pixels, a file for each split."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from glyph_transfer.images.formats._bytes import CHUNK_BYTES, Arrays, parsing, wrong
from glyph_transfer.images.sets import SIZE

_ROWS = 20_000
_PIXELS = SIZE * SIZE


def read(paths: Mapping[str, Path], most: int) -> Arrays:
    """Read the file of each split, rows of at most `most` numbers together."""
    arrays = {}
    for split, path in paths.items():
        table = _read_table(path, most)
        arrays[f"{split}_images"] = str(path), table[:, 1:]
        arrays[f"{split}_labels"] = str(path), table[:, 0]
    return arrays


def _read_table(path: Path, most: int) -> np.ndarray:
    """Rows of a label and all pixels, uint8 (n, 1 + pixels), below a header row or none."""
    with parsing(path, f"rows of a label and {_PIXELS} integers 0..255"):
        with open(path, "rb") as file:
            first = file.readline(CHUNK_BYTES).split(b",")
        if len(first) != 1 + _PIXELS:
            raise wrong(
                path, f"{len(first)} columns", f"{1 + _PIXELS}: a label and {_PIXELS} pixels"
            )
        has_header = re.search(rb"[A-Za-z]", first[0]) is not None
        chunks = pd.read_csv(
            path,
            header=None,
            skiprows=int(has_header),
            dtype=np.uint8,  # refuses what does not fit, gaps and fractions included
            chunksize=_ROWS,
        )
        rows = []
        for chunk in chunks:
            rows.append(chunk.to_numpy())
            if sum(map(np.size, rows)) > most:
                raise wrong(path, f"more than {most:,} numbers", "the rows of the role's images")
        return np.concatenate(rows)
