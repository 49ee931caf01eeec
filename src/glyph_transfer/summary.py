"""The results on the terminal: `python -m glyph_transfer.summary`.

Reads reports/<corpus>/ and imports nothing heavy.
"""

import sys
import textwrap
from pathlib import Path

from glyph_transfer import params
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.report.findings import interval, percent, points, verdict

WIDTH = 80
REPORTS = Path("reports")
_NAME = 48


def main() -> None:
    """Print the results of every corpus that params.yaml lists."""
    try:
        for corpus in params.load().corpora:
            print("\n".join(summarise(REPORTS / corpus)))
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def summarise(corpus: Path) -> list[str]:
    """Lines of at most 80 characters on the studies in a corpus's folder of results.

    Raises InputError where there are none, or a metrics file is not what the stage
    `evaluate` writes.
    """
    found = [p for p in sorted(corpus.glob("*/metrics.json")) if p.parent.name != "search"]
    if not found:
        raise InputError(f"{corpus}/: no results yet. `dvc repro` makes them.")
    page = corpus / "index.html"
    return [
        *(line for path in found for line in _study(path)),
        *_mark(corpus / "report.md"),
        f"Page: {page}" if page.exists() else f"{page} is not made yet: `dvc repro`",
        "",
    ]


def _mark(twin: Path) -> list[str]:
    """What the report says of its corpus before anything else, such as what is unofficial."""
    if not twin.exists():
        return []
    lines = twin.read_text(encoding="utf-8").splitlines()
    return [line for text in lines if text.startswith("> ") for line in _wrapped(text.strip("> *"))]


def _study(path: Path) -> list[str]:
    try:
        metrics = read_json(path)
        compared = {name.split(" - ")[0]: name for name in metrics["differences"]}
        lines = []
        for cell, row in metrics["cells"].items():
            lines += _cell(cell, row)
            if cell in compared:
                lines += _difference(compared[cell], metrics["differences"][compared[cell]])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: not the metrics of a study ({error!r}). `dvc repro` makes them again."
        ) from error
    heading = "target/model/source/variant/n_train"
    return [
        *_wrapped(f"{path.parent.name} ({path.parent.parent.name})"),
        f"{heading:<{_NAME}}{'accuracy, %':<20}{'draws':>7}",
        *lines,
        *_wrapped("In brackets 95 % intervals; of differences corrected for their number."),
        "",
    ]


def _cell(name: str, row: dict) -> list[str]:
    ends = interval(row["accuracy_low"], row["accuracy_high"])
    scored = f"{percent(row['accuracy'])} {ends}"
    numbers = f"{scored:<20}{row['draws']:>7}"
    if len(name) < _NAME:
        return [f"{name:<{_NAME}}{numbers}"]
    return [*_wrapped(name), " " * _NAME + numbers]


def _difference(name: str, row: dict) -> list[str]:
    low, high = row["corrected_low"], row["corrected_high"]
    value = f"{points(row['accuracy'])} {interval(low, high, points)}"
    return _wrapped(f"  {value} points on {name.split(' - ')[1]}: {verdict(low, high)}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="    ")


if __name__ == "__main__":
    main()
