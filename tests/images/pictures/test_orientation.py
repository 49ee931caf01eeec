"""A network that knows characters upright says in which of eight orientations they lie."""

import numpy as np
import pytest

from drawn_pictures import STROKES, character
from glyph_transfer.images.pictures.orientation import ORIENTATIONS, compare
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
