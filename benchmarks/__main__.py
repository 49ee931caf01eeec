"""All benchmarks, or those named: `python -m benchmarks [few_labels ...]`.

Writes benchmarks/results.json and benchmarks/RESULTS.md. Questions that are not named keep
the answers that they have there.
"""

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

from benchmarks import (
    few_labels,
    frozen,
    inputs,
    optimizers,
    pictures,
    pipeline,
    recipe_seconds,
    scaling,
    side_by_side,
    source_minutes,
    source_training,
)
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json, write_text
from glyph_transfer.tracking.records import measured_conditions

QUESTIONS = {
    "few_labels": few_labels,
    "side_by_side": side_by_side,
    "frozen": frozen,
    "source_training": source_training,
    "source_minutes": source_minutes,
    "recipe_seconds": recipe_seconds,
    "optimizers": optimizers,
    "scaling": scaling,
    "pictures": pictures,
    "pipeline": pipeline,
}
FOLDER = Path("benchmarks")


def main(names: list[str]) -> None:
    """Answer the questions in turn; keep every answer as soon as it is there."""
    unknown = set(names) - set(QUESTIONS)
    if unknown:
        raise InputError(f"unknown: {', '.join(unknown)}; there are: {', '.join(QUESTIONS)}")
    path = FOLDER / "results.json"
    answers = read_json(path) if path.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            pool.submit(inputs.networks, folder).result()
        for name in names or QUESTIONS:
            print(f"{name} ...", flush=True)
            circumstances = _circumstances()
            section = QUESTIONS[name].measure(folder)
            read = f"{section.to_markdown()}\n{_sentence(circumstances)}\n"
            answers[name] = section.to_json() | {"circumstances": circumstances, "read": read}
            write_json(path, answers)
            print(read)
    shown = [answers[name]["read"] for name in QUESTIONS if name in answers]
    write_text(
        FOLDER / "RESULTS.md", "\n".join(["# Benchmarks\n\nMade by `make bench`.\n", *shown])
    )


def _circumstances() -> dict:
    conditions = measured_conditions(datetime.now(UTC).timestamp())
    try:
        torch = {"torch": version("torch")}
    except PackageNotFoundError:
        torch = {}
    return {
        "started": conditions.started,
        "commit": conditions.commit,
        "machine": conditions.machine,
        "versions": conditions.versions | torch,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _sentence(circumstances: dict) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in circumstances["versions"].items())
    return (
        f"*{circumstances['started']}, commit {circumstances['commit']}, "
        f"{circumstances['machine']}, load {circumstances['load_before']} before; {versions}.*"
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        raise SystemExit(str(error)) from None
