"""What is kept of a source's features is as good as the features, and what cannot be scored."""

from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.inputs import Target
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.seen import check, coordinates, see
from glyph_transfer.images.sets import ImageSet, Selection, Split
from glyph_transfer.protocol import Cell


def job(keeps_features=True):
    cell = Cell.parse("digits/tominet/letters/probe/4")
    target = Target(Path("digits.npz"), "", Selection())
    return Job(cell, 0, 1, target, "stratified", None, Path("x"), 1, keeps_features=keeps_features)


@pytest.mark.parametrize("d", [3, 6, 40])
def test_coordinates_have_the_same_inner_products(d):
    features = np.random.default_rng(0).normal(size=(6, d)).astype(np.float32)
    kept = coordinates(features)
    assert kept.shape == (6, min(6, d))
    assert kept.dtype == np.float32
    assert kept @ kept.T == pytest.approx(features @ features.T, abs=1e-4)


class Source:
    """Takes the first pixels for features and is sure of class 1 of 2."""

    def kept(self, images, layers):
        assert layers == ["pool"]
        return images.reshape(len(images), -1)[:, :9].astype(np.float32)

    def classify(self, images):
        return np.tile(np.array([[0.25, 0.75]], np.float32), (len(images), 1))


def test_of_the_labelled_images_all_is_kept_that_scores_need():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (10, 28, 28), np.uint8)
    labels = np.arange(10, dtype=np.uint8) % 3
    split = Split(pixels, labels, np.arange(10))
    images = ImageSet(("a", "b", "c"), split, split, split)
    index = np.array([7, 2, 5, 0])
    seen = see(Source(), images, index, ["pool"])
    first = pixels.reshape(10, -1)[index, :9].astype(np.float32)
    assert seen["features"] @ seen["features"].T == pytest.approx(first @ first.T, rel=1e-5)
    assert seen["features"].shape == (4, 4)
    assert seen["n_features"] == 9
    assert seen["source_probabilities"].tolist() == [[0.25, 0.75]] * 4
    assert seen["labels"].tolist() == [1, 2, 2, 0]


def test_a_class_with_one_image_is_refused_where_scores_leave_it_out():
    labels = np.array([0, 0, 1, 2])
    with pytest.raises(InputError, match=r"2 of 3 classes have one.*'n_train' of 6"):
        check(job(), labels)
    check(job(keeps_features=False), labels)
    check(job(), np.array([0, 0, 1, 1]))
