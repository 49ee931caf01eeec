"""Sentences from tables, by rule: nothing is concluded that an interval does not show."""

from collections.abc import Iterable

from glyph_transfer.analysis.formats import format_difference, format_verdict
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, LabelWorthRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.protocol import Cell
from glyph_transfer.report.cell_names import CellNames


def verdict_sentences(differences: list[DifferenceRow], names: CellNames) -> list[str]:
    """Say what every comparison shows, in one sentence where only the number of labels differs.

    Args:
        differences: rows of one study.
        names: of its cells.
    """
    groups: dict[object, list[DifferenceRow]] = {}
    for row in differences:
        pair = without_size(row.cell), without_size(row.baseline)
        groups.setdefault((pair, row.verdict), []).append(row)
    return [_sentence(rows, names) for rows in groups.values()]


def _sentence(rows: list[DifferenceRow], names: CellNames) -> str:
    cell, baseline = rows[0].cell, rows[0].baseline
    verb = {
        DifferenceVerdict.BETTER: "is better than {}",
        DifferenceVerdict.WORSE: "is worse than {}",
        DifferenceVerdict.PRACTICALLY_EQUAL: "is practically equal to {}",
        DifferenceVerdict.TOO_FEW_DRAWS: "is not shown to differ from {}",
        DifferenceVerdict.ONE_DRAW: "is held against {} on one draw only, which shows nothing,",
        DifferenceVerdict.NOT_JUDGED: "is not judged against {}, for one of them has not learned,",
    }[rows[0].verdict].format(names.name(baseline))
    sizes = enumerated([str(row.cell.n_train) for row in rows])
    differences = ", ".join(map(format_difference, rows))
    return capitalised(
        f"{names.name(cell)}{names.on_target(cell)} {verb} with {sizes} labelled images: "
        f"{differences} points{_draws_needed(rows)}."
    )


def _draws_needed(rows: list[DifferenceRow]) -> str:
    """Say how many draws would decide differences that are open, where that can be estimated."""
    if any(row.draws_needed is None for row in rows):
        return ""
    return f" ({enumerated(map(format_verdict, rows))})"


def without_size(cell: Cell) -> tuple[str, ...]:
    """Give a cell but for its number of labels."""
    return cell[:-1]


def enumerated(words: Iterable[str]) -> str:
    """Write `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def capitalised(sentence: str) -> str:
    """Begin with a capital letter, and leave all others as they are."""
    return sentence[:1].upper() + sentence[1:]


def largest_size(row: LabelWorthRow, cells: list[CellRow]) -> int:
    """Give the most labels that the baseline of a row was tried with."""
    curve = without_size(row.baseline)
    return max(each.n_images for each in cells if without_size(each.cell) == curve)
