"""Which network to use for one's own images, what to expect of it, what to do next:

python -m glyph_transfer.own.advise path/to/folder
"""

import os
import re
import time
from pathlib import Path
from typing import Annotated

import typer

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.reading import read
from glyph_transfer.learning import CORES
from glyph_transfer.own.options import parse
from glyph_transfer.protocol import Recipe, params
from glyph_transfer.stages import program
from glyph_transfer.tracking.enclosing import name_enclosing_run

REAL = "official"
"""Corpus whose recipes train as long as real handwriting needs."""

BASE_S, FOR_AN_IMAGE_S, MOST_S = 25.0, 0.12, 200.0
"""Of the budget of cross-validation, which leaves about as much for all else on two cores."""


def main(
    images: Annotated[Path, typer.Argument(help="a folder with one subfolder a class, or arrays")],
    task: Annotated[str, typer.Option(help="its name; the folder's by default")] = "",
    groups: Annotated[str, typer.Option(help="csv, or pattern in names: what stays together")] = "",
    options: Annotated[str, typer.Option(help="such as 'ink=dark nested=outer'")] = "",
    recipes: Annotated[str, typer.Option(help="only these, with commas")] = "",
    seconds: Annotated[float, typer.Option(help="for cross-validation; 0: by the images")] = 0.0,
) -> None:
    """Find the source and the recipe for IMAGES, train the network, and say what to expect."""
    started = time.time()
    task = task or images.absolute().name
    name_enclosing_run(f"advice: {task}")
    name = task_name(task)
    settings = params.load(corpus=REAL)
    wanted = chosen_recipes(settings, recipes)
    own = read(images, parse(options, groups))
    os.environ.setdefault(CORES, str(os.cpu_count()))
    # TensorFlow only now, so that what cannot be read costs nothing but the message
    from glyph_transfer.own import making

    budget_s = seconds or budget_of(len(own.rows("train")))
    said, _ = making.make(name, own, wanted, settings.seed, budget_s, started)
    typer.echo(said)


def budget_of(images: int) -> float:
    """Seconds of cross-validation for so many labelled images."""
    return min(MOST_S, BASE_S + FOR_AN_IMAGE_S * images)


def task_name(text: str) -> str:
    """Give a task's name for files and the registry: letters, digits and hyphens.

    Raises:
        InputError: nothing is left of it.
    """
    name = re.sub(r"[^\w]+", "-", text.casefold()).strip("-_")[:60]
    if not name:
        raise InputError(f"the task cannot be named after {text!r}; name it with --task")
    return name


def chosen_recipes(settings: params.Params, asked: str) -> dict[str, Recipe]:
    """Give the recipes that are asked for, those of `own` in params.yaml if none is.

    Raises:
        InputError: there is no such recipe, or none at all.
    """
    known = settings.recipes
    listed = settings.own.recipes if settings.own else list(known)
    names = list(filter(None, asked.split(","))) or listed
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        raise InputError(
            f"unknown recipe '{unknown[0] if unknown else ''}'; those under 'recipes' in "
            f"params.yaml are: {', '.join(known) or 'none'}"
        )
    return {name: known[name] for name in names}


if __name__ == "__main__":
    program.run(main)
