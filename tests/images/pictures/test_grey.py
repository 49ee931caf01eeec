"""Pixels in any usual form become grey levels, and others are refused in words."""

import numpy as np
import pytest

from drawn_pictures import apart, character
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures.grey import as_grey
from glyph_transfer.images.pictures.preparation import prepare

GREY = character()


def test_levels_stay_as_they_are():
    np.testing.assert_array_equal(as_grey(GREY), GREY)
    np.testing.assert_array_equal(as_grey(GREY[..., None]), GREY)
    np.testing.assert_array_equal(as_grey(GREY.astype(np.int64)), GREY)
    np.testing.assert_array_equal(as_grey(GREY > 0), np.where(GREY > 0, 255, 0))
    assert apart(as_grey(np.repeat(GREY[..., None], 3, 2)), GREY) < 1


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_the_depth_is_the_least_that_holds_the_picture(bits):
    deep = GREY.astype(np.uint16) << (bits - 8)
    np.testing.assert_array_equal(as_grey(deep), GREY)


@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_is_paper_for_ink_of_either_kind(ink):
    """White strokes on nothing, laid on white, would be gone."""
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[..., :3] = ink
    picture[..., 3] = 255 - GREY
    grey = as_grey(picture)
    assert abs(int(grey[0, 0]) - ink) == 255
    assert apart(prepare(picture).image, prepare(GREY).image) < 1
    assert apart(as_grey(picture[..., 2:]), grey) < 1


def test_a_cut_out_with_its_own_paper_goes_on_with_that_paper():
    picture = np.dstack([GREY, GREY, GREY, np.zeros_like(GREY)])
    picture[4:-4, 4:-4, 3] = 255
    assert as_grey(picture)[0, 0] == 255


def test_ink_as_bright_as_its_paper_is_told_by_colour():
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:] = (0, 100, 215)  # brightness 83 both
    picture[GREY == 0] = (200, 40, 0)
    assert np.ptp(as_grey(picture)) > 150


def test_nothing_visible_has_one_level():
    assert np.ptp(as_grey(np.zeros((9, 9, 4), np.uint8))) == 0


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (GREY / 255, r"0\.0\.\.1\.0.*multiply them by 255"),
        (GREY - 300.0, r"-300\.0.*0\.\.255"),
        (GREY * 2.5, "0..255"),
        (GREY + 0.5, "0..255|fractions"),
        (np.full((9, 9), np.nan), "nan"),
        (np.array([["a"]]), "type"),
        (np.array([[None]]), "type object"),
        (np.zeros((0, 9)), "no pixels"),
        (np.zeros(784), r"shape \(784,\)"),
        (np.zeros((9, 9, 5)), r"shape \(9, 9, 5\)"),
        (np.zeros((2, 9, 9, 3)), r"shape \(2, 9, 9, 3\)"),
    ],
)
def test_what_is_no_picture_is_refused(picture, said):
    with pytest.raises(InputError, match=said):
        as_grey(picture)
