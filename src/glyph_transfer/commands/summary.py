"""The results on the terminal: `python -m glyph_transfer.commands.summary`.

Reads reports/<corpus>/ and imports nothing heavy.
"""

import math
import sys
import textwrap
from pathlib import Path

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.protocol import params
from glyph_transfer.report.findings import Verdict, interval, labels, percent, points, verdict

WIDTH = 80
REPORTS = Path("reports")
_NAME, _ACCURACY = 32, 19
_HYPERPARAMETERS = ("dropout", "learning_rate", "width")


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
    `evaluate`, or `search`, writes.
    """
    found = sorted(corpus.glob("*/metrics.json"))
    if not found:
        raise InputError(f"{corpus}/: no results yet. `dvc repro` makes them.")
    page = corpus / "index.html"
    return [
        *(line for path in found for line in _results(path)),
        *_wrapped("In brackets 95 % intervals over draws; of differences, in points, corrected."),
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


def _results(path: Path) -> list[str]:
    try:
        metrics = read_json(path)
        return _search(path, metrics) if "trials" in metrics else _study(path, metrics)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path}: not the metrics of a study ({error!r}). `dvc repro` makes them again."
        ) from error


def _search(path: Path, metrics: dict) -> list[str]:
    found = ", ".join(f"{name} {metrics[name]:.3g}" for name in _HYPERPARAMETERS)
    loss = metrics["best_validation_loss"]
    told = f"validation loss {loss:.3f} nats, {found}" if loss is not None else "nothing"
    return [*_wrapped(f"{_heading(path)}: {metrics['trials']} trials found {told}"), ""]


def _study(path: Path, metrics: dict) -> list[str]:
    cells, names = metrics["cells"], short_names(list(metrics["cells"]))
    differences = {name.split(" - ")[0]: row for name, row in metrics["differences"].items()}
    lines = [
        line
        for cell, row in cells.items()
        for line in _cell(names[cell], row, differences.get(cell))
    ]
    return [
        f"{_heading(path):<{_NAME}}{'accuracy, %':<{_ACCURACY}}{'draws':>5}  less its baseline",
        *lines,
        *_labels(metrics.get("labels", {})),
        "",
    ]


def _heading(path: Path) -> str:
    return f"{path.parent.name} ({path.parent.parent.name})"


def short_names(cells: list[str]) -> dict[str, str]:
    """Name cells by those of their parts that differ among them; source and variant always."""
    parts = [cell.split("/") for cell in cells]
    kept = [n for n in range(5) if n in (2, 3) or len({part[n] for part in parts}) > 1]
    return {"/".join(part): "/".join(part[n] for n in kept) for part in parts}


def _cell(name: str, row: dict, difference: dict | None) -> list[str]:
    scored = f"{percent(row['accuracy'])} {interval(row['accuracy_low'], row['accuracy_high'])}"
    numbers = f"{scored:<{_ACCURACY}}{row['draws']:>5}{_difference(difference)}"
    if len(name) < _NAME:
        return [f"{name:<{_NAME}}{numbers}"]
    return [*_wrapped(name), " " * _NAME + numbers]


def _difference(row: dict | None) -> str:
    """Give the difference from the baseline, unless it is none that is shown."""
    if row is None:
        return ""
    low, high = row["corrected_low"], row["corrected_high"]
    if verdict(low, high) is Verdict.NOT_SHOWN:
        return "  none shown"
    return f"  {points(row['accuracy'])} {interval(low, high, points)}"


def _labels(rows: dict[str, dict]) -> list[str]:
    """Say what each way of training is worth in labels, at every size."""
    worth: dict[str, list[str]] = {}
    for cell, row in rows.items():
        source, variant, n_train = cell.split("/")[2:]
        if row["size"] is None:
            size = "more than were tried"
        else:
            size = labels(row["size"], row["smallest"], math.inf)
        worth.setdefault(f"{source}/{variant}", []).append(f"{size} at {n_train}")
    return [
        line
        for name, told in worth.items()
        for line in _wrapped(f"worth in labels of scratch, {name}: {', '.join(told)}")
    ]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="    ")


if __name__ == "__main__":
    main()
