"""A user's folder of three simple characters, and a project with one ready-made source."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from own_pictures import STROKES, drawn

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """12 labelled pictures of each of three classes, 4 to test with each, 6 without labels."""
    root, rng = tmp_path_factory.mktemp("own") / "My shapes", np.random.default_rng(0)
    for split, count in (("train", 12), ("test", 4)):
        for name in STROKES:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                drawn(name, rng).save(root / split / name / f"{number}.png")
    (root / "unlabelled").mkdir()
    for number in range(6):
        drawn([*STROKES][number % 3], rng, 70).save(root / "unlabelled" / f"{number}.png")
    return root


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A project's folder with a small network of random weights as its ready-made source."""
    from glyph_transfer.files import sha256, write_json
    from glyph_transfer.layout import ready_made_card, ready_made_file
    from glyph_transfer.learning import models, ready_made
    from glyph_transfer.protocol.ready_made import Card

    root = tmp_path_factory.mktemp("project")
    for name in ("params.yaml", "published.yaml"):
        shutil.copy(REPOSITORY / name, root / name)
    network = models.build("glyphnet", 4, 0.9)
    models.set_weights(network, models.initial_weights(network, np.random.default_rng(0)))
    path = root / ready_made_file("glyphnet", "letters")
    ready_made.save([models.get_weights(network)], path)
    card = Card(
        model="glyphnet", source="letters", networks=1, sha256=sha256(path), input=[28, 28],
        classes=["a", "b", "c", "d"], provenance="unofficial", files=[], licence="none stated",
        training={}, seed=1, commit="0", minutes=1.0, machine="any", accuracy=0.5,
        accuracy_low=0.4, accuracy_high=0.6, test_images=100,
    )  # fmt: skip
    write_json(root / ready_made_card("glyphnet", "letters"), card.model_dump(mode="json"))
    return root
