"""Sentences from tables, by rule: nothing is concluded that an interval does not show.

Tables are lists of rows as the stage `evaluate` writes them, a dict each, with None for
what is missing, such as the interval of a single draw. Accuracies are fractions.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from glyph_transfer.analysis.intervals import has_width
from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE

Row = dict[str, object]


class Verdict(StrEnum):
    """What the corrected interval of a paired difference shows."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no difference shown"
    ONE_DRAW = "one draw, no interval"


def verdict(low: float | None, high: float | None) -> Verdict:
    """Judge a difference by its corrected interval; an end at zero, or no width, shows nothing."""
    if low is None or high is None:
        return Verdict.ONE_DRAW
    if not has_width(low, high):
        return Verdict.NOT_SHOWN
    if low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if high < 0 else Verdict.NOT_SHOWN


def judge(difference: Row) -> Verdict:
    """Judge a row of the table of differences."""
    return verdict(difference["corrected_low"], difference["corrected_high"])


def percent(fraction: float) -> str:
    """Write 0.6712 as `67.1`."""
    return f"{100 * fraction:.1f}"


def points(fraction: float) -> str:
    """Write a difference of fractions in signed percentage points: 0.02 as `+2.0`."""
    return _signed(f"{100 * fraction:+.1f}")


def nats(value: float) -> str:
    """Write a difference of losses: 0.02 as `+0.020`."""
    return _signed(f"{value:+.3f}")


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def interval(low: float | None, high: float | None, write: Callable[[float], str] = percent) -> str:
    """Write an interval in brackets, ` (one draw)` where there is none."""
    return "(one draw)" if low is None else f"[{write(low)}, {write(high)}]"


def scored(row: Row) -> str:
    """Write the accuracy of a cell with its interval over draws."""
    ends = interval(row["accuracy_low"], row["accuracy_high"])
    return f"{percent(row['accuracy'])} % {ends}"


def difference(row: Row) -> str:
    """Write a paired difference with its corrected interval, in percentage points."""
    ends = interval(row["corrected_low"], row["corrected_high"], points)
    return f"{points(row['accuracy'])} {ends}"


def way(cell: str, among: Iterable[str] = ()) -> str:
    """Name what a cell does: `transfer from letters (head_then_finetune)`.

    The model, and the variant of a transfer, are told where they are not the same in all
    cells `among` which it is named.
    """
    among = list(among)
    _, model, source, variant, _ = cell.split("/")
    if model == ENSEMBLE:
        return f"the ensemble {variant}"
    told = f" with {model}" if len(_parts(among, 1) - {ENSEMBLE}) > 1 else ""
    if source != NO_SOURCE:
        variants = _parts([each for each in among if each.split("/")[2] != NO_SOURCE], 3)
        return f"transfer from {source}" + ("" if len(variants) == 1 else f" ({variant})") + told
    return "training from scratch" + told + ("" if variant == "scratch" else f" ({variant})")


def place(cell: str, among: Iterable[str]) -> str:
    """Say ` on letters` where not all cells `among` which it is named have the same target."""
    return f" on {cell.split('/')[0]}" if len(_parts(among, 0)) > 1 else ""


def _parts(cells: Iterable[str], part: int) -> set[str]:
    return {cell.split("/")[part] for cell in cells}


def without_size(cell: str) -> str:
    """Give a cell but for its number of labels."""
    return cell.rpartition("/")[0]


def size(cell: str) -> str:
    """Give the number of labels of a cell, or `all`."""
    return cell.rpartition("/")[2]


def verdicts(differences: list[Row], among: Iterable[str] = ()) -> list[str]:
    """Say what every comparison shows, in one sentence where only the number of labels differs.

    Args:
        differences: rows of one study.
        among: the cells of the study.
    """
    among, groups = list(among), {}
    for row in differences:
        pair = without_size(row["cell"]), without_size(row["baseline"])
        groups.setdefault((*pair, judge(row)), []).append(row)
    return [_sentence(rows, among) for rows in groups.values()]


def _sentence(rows: list[Row], among: list[str]) -> str:
    cell, baseline = rows[0]["cell"], rows[0]["baseline"]
    shown = {
        Verdict.BETTER: "is better than {}",
        Verdict.WORSE: "is worse than {}",
        Verdict.NOT_SHOWN: "is not shown to differ from {}",
        Verdict.ONE_DRAW: "is held against {} on one draw only, which shows nothing,",
    }[judge(rows[0])].format(way(baseline, among))
    subject = way(cell, among) + place(cell, among)
    sizes = enumerated([size(row["cell"]) for row in rows])
    found = ", ".join(map(difference, rows))
    return (
        f"{subject[0].upper()}{subject[1:]} {shown} with {sizes} labelled images: {found} points."
    )


def enumerated(words: list[str]) -> str:
    """Write `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def labels(count: float, smallest: int, largest: int) -> str:
    """Write a number of labels to three digits, or what bounds it."""
    if count > largest:
        return f"> {largest:,}"
    if count <= smallest:
        return f"\N{LESS-THAN OR EQUAL TO} {smallest:,}"
    return f"{float(f'{count:.3g}'):,.0f}"


def worth(row: Row, largest: int) -> str:
    """Write what a transferred network is worth in labels: `240 [200, 290]`.

    Args:
        row: of the table of labels.
        largest: number of labels that training from scratch was tried with.
    """
    told = labels(row["size"], row["smallest"], largest)
    if row["low"] is None:
        return told
    ends = (labels(row[end], row["smallest"], largest) for end in ("low", "high"))
    return f"{told} [{', '.join(ends)}]"


def largest_size(row: Row, cells: list[Row]) -> int:
    """Give the most labels that the baseline in a row of the table of labels was tried with."""
    curve = without_size(row["baseline"])
    return max(each["n_images"] for each in cells if without_size(each["cell"]) == curve)
