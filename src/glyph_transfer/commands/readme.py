"""The result table in README.md: `python -m glyph_transfer.commands.readme` writes it anew.

It comes from the committed results of the official corpus.
"""

import csv
import sys
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.files import write_text

README = Path("README.md")
RESULTS = Path("reports", "official")
START, END = "<!-- results: made by `make readme` -->", "<!-- end of results -->"


def main() -> None:
    """Write the README with the table that the results now give."""
    try:
        write_text(README, updated(README.read_text(encoding="utf-8"), RESULTS))
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def updated(text: str, results: Path) -> str:
    """Give the README's text with the table of the results in `results` between its marks.

    Raises:
        InputError: where the marks, or a table of results, are missing.
    """
    before, mark, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise InputError(f"{README}: the lines '{START}' and '{END}' were not found; put them back")
    return f"{before}{START}\n{table(results)}\n{END}{after}"


def table(results: Path) -> str:
    """Markdown table of S2's cells, at Keras's momentum of batch normalisation and at ours."""
    lines = [
        "| training on 100 digits | published, one run | at momentum 0.99 | at momentum 0.9 "
        "| gain over scratch at 0.9 |",
        "|---|---|---|---|---|",
    ]
    default, chosen = (_cells(results, study) for study in ("batch_norm", "few_labels"))
    gains = {row["cell"]: row for row in _rows(results, "few_labels", "differences")}
    for cell, row in chosen.items():
        name = "from scratch" if row["source"] == "none" else f"from {row['source']}"
        published = f"{100 * float(row['published']):.0f} %"
        lines.append(
            f"| {name} | {published} | {_interval(default[cell])} | {_interval(row)} "
            f"| {_gain(gains[cell]) if cell in gains else ''} |"
        )
    return "\n".join(lines)


def _cells(results: Path, study: str) -> dict[str, dict[str, str]]:
    return {row["cell"]: row for row in _rows(results, study, "cells")}


def _rows(results: Path, study: str, name: str) -> list[dict[str, str]]:
    path = results / study / f"{name}.csv"
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise InputError(f"{path}: not found. `make official` makes it.") from None


def _interval(row: dict[str, str]) -> str:
    mean, low, high = (100 * float(row[f"accuracy{end}"]) for end in ("", "_low", "_high"))
    return f"{mean:.1f} % [{low:.1f}, {high:.1f}]"


def _gain(row: dict[str, str]) -> str:
    ends = float(row["accuracy"]), float(row["corrected_low"]), float(row["corrected_high"])
    mean, low, high = (f"{100 * value:+.1f}".replace("-", "−") for value in ends)
    shown = "" if row["shown"] == "True" else ", no difference shown"
    return f"{mean} [{low}, {high}] points{shown}"


if __name__ == "__main__":
    main()
