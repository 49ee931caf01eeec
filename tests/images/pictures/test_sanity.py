"""What would give a wrong answer silently is an error; what a reader should know, a remark."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import sanity
from glyph_transfer.images.pictures.remarks import Remark

CLASSES = ("a", "b")


def made(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 5, 5)).astype(np.uint8)


def arguments(labels, splits=None):
    labels = np.array(labels)
    splits = np.array(splits or ["train"] * len(labels))
    return labels, splits, CLASSES, [f"{row}.png" for row in range(len(labels))]


def kinds(remarks):
    return {remark.kind: remark.files for remark in remarks}


def test_images_that_are_good_give_no_remark():
    labels = [0, 1] * 10
    assert sanity.divisions(*arguments(labels)) == []
    assert sanity.repeated(made(20), *arguments(labels)) == []
    white_on_black = np.pad(made(9), ((0, 0), (3, 3), (3, 3)))
    assert sanity.levels(white_on_black, "x") == []
    assert sanity.levels(white_on_black[:0], "x") == []


def test_ink_and_paper_swapped():
    images = 255 - np.pad(made(9), ((0, 0), (3, 3), (3, 3)))
    (remark,) = sanity.levels(images, "digits.npz")
    assert remark.kind == "ink" and "digits.npz: 9 of 9" in str(remark)


def test_values_of_0_and_1():
    (remark,) = sanity.levels(made(9) // 128, "digits.npz")
    assert remark.kind == "scale"


def test_a_class_in_test_that_is_not_in_train():
    found = kinds(sanity.divisions(*arguments([0, 0, 1, 0], ["train"] * 2 + ["test"] * 2)))
    assert found == {"untrained": ("2.png",)}


def test_a_class_in_train_that_is_not_in_test():
    (remark,) = sanity.divisions(*arguments([0, 0, 1, 1, 0], ["train"] * 4 + ["test"]))
    assert remark.kind == "untested" and "b" in remark.text


def test_a_class_of_one_image():
    assert kinds(sanity.divisions(*arguments([0, 0, 1]))) == {"single": ("2.png",)}


def test_unlabelled_images_are_of_no_class():
    labels, splits = [0, 0, 1, 1, -1], ["train"] * 4 + ["unlabelled"]
    images = made(5)
    images[4] = images[0]
    assert sanity.divisions(*arguments(labels, splits)) == []
    assert sanity.repeated(images, *arguments(labels, splits)) == []


def test_copies_are_found_by_the_first_of_them():
    images = made(4)
    images[3] = images[1]
    assert sanity.copies(images).tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize(("n_copies", "kind"), [(2, "leaks"), (10, "leak")])
def test_test_images_that_are_also_in_train(n_copies, kind):
    images = made(140)
    images[40 : 40 + n_copies] = images[:n_copies]
    labels = [0, 1] * 70
    found = kinds(sanity.repeated(images, *arguments(labels, ["train"] * 40 + ["test"] * 100)))
    assert found == {kind: tuple(f"{40 + i}.png" for i in range(n_copies))}


@pytest.mark.parametrize(("n_copies", "kind"), [(1, "contradictions"), (4, "labels")])
def test_an_image_under_two_labels(n_copies, kind):
    images = made(60)
    images[30 : 30 + n_copies] = images[:n_copies]
    found = kinds(sanity.repeated(images, *arguments([0] * 30 + [1] * 30)))
    assert [*found] == [kind] and len(found[kind]) == 2 * n_copies


def test_copies_within_a_class_are_said():
    images = made(40)
    images[2] = images[0]
    found = kinds(sanity.repeated(images, *arguments([0, 1] * 20)))
    assert found == {"copies": ("0.png", "2.png")}


@pytest.mark.parametrize(("n_same", "kind"), [(10, "filled"), (7, "copied")])
def test_one_picture_that_fills_a_class(n_same, kind):
    images = made(20)
    images[:n_same] = images[0]
    remarks = sanity.repeated(images, *arguments([0] * 10 + [1] * 10))
    assert kind in kinds(remarks)


@pytest.mark.parametrize("kind", sanity.SERIOUS)
def test_each_serious_kind_is_an_error_unless_allowed(kind):
    remarks = [Remark("copies", "few"), Remark(kind, "many", ("x.png",))]
    with pytest.raises(InputError, match=rf"many: x\.png(.|\n)*allow={kind}"):
        sanity.require(remarks)
    sanity.require(remarks, allow=(kind,))
    sanity.require(remarks[:1])
