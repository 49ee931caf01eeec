"""Several roles as one set."""

from dataclasses import replace

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import sets


@pytest.fixture
def others(image_set):
    """A set of two other classes, whose images are told from the first set's by their corner."""
    splits = {}
    for name in sets.SPLITS:
        split = getattr(image_set, name)
        images = split.images.copy()
        images[:, 0, 0] = 255
        splits[name] = replace(split, images=images, labels=split.labels % 2)
    return replace(image_set, classes=("x", "y"), **splits)


def test_a_union_has_the_images_of_all_with_their_classes(image_set, others):
    whole = sets.unite("both", {"first": image_set, "second": others}, 1)
    assert whole.classes == ("F", "L", "q", "x", "y")
    for name in sets.SPLITS:
        found, first, second = (getattr(each, name) for each in (whole, image_set, others))
        from_second = found.images[:, 0, 0] == 255
        assert (found.labels >= 3).tolist() == from_second.tolist()
        for part, own, n_before in ((first, ~from_second, 0), (second, from_second, 3)):
            key = {
                image.tobytes(): label
                for image, label in zip(part.images, part.labels, strict=True)
            }
            assert sorted(key) == sorted(image.tobytes() for image in found.images[own])
            for image, label in zip(found.images[own], found.labels[own], strict=True):
                assert label == key[image.tobytes()] + n_before
        assert found.labels.dtype == np.uint8 and found.index.dtype == np.int32


def test_rows_of_a_union_are_told_apart_and_its_first_images_are_a_sample(image_set, others):
    whole = sets.unite("both", {"first": image_set, "second": others}, 1)
    is_first = whole.train.labels < 3
    assert whole.train.index[is_first].max() < whole.train.index[~is_first].min()
    assert len(set(whole.train.index)) == 80
    assert {*whole.train.labels[:20]} == {0, 1, 2, 3, 4}
    again = sets.unite("both", {"first": image_set, "second": others}, 1)
    np.testing.assert_array_equal(again.train.images, whole.train.images)


def test_classes_of_the_same_name_are_refused(image_set, others):
    clashing = replace(others, classes=("x", "F"))
    with pytest.raises(
        InputError, match=r"'both' .* first and second, .* of the names F; .*`unions`"
    ):
        sets.unite("both", {"first": image_set, "second": clashing}, 1)
