"""Files of a known role that are not the published ones: what would be read wrongly is named."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import catalogue
from glyph_transfer.images.embedded import digits
from glyph_transfer.images.pictures import sanity
from glyph_transfer.images.pictures.orientation import ORIENTATIONS
from glyph_transfer.learning import unofficial
from glyph_transfer.protocol import set_params

REPOSITORY = Path(__file__).parents[2]
CLASSES = catalogue.ROLES["letters"].classes


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """Six images of every letter to learn from and two to test with; no source network."""
    monkeypatch.chdir(tmp_path)
    return drawn(6, 2)


def drawn(*counts):
    rng = np.random.default_rng(0)
    parts = {}
    for split, count in zip(("train", "test"), counts, strict=True):
        images = rng.integers(1, 30, (26 * count, 28, 28), dtype=np.uint8)
        images[:, 0] = images[:, -1] = images[:, :, 0] = images[:, :, -1] = 0
        images[:, 6:22, 10] = 255
        parts[split] = images, np.tile(np.arange(26, dtype=np.uint8), count)
    return parts


def kinds(raw):
    return {remark.kind for remark in unofficial.remarks_on("letters", CLASSES, raw)}


def test_nothing_is_said_of_images_as_published(raw):
    assert kinds(raw) == set()


def test_black_ink_on_white_is_named(raw):
    raw["test"] = 255 - raw["test"][0], raw["test"][1]
    assert kinds(raw) == {"ink"}


def test_values_of_0_and_1_are_named(raw):
    raw["train"] = raw["train"][0] // 128, raw["train"][1]
    assert "scale" in kinds(raw)


def test_test_images_that_are_in_train_are_named(raw):
    raw["test"] = raw["train"][0][:52], raw["train"][1][:52]
    (remark,) = unofficial.remarks_on("letters", CLASSES, raw)
    assert remark.kind == "leak"
    assert remark.files[0] == "test row 1"


def test_classes_that_a_split_lacks_are_named(raw):
    images, labels = raw["test"]
    few = labels < 19
    raw["test"] = images[few], labels[few]
    (remark,) = unofficial.remarks_on("letters", CLASSES, raw)
    assert remark.kind == "untested"
    assert "T, U, V, W, X, Y, Z" in str(remark)


def test_what_may_be_allowed_is_what_is_refused():
    assert {*get_args(set_params.Fault)} == {*sanity.SERIOUS}


def test_the_remedy_is_where_a_role_is_described(raw):
    raw["test"] = 255 - raw["test"][0], raw["test"][1]
    remarks = unofficial.remarks_on("letters", CLASSES, raw)
    with pytest.raises(InputError, match=r"test: 52 of 52 .* light border.*\n.*letters: ink"):
        sanity.require(remarks, remedy="letters: {}")
    sanity.require(remarks, ["ink"])


@pytest.mark.parametrize("turn", ["as it is", "transposed", "turned left", "mirrored"])
def test_digits_that_lie_otherwise_are_named(turn, monkeypatch):
    """By what the ready-made network of digits makes of real ones."""
    monkeypatch.chdir(REPOSITORY)
    images, labels, _ = digits.generate(np.random.default_rng(0))
    few = ORIENTATIONS[turn](images[:200]), labels[:200]
    said = unofficial._sideways("digits", catalogue.ROLES["digits"].classes, *few)
    assert [remark.kind for remark in said] == ([] if turn == "as it is" else ["sideways"])
