"""What `advise` promises of a set of images, and what came true on those that it did not see:

python -m benchmarks.own_images path/to/folder --sizes 1,5,10,20 --draws 5 --kept tries.jsonl

Every draw takes so many labelled images of each class, asks for advice, trains the chosen network
on them, and tests it on up to 2,000 others; pixels and a network from scratch learn from the same
images and are tested on the same others. With one image a class nothing can be promised: the most
trusted source and recipe are taken. Tries are kept one a line, and those that are there already
are not made again; at the end the table, a line for each set and number of labels.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.images.pictures.reading import read
from glyph_transfer.own import advice, advise, learning, sources
from glyph_transfer.own.evidence import Settings
from glyph_transfer.own.options import parse
from glyph_transfer.protocol import params
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program

MOST_TESTED = 2000


def main(
    folders: list[Path],
    sizes: Annotated[str, typer.Option(help="labelled images a class")] = "1,5,10,20",
    draws: Annotated[int, typer.Option(help="of the labelled images")] = 5,
    options: Annotated[str, typer.Option(help="as advise takes them")] = "",
    kept: Annotated[Path, typer.Option(help="tries, one a line")] = Path("own-images.jsonl"),
) -> None:
    """Hold promises on FOLDERS against what came true."""
    settings, known = params.load(corpus=advise.REAL), sources.load_all()
    wanted = advise.chosen_recipes(settings, "")
    sets = {folder.name: read(folder, parse(options)) for folder in folders}
    tries = _read(kept)
    done = {(each["images"], each["size"], each["draw"]) for each in tries}
    for draw, (name, own), size in _all(draws, sets, sizes):
        if (name, size, draw) in done:
            continue
        drawn = draw_from(own, size, generator(draw, "own images", size))
        asked = Settings(wanted, settings.seed, advise.budget_of(len(drawn.rows("train"))))
        started = time.process_time()
        made = {"images": name, "size": size, "draw": draw}
        made |= untested(drawn, known, asked) if size == 1 else advised(drawn, known, asked)
        made |= baselines(drawn, settings.seed)
        made["seconds"] = round(time.process_time() - started)
        tries.append(made)
        with open(kept, "a", encoding="utf-8") as file:
            file.write(json.dumps(made) + "\n")
        print(made, flush=True)
    print(*table(tries), sep="\n")


def _read(kept: Path) -> list[dict]:
    text = kept.read_text(encoding="utf-8") if kept.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def _all(draws: int, sets: dict[str, OwnImages], sizes: str) -> Iterator[tuple]:
    """All tries, a whole draw of every set and size before the next."""
    return (
        (draw, each, int(size))
        for draw in range(draws)
        for each in sets.items()
        for size in sizes.split(",")
    )


def draw_from(own: OwnImages, size: int, rng: np.random.Generator) -> OwnImages:
    """Take so many images of each class to learn from, and others to test, copies of none."""
    train, others = draw_rows(own, size, rng)
    return part_of(own, train, others[:MOST_TESTED])


def draw_rows(
    own: OwnImages, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[np.intp]]:
    """Draw so many rows of each class; give them, and in random order those that are no copies."""
    order = rng.permutation(len(own))
    kept = [order[own.labels[order] == label][:size] for label in range(len(own.classes))]
    rows = np.sort(np.concatenate(kept))
    seen = {own.images[row].tobytes() for row in rows}
    return rows, [row for row in order if own.images[row].tobytes() not in seen]


def part_of(own: OwnImages, train: Sequence[int], test: Sequence[int]) -> OwnImages:
    """Give rows of images as train and test."""
    rows = np.concatenate([train, test]).astype(int)
    splits = np.array(["train"] * len(train) + ["test"] * len(test))
    return OwnImages(
        own.images[rows], own.labels[rows], own.classes, tuple(own.files[row] for row in rows),
        splits, None if own.groups is None else own.groups[rows], (), own.steps,
        lambda row: own.original(int(rows[row])),
    )  # fmt: skip


def advised(own: OwnImages, known: dict[str, sources.Source], asked: Settings) -> dict:
    """Ask for advice, and hold it against the images that it did not see."""
    given, _ = advice.give(own, known, asked, lambda *_: None)
    expected, more = given.promise.accuracy, given.more
    return {
        "used": given.ranking[0].name,
        "promised": [expected.mean, expected.low, expected.high],
        "true": given.on_test.mean,
        "more": None if more is None else more.mean,
    }


def untested(own: OwnImages, known: dict[str, sources.Source], asked: Settings) -> dict:
    """Take the most trusted source and recipe, where nothing can be tested."""
    task = learning.Task(own.images, own.labels, own.classes)
    frozen = {name: source.frozen for name, source in known.items()}
    name, learner = next(iter(learning.learners(task, frozen, asked.recipes).items()))
    given = learner.learn(own.rows("train"), generator(asked.seed, name))
    return {"used": name, "promised": None, "true": _right(own, given), "more": None}


def baselines(own: OwnImages, seed: int) -> dict:
    """Learn the same images from pixels and from scratch, and test on the same others."""
    task, rows = learning.Task(own.images, own.labels, own.classes), own.rows("train")
    scratch = learning.learners(task, {}, {})[learning.SCRATCH]
    given = scratch.learn(rows, generator(seed, learning.SCRATCH))
    return {"scratch": _right(own, given),
            "pixels": _right(own, learning.learn_pixels(task, rows))}  # fmt: skip


def _right(own: OwnImages, given: np.ndarray) -> float:
    rows = own.rows("test")
    return float((given[rows].argmax(axis=1) == own.labels[rows]).mean())


def table(tries: Sequence[dict]) -> Iterator[str]:
    """Write means over draws, of what came true with the least and the most of a draw.

    Beside each recipe stands how many draws had it.
    """
    yield (
        "| images | labels a class | draws | scratch | pixels | best recipe, by the draw "
        "| promised, with its 95 % interval | came true | interval holds it |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, size in sorted({(each["images"], each["size"]) for each in tries}):
        rows = [each for each in tries if (each["images"], each["size"]) == (name, size)]
        true = np.array([each["true"] for each in rows])
        scratch, pixels = (
            f"{100 * np.mean([each[what] for each in rows]):.1f}" for what in ("scratch", "pixels")
        )
        promised, held = "nothing", "-"
        if rows[0]["promised"]:
            ends = np.array([each["promised"] for each in rows])
            mean, low, high = 100 * ends.mean(axis=0)
            promised = f"{mean:.1f} [{low:.1f}, {high:.1f}]"
            held = f"{int(((ends[:, 1] <= true) & (true <= ends[:, 2])).sum())}"
        came = f"{100 * true.mean():.1f} ({100 * true.min():.1f} to {100 * true.max():.1f})"
        used = "; ".join(
            f"{name} {n}" for name, n in Counter(r["used"] for r in rows).most_common()
        )
        cells = (name, size, len(rows), scratch, pixels, used, promised, came, held)
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    program.run(main)
