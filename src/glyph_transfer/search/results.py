"""What a search gave, as files: the candidate that it found, a table of its trials, metrics."""

from itertools import accumulate
from math import isfinite
from pathlib import Path

import pandas as pd

from glyph_transfer.files import write_json, write_text
from glyph_transfer.layout import found_file, results_folder
from glyph_transfer.scores import rounded
from glyph_transfer.search.evolution import Found
from glyph_transfer.search.trials import NAME

Row = dict[str, float | int | None]
"""A trial: `trial` from 1, `generation` from 0, its hyper-parameters, `validation_loss`, and
`best_validation_loss` so far; the last two in nats, None where not finite."""


def tabulate(found: Found) -> list[Row]:
    """List the trials in their order."""
    losses = [loss for *_, loss in found.trials]
    return [
        {"trial": number, "generation": generation}
        | dict(candidate)
        | {"validation_loss": _finite(loss), "best_validation_loss": _finite(best)}
        for number, ((generation, candidate, loss), best) in enumerate(
            zip(found.trials, accumulate(losses, min), strict=True), start=1
        )
    ]


def _finite(loss: float) -> float | None:
    return rounded([loss])[0] if isfinite(loss) else None


def metrics(found: Found, rows: list[Row]) -> dict[str, float | int]:
    """Give what `dvc metrics` shows and compares."""
    return {
        "trials": len(rows),
        "distinct": len(first_trials(found, rows)),
        "best_validation_loss": rows[-1]["best_validation_loss"],
        **found.best,
    }


def first_trials(found: Found, rows: list[Row]) -> list[Row]:
    """Leave out trials of candidates that came up before, which nothing was trained for."""
    distinct = {}
    for (_, candidate, _), row in zip(found.trials, rows, strict=True):
        distinct.setdefault(candidate, row)
    return [*distinct.values()]


def write(found: Found, rows: list[Row], corpus: str) -> list[Path]:
    """Write what was found and the trials; give the files that a run shows."""
    write_json(found_file(corpus), dict(found.best))
    trials = results_folder(corpus, NAME) / "trials.csv"
    write_text(trials, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    return [trials]
