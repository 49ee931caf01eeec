"""The result table in README.md: `python -m glyph_transfer.commands.readme` writes it anew.

It comes from the committed results of the official corpus. Which studies it is of is said in
published.yaml: the first one that answers `source`, and the first one that answers `averages`.
"""

import sys
from pathlib import Path

from glyph_transfer.analysis.formats import format_accuracy, format_difference, format_verdict
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, read_csv
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.errors import InputError
from glyph_transfer.files import write_text
from glyph_transfer.protocol import NO_SOURCE, Cell, params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report.answers import answers_of

README = Path("README.md")
RESULTS = Path("reports", "official")
START, END = "<!-- results: made by `make readme` -->", "<!-- end of results -->"


def main() -> None:
    """Write the README with the table that the results now give."""
    try:
        text = README.read_text(encoding="utf-8")
        write_text(README, updated(text, RESULTS, params.load()))
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def updated(text: str, results: Path, settings: Params) -> str:
    """Give the README's text with the table of the results in `results` between its marks.

    Raises:
        InputError: where the marks, a table of results, or a study are missing.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise InputError(f"{README}: the lines '{START}' and '{END}' were not found; put them back")
    return f"{before}{START}\n{table(results, settings)}\n{END}{after}"


def table(results: Path, settings: Params) -> str:
    """Markdown table of the cells of a study, at its momentum of batch norm and at another."""
    chosen, default = (_answering(settings, question) for question in ("source", "averages"))
    rows = read_table(results / chosen / "cells.csv", CellRow)
    at_default = {row.cell: row for row in read_table(results / default / "cells.csv", CellRow)}
    gains = {
        row.cell: row for row in read_table(results / chosen / "differences.csv", DifferenceRow)
    }
    momentum, other = (
        f"{settings.studies[name].training.batch_norm_momentum:g}" for name in (chosen, default)
    )
    cell = rows[0].cell
    columns = [
        (f"training on {cell.n_train} {cell.target}", lambda row: _starts(row.cell)),
        ("published, one run", _published),
        (f"at momentum {other}", lambda row: format_accuracy(at_default[row.cell])),
        (f"at momentum {momentum}", format_accuracy),
        (f"gain over scratch at {momentum}", lambda row: _gain(gains.get(row.cell))),
    ]
    lines = [[heading for heading, _ in columns]]
    lines += [[value(row) for _, value in columns] for row in rows]
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, "|---" * len(columns) + "|", *body])


def read_table(path: Path, row_type: type) -> list:
    """Read a committed table; InputError, which says what makes it, where there is none."""
    try:
        return read_csv(path, row_type)
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `make official` makes it.") from None


def _answering(settings: Params, question: str) -> str:
    names = answers_of(settings).get(question)
    if not names:
        raise InputError(f"published.yaml: no study has 'answers: {question}'")
    return names[0]


def _starts(cell: Cell) -> str:
    return "from scratch" if cell.source == NO_SOURCE else f"from {cell.source}"


def _published(row: CellRow) -> str:
    return "" if row.published is None else f"{100 * row.published:.0f} %"


def _gain(row: DifferenceRow | None) -> str:
    if row is None:
        return ""
    gain = f"{format_difference(row)} points"
    if row.verdict in (DifferenceVerdict.BETTER, DifferenceVerdict.WORSE):
        return gain
    return f"{gain}, {format_verdict(row)}"


if __name__ == "__main__":
    main()
