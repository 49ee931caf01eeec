"""What preparation cannot do well is said, and what it can is not."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from drawn_pictures import apart, character
from glyph_transfer.images.embedded import digits
from glyph_transfer.images.pictures import doubts
from glyph_transfer.images.pictures.preparation import prepare


def test_two_characters_far_apart():
    pair = np.hstack([character("L", 60), np.full((60, 40), 255, np.uint8), character("F", 60)])
    assert prepare(pair).doubts == (doubts.TWO,)
    assert prepare(pair.T).doubts == (doubts.TWO,)


def test_parts_of_one_character_are_no_two():
    equals = np.full((60, 60), 255, np.uint8)
    equals[15:22, 10:50] = equals[40:47, 10:50] = 0
    umlaut = character("L", 60).copy()
    umlaut[2:6, 40:44] = 0
    for picture in (equals, umlaut):
        assert prepare(picture).doubts == ()


@pytest.mark.parametrize("grain", [1, 4])
def test_a_photograph_with_texture(grain):
    noise = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(120, 120)), grain)
    noise = 128 + 40 * noise / noise.std()
    photograph = np.where(character("L", 120) < 128, noise - 50, noise).clip(0, 255)
    assert doubts.TEXTURE in prepare(photograph.astype(np.uint8)).doubts


def test_a_frame_of_form_lines():
    picture = character("L", 100).copy()
    inside = np.full((140, 140), 255, np.uint8)
    inside[20:120, 20:120] = picture
    inside[5:8, 5:135] = inside[-8:-5, 5:135] = 0
    inside[5:135, 5:8] = inside[5:135, -8:-5] = 0
    assert prepare(inside).doubts == (doubts.FRAME,)


def test_a_character_that_is_a_box_is_no_frame():
    box = np.full((80, 80), 255, np.uint8)
    box[10:70, 10:70] = 0
    box[18:62, 18:62] = 255
    assert prepare(box).doubts == ()


def shaded(name, light, columns):
    """A character half in a shadow with an edge."""
    picture = character(name, 100) * (180 / 255) + 50
    picture[:, :columns] *= light
    noisy = picture + np.random.default_rng(0).normal(0, 3, picture.shape)
    return noisy.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["L", "F", "7"])
def test_the_edge_of_a_shadow_is_taken_out_where_paper_is_seen_on_both_sides(name):
    prepared = prepare(shaded(name, 0.6, 55))
    assert apart(prepared.image, prepare(character(name, 100)).image) < 4
    assert prepared.doubts == ()


@pytest.mark.parametrize(("name", "light", "columns"), [("L", 0.6, 75), ("F", 0.4, 35)])
def test_a_shadow_that_cannot_be_taken_out_is_said(name, light, columns):
    assert doubts.SHADE in prepare(shaded(name, light, columns)).doubts


def test_a_solid_area_that_runs_to_the_border():
    half = np.full((60, 60), 255, np.uint8)
    half[:25] = 0
    assert doubts.SHADE in prepare(half).doubts


def test_ink_and_paper_that_cannot_be_told():
    half = np.zeros((40, 40), np.uint8)
    half[:, 20:] = 255
    assert doubts.UNSURE in prepare(half).doubts


def test_good_pictures_leave_no_doubt():
    """Every digit at three sizes, on paper with some noise."""
    rng = np.random.default_rng(0)
    for image in digits.load()[0][::250]:
        for side in (28, 60, 128):
            large = np.asarray(Image.fromarray(255 - image).resize((side, side)))
            noisy = np.clip(large * 0.8 + rng.normal(20, 4, large.shape), 0, 255)
            assert prepare(noisy.astype(np.uint8)).doubts == ()


def test_every_doubt_has_its_sentence():
    named = {doubts.NO_INK, doubts.TWO, doubts.TEXTURE, doubts.FRAME, doubts.SHADE, doubts.UNSURE}
    assert named == {*doubts.DOUBTS}
