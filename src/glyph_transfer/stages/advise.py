"""advise@<task>: which network to use for images that are named under `own` in params.yaml."""

import os
import time
from pathlib import Path

import typer

from glyph_transfer.errors import InputError
from glyph_transfer.files import write_json
from glyph_transfer.images.pictures.reading import read
from glyph_transfer.layout import own_metrics_file
from glyph_transfer.learning import CORES
from glyph_transfer.own import advise
from glyph_transfer.own.options import parse
from glyph_transfer.protocol import params
from glyph_transfer.protocol.own import Task
from glyph_transfer.stages import program

_MEASURED = {
    "expected_accuracy": "accuracy",
    "expected_accuracy_low": "accuracy_low",
    "expected_accuracy_high": "accuracy_high",
}
"""Metrics by the names that those of studies have."""


def main(task: str) -> None:
    """Answer for the images of TASK, and write data/own/TASK and reports/own/TASK."""
    started = time.time()
    settings = params.load(corpus=advise.REAL)
    named = settings.own_task(task)
    check_groups(task, named)
    own = read(Path(named.images), parse(named.options, named.groups))
    os.environ.setdefault(CORES, str(os.cpu_count()))
    from glyph_transfer.own import making  # TensorFlow only now, as in own/advise.py

    recipes, budget_s = (
        advise.chosen_recipes(settings, ""),
        advise.budget_of(len(own.rows("train"))),
    )
    said, summary = making.make(task, own, recipes, settings.seed, budget_s, started)
    measured = {
        _MEASURED.get(name, name): value for name, value in summary.items() if name != "candidates"
    }
    write_json(own_metrics_file(task), measured)
    typer.echo(said)


def check_groups(task: str, named: Task) -> None:
    """Raise InputError where groups are in a file that DVC does not watch."""
    path, images = Path(named.groups), Path(named.images)
    if named.groups and path.is_file() and not path.resolve().is_relative_to(images.resolve()):
        raise InputError(
            f"own.tasks.{task}: the groups are in {path}, which is not in {images}, so that DVC "
            "would not see it change; put it there"
        )


if __name__ == "__main__":
    program.run(main)
