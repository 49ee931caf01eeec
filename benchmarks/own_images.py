"""What `advise` promises of a set of images, and what came true on those that it did not see:

python -m benchmarks.own_images path/to/folder --sizes 5,10,20 --draws 5

Every draw takes so many labelled images of each class, asks for advice, trains the chosen network
on them, and tests it on up to 2,000 others. A line each: the promise with its interval, what came
true, whether the interval holds it, the baselines, seconds.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.images.pictures.reading import read
from glyph_transfer.own import advice, advise, sources
from glyph_transfer.own.evidence import Settings
from glyph_transfer.own.options import parse
from glyph_transfer.protocol import params
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program

MOST_TESTED = 2000


def main(
    folder: Path,
    sizes: Annotated[str, typer.Option(help="labelled images a class")] = "5,10,20",
    draws: Annotated[int, typer.Option(help="of the labelled images")] = 5,
    options: Annotated[str, typer.Option(help="as advise takes them")] = "",
    recipes: Annotated[str, typer.Option(help="only these, with commas")] = "",
) -> None:
    """Hold promises on FOLDER against what came true."""
    own, settings = read(folder, parse(options)), params.load(corpus=advise.REAL)
    wanted = advise.chosen_recipes(settings, recipes)
    known = sources.load_all()
    print("size draw  use  promised  came-true  held  pixels  scratch  seconds(cpu)", flush=True)
    for size in map(int, sizes.split(",")):
        for draw in range(draws):
            drawn = draw_from(own, size, generator(draw, "own images", size))
            budget_s = advise.budget_of(len(drawn.rows("train")))
            started = time.process_time()
            asked = Settings(wanted, settings.seed, budget_s)
            given, _ = advice.give(drawn, known, asked, lambda *_: None)
            print(size, draw, line(given), f"{time.process_time() - started:.0f}", flush=True)


def draw_from(own: OwnImages, size: int, rng: np.random.Generator) -> OwnImages:
    """Take so many images of each class to learn from, and others to test, copies of none."""
    order = rng.permutation(len(own))
    kept = [order[own.labels[order] == label][:size] for label in range(len(own.classes))]
    train = np.sort(np.concatenate(kept))
    seen = {own.images[row].tobytes() for row in train}
    others = [row for row in order if own.images[row].tobytes() not in seen][:MOST_TESTED]
    return part_of(own, train, others)


def part_of(own: OwnImages, train: Sequence[int], test: Sequence[int]) -> OwnImages:
    """Give rows of images as train and test."""
    rows = np.concatenate([train, test]).astype(int)
    splits = np.array(["train"] * len(train) + ["test"] * len(test))
    return OwnImages(
        own.images[rows], own.labels[rows], own.classes, tuple(own.files[row] for row in rows),
        splits, None if own.groups is None else own.groups[rows], (), own.steps,
        lambda row: own.original(int(rows[row])),
    )  # fmt: skip


def line(given: advice.Advice) -> str:
    """Write one try."""
    promised, true = given.promise.accuracy, given.on_test.mean
    held = promised.low <= true <= promised.high
    rows = {row.name: row.accuracy.mean for row in given.ranking}
    baselines = (
        "-" if rows.get(name) is None else f"{rows[name]:.3f}" for name in ("pixels", "scratch")
    )
    name = given.ranking[0].name.replace(" ", "")
    ends = f"{promised.mean:.3f} [{promised.low:.3f},{promised.high:.3f}]"
    more = "-" if given.more is None else f"{given.more.mean:+.3f}"
    return f"{name} {ends} {true:.3f} {int(held)} {' '.join(baselines)} more {more}"


if __name__ == "__main__":
    program.run(main)
