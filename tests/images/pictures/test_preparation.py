"""A picture comes out as MNIST's authors made theirs, whatever it was drawn on and how large."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from drawn_pictures import STROKES, apart, character
from glyph_transfer.errors import InputError
from glyph_transfer.images.embedded import digits
from glyph_transfer.images.pictures import doubts, paper
from glyph_transfer.images.pictures.ink import stroke_width
from glyph_transfer.images.pictures.preparation import Steps, prepare

OFF = Steps(ink="light", level=False, crop=False, fit=False, centre=False)


@pytest.fixture(scope="module")
def mnist():
    return digits.load()[0][::25]


def box(image):
    rows, columns = (np.flatnonzero((image > 60).any(axis=axis)) for axis in (1, 0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def centre(image):
    grid = np.mgrid[:28, :28]
    return (grid * image).sum((1, 2)) / image.sum()


def enlarged(image, side):
    return np.asarray(Image.fromarray(255 - image).resize((side, side), Image.Resampling.BICUBIC))


def test_mnist_goes_through_unchanged(mnist):
    """Nearly every one bit for bit: a few have faint pixels beyond the 20x20 box."""
    changes = np.array([apart(prepare(image).image, image) for image in mnist])
    assert (changes == 0).mean() > 0.97
    assert changes.mean() < 0.2
    assert not any(prepare(image).doubts for image in mnist)


def test_mnist_in_black_on_white_comes_out_as_mnist(mnist):
    changes = [apart(prepare(255 - image).image, image) for image in mnist]
    assert np.mean(changes) < 1


@pytest.mark.parametrize("side", [64, 128, 500])
def test_a_large_picture_comes_out_as_the_small_one(mnist, side):
    """Edges fall between other pixels, so strokes differ by a part of one at their rims."""
    sample = mnist[::8]
    changes = [apart(prepare(enlarged(image, side)).image, image) for image in sample]
    others = [apart(a, b) for a, b in pairwise(sample)]
    assert np.mean(changes) < 12 < 30 < np.mean(others)


@pytest.mark.parametrize("name", STROKES)
@pytest.mark.parametrize("side", [28, 33, 64, 250, 1000])
def test_frame_and_polarity_of_what_comes_out(name, side):
    picture = character(name, side, shift=(side // 20, 0))
    for given in (picture, 255 - picture):
        prepared = prepare(given)
        image = prepared.image
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        assert 19 <= max(box(image)) <= 20
        assert np.abs(centre(image) - 14).max() < 0.6
        assert image[0].max() == 0 and image.max() > 240
        assert prepared.usable and prepared.doubts == ()
        assert prepared.dark == (given is picture)


@pytest.mark.parametrize(("height", "width"), [(200, 100), (100, 100), (60, 150), (100, 30)])
def test_the_aspect_is_kept(height, width):
    ink = np.full((height, width), 255, np.uint8)
    ink[:, :10] = ink[-10:] = 0
    prepared = prepare(np.pad(ink, 30, constant_values=255)).image
    expected = np.array([height, width]) * 20 / max(height, width)
    assert np.abs(np.array(box(prepared)) - expected).max() <= 1


@pytest.mark.parametrize("side", [200, 600, 1500])
def test_strokes_of_a_thin_pen_are_not_lost(side):
    """A line of 2 pixels in 1500 would be a fortieth of a pixel wide."""
    image = prepare(character("L", side, width=2)).image
    assert 1.3 < stroke_width(image) < 3
    assert image.max() > 200


def test_thick_strokes_stay_thick():
    image = prepare(character("L", 200, width=40)).image
    assert stroke_width(image) > 3.5


@pytest.mark.parametrize("dust", [(5, 5), (60, 58), (20, 44)])
def test_a_speck_does_not_move_the_character(dust):
    picture = character("L", 64).copy()
    picture[dust[0] : dust[0] + 2, dust[1]] = 0
    assert apart(prepare(picture).image, prepare(character("L", 64)).image) < 1


def test_a_dot_is_not_dust():
    picture = np.full((64, 64), 255, np.uint8)
    picture[20:56, 28:34] = 0
    picture[8:13, 28:34] = 0
    assert (prepare(picture).image[:8] > 100).any()


@pytest.mark.parametrize("shade", ["across", "corner", "lamp"])
@pytest.mark.parametrize("darkest", [0.8, 0.5])
@pytest.mark.parametrize("side", [48, 120])
def test_uneven_paper_is_levelled(shade, darkest, side):
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    share = {"across": x, "corner": (x + y) / 2, "lamp": 1 - 2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)}
    light = darkest + (1 - darkest) * share[shade]
    noise = np.random.default_rng(0).normal(0, 3, (side, side))
    picture = character("F", side, width=side // 14) * (100 / 255) + 120
    uneven = np.clip(picture * light + noise, 0, 255).astype(np.uint8)
    prepared = prepare(uneven)
    assert prepared.dark
    assert apart(prepared.image, prepare(picture.astype(np.uint8)).image) < 8


def test_a_tight_crop_of_a_bold_character_is_not_turned_inside_out():
    """Its border is half ink, so the border alone does not say what is paper."""
    picture = np.full((32, 32), 255, np.uint8)
    picture[:4], picture[:, -5:], picture[-4:, 18:] = 0, 0, 0
    assert 0.5 < (paper.border(picture) == 0).mean() < 0.65
    for given in (picture, 255 - picture):
        assert prepare(given).image.mean() < 110
        assert prepare(given).dark == (given is picture)


def test_where_even_that_is_no_help_the_doubt_is_said():
    """A surface bent along such ink would be sure of the wrong answer."""
    picture = np.full((32, 32), 255, np.uint8)
    picture[:6], picture[:, -7:], picture[-6:, 4:] = 0, 0, 0
    assert doubts.UNSURE in prepare(picture).doubts


def test_ink_can_be_stated():
    picture = 255 - character("L", 64)
    assert not prepare(picture).dark
    assert prepare(picture, Steps(ink="dark")).dark
    with pytest.raises(InputError, match=r"'grey'.*auto, dark, light"):
        Steps(ink="grey")


def test_with_every_step_off_nothing_is_done(mnist):
    rolled = np.roll(mnist[0] // 2, 3, axis=1)
    np.testing.assert_array_equal(prepare(rolled, OFF).image, rolled)
    dark = replace(OFF, ink="dark")
    np.testing.assert_array_equal(prepare(255 - rolled, dark).image, rolled)


@pytest.mark.parametrize("step", ["level", "crop", "fit", "centre"])
def test_each_step_does_something_and_can_be_turned_off(step):
    picture = character("L", 60, shift=(9, -4)) // 2 + 60
    with_all, without = prepare(picture).image, prepare(picture, replace(Steps(), **{step: False}))
    assert apart(with_all, without.image) > 2
    seen = {
        "level": without.image.max() < 200,
        "crop": max(box(without.image)) < 19,
        "fit": max(box(without.image)) > 26,
        "centre": np.abs(centre(without.image) - 14).max() > 1,
    }
    assert seen[step]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_ink_is_said_to_be_one(level):
    rng = np.random.default_rng(1)
    for noise in (0, 2):
        picture = np.clip(level + rng.normal(0, noise, (50, 40)), 0, 255).astype(np.uint8)
        prepared = prepare(picture)
        assert not prepared.usable
        assert not prepared.image.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (3, 700), (5, 4)])
def test_any_shape_gives_an_image(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert prepare(picture).image.shape == (28, 28)
    assert prepare(picture, OFF).image.shape == (28, 28)


def test_the_threshold_divides_two_levels_in_the_middle():
    counts = np.zeros(256, int)
    counts[40], counts[200] = 90, 10
    threshold, distance = paper.otsu(counts)
    assert abs(threshold - 120) <= 1
    assert distance == 160


def test_one_level_has_no_contrast():
    assert paper.otsu(np.bincount([7] * 9, minlength=256))[1] == 0
