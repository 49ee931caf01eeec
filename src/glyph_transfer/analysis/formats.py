"""How numbers, intervals and rows of tables are written for a reader, everywhere alike."""

from collections.abc import Callable

from glyph_transfer.analysis.rows import CellRow, ClaimRow, DifferenceRow, LabelWorthRow
from glyph_transfer.analysis.verdicts import MOST_DRAWS


def format_percent(fraction: float) -> str:
    """Write 0.6712 as `67.1`."""
    return f"{100 * fraction:.1f}"


def format_points(fraction: float) -> str:
    """Write a difference of fractions in signed percentage points: 0.02 as `+2.0`."""
    return _signed(f"{100 * fraction:+.1f}")


def format_nats(value: float) -> str:
    """Write a difference of losses: 0.02 as `+0.020`."""
    return _signed(f"{value:+.3f}")


def format_interval(
    low: float | None, high: float | None, write: Callable[[float], str] = format_percent
) -> str:
    """Write an interval in brackets, `(one draw)` where there is none."""
    return "(one draw)" if low is None else f"[{write(low)}, {write(high)}]"


def format_accuracy(row: CellRow) -> str:
    """Write the accuracy of a cell with its interval over draws: `67.1 % [65.0, 69.2]`."""
    ends = format_interval(row.accuracy_low, row.accuracy_high)
    return f"{format_percent(row.accuracy)} % {ends}"


def format_difference(row: DifferenceRow) -> str:
    """Write a paired difference in points, with its corrected interval: `+2.0 [+1.0, +3.0]`."""
    ends = format_interval(row.corrected_low, row.corrected_high, format_points)
    return f"{format_points(row.accuracy)} {ends}"


def format_verdict(row: ClaimRow | DifferenceRow) -> str:
    """Write a verdict, with the draws that would do: `too few draws, 30 would do`."""
    if row.draws_needed is None:
        return str(row.verdict)
    if row.draws_needed > MOST_DRAWS:
        return f"{row.verdict}, more than {MOST_DRAWS:,} needed"
    return f"{row.verdict}, {row.draws_needed:,} would do"


def format_label_count(count: float, smallest: int, largest: float) -> str:
    """Write a number of labels to three digits, or the number tried that bounds it."""
    if count > largest:
        return f"> {largest:,}"
    if count <= smallest:
        return f"\N{LESS-THAN OR EQUAL TO} {smallest:,}"
    return f"{float(f'{count:.3g}'):,.0f}"


def format_label_worth(row: LabelWorthRow, largest: int) -> str:
    """Write what a transferred network is worth in labels: `240 [200, 290]`.

    Where the whole interval lies beyond what was tried, that is all there is to say: `> 1,000`.

    Args:
        row: of the network.
        largest: number of labels that its baseline was tried with.
    """
    size, *ends = (
        None if count is None else format_label_count(count, row.smallest, largest)
        for count in (row.size, row.low, row.high)
    )
    return size if None in ends or {*ends} == {size} else f"{size} [{', '.join(ends)}]"


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
