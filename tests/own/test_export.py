"""A network as a TensorFlow Lite file gives the answers of the network itself."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.own import export
from glyph_transfer.own.card import Card
from glyph_transfer.protocol import params

HEADS = ("cosine_probe", "ridge_probe", "averaged_copies", "nearest_neighbours", "two_layers")
CLASSES = ["dot", "bar", "א"]


@pytest.fixture(scope="module")
def images():
    """45 images of three classes, spots of different heights, and their labels."""
    rng, labels = np.random.default_rng(0), np.arange(45) % 3
    images = rng.integers(0, 30, (45, 28, 28))
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(4, 9, 2)
        image[row : row + 4 + 5 * label, column : column + 5] += 200
    return images.astype(np.uint8), labels.astype(np.int32)


@pytest.fixture(scope="module")
def learners(project, images):
    """Recipes by name, on these images and the project's source."""
    from glyph_transfer.own import learning, sources

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        known = params.load(corpus="official").recipes
        frozen = {"any": sources.load_all()["letters"].frozen}
    wanted = {name: known[name] for name in HEADS}
    made = learning.learners(learning.Task(*images, tuple(CLASSES)), frozen, wanted)
    return {name.removeprefix("any: "): learner for name, learner in made.items()}


def network_of(learner, folder):
    """What a learner makes of all its images, saved and loaded again."""
    from glyph_transfer.own import predicting, saved

    rng = np.random.default_rng(0)
    made = learner.make(np.arange(len(learner.task.images)), rng, learner.task.whole)
    recipe = made.recipe
    card = Card(
        task="spots", classes=CLASSES, input="any", steps=asdict(Steps()), source="", recipe="",
        features=list(recipe.features) if made.trained is None else [],
        test_copies=recipe.test_copies,
        augmentation=recipe.augmentation.model_dump() if recipe.test_copies else None,
        accuracy=0.5, accuracy_low=0.4, accuracy_high=0.6, images=45, data="", licence="none",
    )  # fmt: skip
    saved.save(made, card, folder)
    return predicting.Network(folder)


def answers_of_lite(path, images):
    from glyph_transfer.learning.backend import tf

    interpreter = tf.lite.Interpreter(str(path))
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(taken["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(given["index"])


@pytest.mark.parametrize("name", [*HEADS, "scratch"])
def test_the_file_gives_the_same_answers(learners, images, tmp_path, name):
    from glyph_transfer.own import exporting

    network = network_of(learners[name], tmp_path / "model")
    path, card = exporting.export(network, tmp_path / "spots.tflite")
    expected = network.probabilities(images[0])
    np.testing.assert_allclose(answers_of_lite(path, images[0]), expected, atol=1e-4)
    np.testing.assert_allclose(answers_of_lite(path, images[0][:1]), expected[:1], atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.05, "the images are told apart"
    assert json.loads(card.read_text(encoding="utf-8"))["classes"] == CLASSES


def test_an_answer_does_not_hang_on_the_images_beside_it(learners, images, tmp_path):
    """Changed copies were drawn by where an image stood."""
    network = network_of(learners["averaged_copies"], tmp_path)
    together = network.probabilities(images[0])
    alone = np.concatenate([network.probabilities(image[None]) for image in images[0]])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [{"classes": ["a", "b"]}, {"classes": list("abcd")}, {"augmentation": {"rotation": 91}},
     {"augmentation": None}, {"test_copies": 10**9}, {"features": ["none"]},
     {"steps": {"ink": "red"}}, {"steps": {"a": 1}}],
)  # fmt: skip
def test_a_card_of_another_network_is_refused(learners, images, tmp_path, change):
    """Some were refused, in a traceback, at the first picture; others never."""
    from glyph_transfer.own import predicting

    network_of(learners["averaged_copies"], tmp_path)
    path = tmp_path / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=r"card\.json|ink is|features of the layer"):
        predicting.Network(tmp_path)


@pytest.mark.parametrize("file", ["spots.tf", "nowhere/spots.tflite"])
def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path, monkeypatch, file):
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(InputError, match=r"\.tflite, in a folder that exists"):
        export.main(str(tmp_path), tmp_path / file)


def test_an_unknown_task_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no network of the task"):
        export.main("another", Path("x.tflite"))
