"""Tables of a run as `mlflow ui` shows and compares them: JSON files, and a tag that lists them.

`MlflowClient.log_table` gives the same file and tag, after reading what is there, in seven
requests a table. Numbers of cells as metrics would be hundreds of columns of every run.
"""

import csv
import json
from pathlib import Path

from glyph_transfer.tracking.records import Conditions

SECONDS = "seconds.json"
"""Table with a row for each replicate: cell, draw, seconds, training_seconds."""

_TAG = "mlflow.loggedArtifacts"  # of MLflow: mlflow.utils.mlflow_tags, MLFLOW_LOGGED_ARTIFACTS

Table = dict[str, list]
"""Columns and rows, as `DataFrame.to_json(orient="split")` gives them."""


def names(paths: list[str], conditions: Conditions) -> list[str]:
    """Names of the tables that a record with such files has."""
    timed = [SECONDS] if conditions.replicate_seconds or conditions.training_seconds else []
    return [*(f"{Path(path).stem}.json" for path in paths), *timed]


def tags(logged: list[str]) -> dict[str, str]:
    """Tags by which MLflow knows which artifacts are tables."""
    listed = [{"path": name, "type": "table"} for name in logged]
    return {_TAG: json.dumps(listed)} if listed else {}


def make(paths: list[str], conditions: Conditions) -> dict[str, Table]:
    """Make the tables of some CSV files, and of the seconds of replicates."""
    made = {f"{Path(path).stem}.json": _from_csv(Path(path)) for path in paths}
    if SECONDS in names([], conditions):
        made[SECONDS] = _seconds(conditions)
    return made


def _from_csv(path: Path) -> Table:
    with open(path, encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return {"columns": columns, "data": [[_value(text) for text in row] for row in rows]}


def _value(text: str) -> float | str | None:
    try:
        number = float(text)
    except ValueError:
        return text or None
    return number if abs(number) < float("inf") else text


def _seconds(conditions: Conditions) -> Table:
    whole, training = conditions.replicate_seconds, conditions.training_seconds
    rows = [
        [cell, draw, _nth(whole, cell, draw), _nth(training, cell, draw)]
        for cell in dict.fromkeys([*whole, *training])
        for draw in range(max(len(whole.get(cell, [])), len(training.get(cell, []))))
    ]
    return {"columns": ["cell", "draw", "seconds", "training_seconds"], "data": rows}


def _nth(seconds: dict[str, list[float]], cell: str, draw: int) -> float | None:
    values = seconds.get(cell, [])
    return values[draw] if draw < len(values) else None


def seconds_by_name(table: Table) -> dict[str, list[float]]:
    """Give the seconds of a table by `seconds/<cell>` and `training_seconds/<cell>`."""
    by_name: dict[str, list[float]] = {}
    for cell, _, *values in table["data"]:
        for column, value in zip(table["columns"][2:], values, strict=True):
            if value is not None:
                by_name.setdefault(f"{column}/{cell}", []).append(value)
    return by_name


def is_timed(run_tags: dict[str, str]) -> bool:
    """Whether a run with such tags has a table of seconds."""
    return SECONDS in run_tags.get(_TAG, "")
