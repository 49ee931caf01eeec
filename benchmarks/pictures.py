"""One's own pictures: how many are read, prepared and answered in a second, once loaded."""

import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks import inputs
from benchmarks.timing import Section, at_least, processes
from glyph_transfer.images import sets
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.images.pictures.reading import read_unlabelled
from glyph_transfer.own import advise, predict
from glyph_transfer.own.card import Card
from glyph_transfer.protocol import params
from glyph_transfer.seeds import generator

ROUNDS, PICTURES, LABELLED = 3, 5000, 100
SIDE = 56
"""Of a picture in pixels: it has to be cropped and scaled, as those of users have."""

RECIPES = ("cosine_probe", "nearest_neighbours", "two_layers", "averaged_copies")
"""One of each kind of head, and one that averages over changed copies of a picture."""


def measure(folder: Path) -> Section:
    """Time the reading and the answers of networks made from a hundred labelled digits."""
    digits = inputs.embedded_digits()
    written = folder / "pictures"
    write(digits.train, written)
    with processes("predict") as pools:
        rounds = pools["predict"].submit(_seconds, digits, written, folder).result()
    rows = [
        {
            "recipe": name,
            "pictures/s": PICTURES / median(seconds),
            "with reading and preparing, pictures/s": PICTURES / median(whole),
        }
        for name, (seconds, whole) in rounds.items()
    ]
    slowest = min(row["with reading and preparing, pictures/s"] for row in rows)
    return Section(
        "One's own pictures: answers a second",
        rows,
        [at_least("`predict` once loaded, the slowest", slowest, 1000, "/s")],
        [
            f"{PICTURES:,} PNG files of {SIDE}x{SIDE} pixels, dark on light; {ROUNDS} rounds; "
            "networks as `advise` makes them from ten digits of each class and the letters."
        ],
        {"rounds_s": rounds},
    )


def write(split: sets.Split, folder: Path) -> None:
    """Write pictures of a split, again and again until there are enough."""
    folder.mkdir()
    for number in range(PICTURES):
        image = Image.fromarray(255 - split.images[number % len(split)])
        image.resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(folder / f"{number}.png")


def _seconds(digits: sets.ImageSet, pictures: Path, folder: Path) -> dict[str, tuple]:
    """Seconds of the answers, and of all with reading and preparing, of every round."""
    from glyph_transfer.own import predicting

    found = {}
    for name, saved_in in _networks(digits, folder).items():
        network = predicting.Network(saved_in)
        answers, whole = [], []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            own = read_unlabelled([pictures], network.steps)
            read = time.perf_counter()
            predict.in_parts(network.answers, own.images)
            answers.append(time.perf_counter() - read)
            whole.append(time.perf_counter() - started)
        found[name] = (answers, whole)
    return found


def _networks(digits: sets.ImageSet, folder: Path) -> dict[str, Path]:
    """Make a network of each recipe from a hundred digits and the ready-made letters."""
    from glyph_transfer.own import learning, saved, sources

    rows = generator(inputs.SEED, "labelled").permutation(len(digits.train))[:LABELLED]
    task = learning.Task(digits.train.images[rows], digits.train.labels[rows], digits.classes)
    known = params.load(corpus=advise.REAL).recipes
    frozen = {"letters": sources.load_all()["letters"].frozen}
    learners = learning.learners(task, frozen, {name: known[name] for name in RECIPES})
    networks = {}
    for name in RECIPES:
        learner = learners[f"letters: {name}"]
        made = learner.make(np.arange(LABELLED), generator(inputs.SEED, name), task.whole)
        networks[name] = folder / name
        saved.save(made, _card(name, made.recipe, digits.classes), folder / name)
    return networks


def _card(name: str, recipe, classes: tuple[str, ...]) -> Card:
    changes = recipe.augmentation.model_dump() if recipe.test_copies else None
    return Card(
        task="digits", classes=list(classes), input="any picture", steps=asdict(Steps()),
        source="letters", recipe=name, features=list(recipe.features),
        test_copies=recipe.test_copies, augmentation=changes, accuracy=0.5, accuracy_low=0.0,
        accuracy_high=1.0, images=LABELLED, data="", licence="see data/pretrained",
    )  # fmt: skip
