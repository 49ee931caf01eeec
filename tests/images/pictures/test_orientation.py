"""A network that knows characters upright says in which of eight orientations they lie."""

import numpy as np
import pytest

from drawn_pictures import STROKES, character
from glyph_transfer.images.pictures.orientation import ORIENTATIONS, compare, doubt, of_role
from glyph_transfer.images.pictures.preparation import prepare

UPRIGHT = np.stack([prepare(character(n, 50, width=w)).image for n in STROKES for w in (3, 4, 5)])
INVERSE = {"turned left": "turned right", "turned right": "turned left"}


def probabilities(images):
    """Likeness to upright characters, as a network would have it: sharp where they are alike."""
    known = UPRIGHT.reshape(len(UPRIGHT), -1) / 255
    given = images.reshape(len(images), -1) / 255
    apart = ((given[:, None] - known) ** 2).sum(2)
    odds = 0.1 + np.exp(-apart / 8).reshape(len(images), len(STROKES), -1).max(2)
    return odds / odds.sum(1, keepdims=True)


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_the_turn_that_sets_images_upright_is_found(name):
    given = ORIENTATIONS[name](UPRIGHT)
    found = compare(given, probabilities)
    assert found.best == INVERSE.get(name, name)
    assert (found.gain > 0) == (name != "as it is")
    assert (found.gain_low > 0) == (name != "as it is")
    assert {*found.confidence} == {*ORIENTATIONS}


def test_orientations_are_eight_different_ones():
    assert len({turn(UPRIGHT).tobytes() for turn in ORIENTATIONS.values()}) == 8


def test_not_more_images_are_asked_about_than_wanted():
    asked = []
    compare(UPRIGHT, lambda x: asked.append(len(x)) or np.ones((len(x), 2)) / 2, most=4)
    assert asked == [4] * 8


def test_a_doubt_is_told_where_the_network_leaves_little(tmp_path):
    (said,) = doubt(compare(ORIENTATIONS["mirrored"](UPRIGHT), probabilities), "letters")
    assert said.kind == "sideways"
    assert "when they are mirrored" in str(said)
    assert doubt(compare(UPRIGHT, probabilities), "letters") == []


def test_labels_decide_where_the_network_knows_the_classes():
    """A network that is as sure of images upside down, of other classes, is not believed."""
    labels = np.arange(6) % 3
    images = np.zeros((6, 28, 28), np.uint8)
    images[np.arange(6), 3 + labels, 2] = 255

    def sure(given):
        rows, columns = np.divmod(given.reshape(len(given), -1).argmax(1), 28)
        return np.eye(28)[rows][:, [5, 4, 3, *range(20, 25)]] * (columns == 2)[:, None]

    known = ["z", "y", "x"]
    right = of_role(images, labels, ["x", "y", "z"], known, sure)
    assert right.best == "as it is"
    wrong = of_role(images[:, ::-1], labels, ["x", "y", "z"], known, sure)
    assert (wrong.best, wrong.gain) == ("upside down", 1.0)
    assert of_role(images, labels, ["a", "b", "c"], known, sure) is None
