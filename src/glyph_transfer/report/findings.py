"""Pieces of sentences, and how many labels there were at most."""

from collections.abc import Iterable

from glyph_transfer.analysis.rows import CellRow, LabelWorthRow
from glyph_transfer.protocol import Cell


def without_size(cell: Cell) -> tuple[str, ...]:
    """Give a cell but for its number of labels."""
    return cell[:-1]


def enumerated(words: Iterable[str]) -> str:
    """Write `a, b and c`; nothing where there is none."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def capitalised(sentence: str) -> str:
    """Begin with a capital letter, and leave all others as they are."""
    return sentence[:1].upper() + sentence[1:]


def largest_size(row: LabelWorthRow, cells: list[CellRow]) -> int:
    """Give the most labels that the baseline of a row was tried with."""
    curve = without_size(row.baseline)
    return max(each.n_images for each in cells if without_size(each.cell) == curve)
