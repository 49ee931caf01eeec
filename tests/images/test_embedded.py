"""The embedded corpus: what every role promises, and how its images are made."""

import gzip
import hashlib
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import embedded
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.embedded import digits, glyphs
from glyph_transfer.images.embedded.fashion import GARMENTS, Sheet, profile
from glyph_transfer.images.embedded.hands import FORMS
from glyph_transfer.images.embedded.pixels import to_uint8

GLYPH_ROLES = ("letters", "balanced", "bymerge")

generate = cache(embedded.generate)


def count(labels: np.ndarray) -> list[int]:
    return np.bincount(labels).tolist()


def as_bytes(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


@pytest.mark.parametrize("role", embedded.GENERATORS)
def test_arrays_have_the_promised_form(role):
    images = generate(role, 0)
    assert list(images) == ["train_images", "train_labels", "test_images", "test_labels"]
    for split in ("train", "test"):
        pixels, labels = images[f"{split}_images"], images[f"{split}_labels"]
        assert pixels.dtype == labels.dtype == np.uint8
        assert pixels.shape == (len(labels), 28, 28)
        assert (pixels.min(), pixels.max()) == (0, 255)
        assert set(labels) == set(range(len(ROLES[role].classes)))


@pytest.mark.parametrize(
    ("role", "n_train", "n_test"),
    [("digits", 400, 100), ("letters", 300, 60), ("fashion", 600, 100), ("balanced", 240, 40)],
)
def test_classes_are_equally_frequent(role, n_train, n_test):
    n_classes = len(ROLES[role].classes)
    assert count(generate(role, 0)["train_labels"]) == [n_train] * n_classes
    assert count(generate(role, 0)["test_labels"]) == [n_test] * n_classes


def test_digits_are_the_images_that_were_compared_with_mnist():
    """What the module says of their place in MNIST holds for these bytes and for no others."""
    images, labels = digits.load()
    assert count(labels) == [500] * 10
    assert len(as_bytes(images)) == 5000
    generated = generate("digits", 0)
    both = as_bytes(generated["train_images"]) | as_bytes(generated["test_images"])
    assert both == as_bytes(images)


def test_digits_that_were_not_compared_with_mnist_are_refused(monkeypatch):
    monkeypatch.setattr(digits, "SHA256", "0" * 64)
    with pytest.raises(InputError, match=r"mnist_5k.csv.gz: the rows have sha256 1b845fda.*0.25"):
        digits.load()


MNIST = Path(os.environ.get("GLYPH_TRANSFER_DATA", ""), "train-images-idx3-ubyte.gz")


@pytest.mark.skipif(not MNIST.is_file(), reason="needs MNIST in GLYPH_TRANSFER_DATA")
def test_digits_are_the_first_500_of_each_class_of_mnists_training_images():
    pixels = np.frombuffer(gzip.decompress(MNIST.read_bytes()), np.uint8, offset=16)
    names = MNIST.with_name("train-labels-idx1-ubyte.gz").read_bytes()
    labels = np.frombuffer(gzip.decompress(names), np.uint8, offset=8)
    rows = np.concatenate([np.flatnonzero(labels == label)[:500] for label in range(10)])
    assert np.array_equal(digits.load()[0], pixels.reshape(-1, 28, 28)[rows])
    assert rows.max() == 5847


def test_bymerge_is_unequal_and_shares_no_image_with_balanced():
    bymerge, balanced = generate("bymerge", 0), generate("balanced", 0)
    n_train, n_test = count(bymerge["train_labels"]), count(bymerge["test_labels"])
    assert n_train == [6 * n for n in n_test]
    frequency = dict(zip(ROLES["bymerge"].classes, n_test, strict=True))
    assert frequency["1"] == max(n_test)
    assert frequency["O"] > frequency["e"] > frequency["t"] > 3 * frequency["K"]
    splits = ("train_images", "test_images")
    of_bymerge, of_balanced = (
        set().union(*(as_bytes(role[split]) for split in splits)) for role in (bymerge, balanced)
    )
    assert not of_bymerge & of_balanced


@pytest.mark.parametrize("role", embedded.GENERATORS)
def test_no_image_is_in_both_splits(role):
    images = generate(role, 0)
    assert not as_bytes(images["train_images"]) & as_bytes(images["test_images"])


@pytest.mark.parametrize(
    ("role", "digest"),
    [
        ("digits", "11b15570660efadeffb3466e77e459af53e033357fe2ef819e77bdaf616449c8"),
        ("letters", "67e2c82c77c10f4961c8c9bbaac4b1fab62311d3acf85b73182f515157742134"),
        ("fashion", "94692f879cacad431973c3aa5aa78ab52a57a6c22b3991777068c4471f739ae9"),
        ("balanced", "98cff8d05c23d3409cb9483838caabc4d4d3565113c9abbb3c09b899ff5d104b"),
        ("bymerge", "cd752b927225a40e3d50e8f5bd95de3d7cf622a66ec4dd9e83c072a5b093a996"),
    ],
)
def test_bytes_are_the_same_on_every_machine(role, digest):
    """Everything later is keyed by these bytes: a change to one is a change to every result."""
    images = generate(role, 0)
    assert (
        hashlib.sha256(b"".join(part.tobytes() for part in images.values())).hexdigest() == digest
    )


def test_another_seed_draws_other_images():
    first, second = (generate("fashion", seed)["train_images"] for seed in (0, 1))
    assert not as_bytes(first) & as_bytes(second)


def test_another_seed_splits_the_same_digits_otherwise():
    first, second = generate("digits", 0), embedded.generate("digits", 1)
    assert as_bytes(first["test_images"]) != as_bytes(second["test_images"])
    everything = [as_bytes(d["train_images"]) | as_bytes(d["test_images"]) for d in (first, second)]
    assert everything[0] == everything[1]


@pytest.mark.parametrize("role", embedded.GENERATORS)
def test_labels_belong_to_their_images(role):
    """Fails if labels and images are put in different orders, or a class looks like no other."""
    images = generate(role, 0)
    train, test = (images[f"{split}_images"].astype(float) for split in ("train", "test"))
    classes = range(len(ROLES[role].classes))
    means = [train[images["train_labels"] == label].mean(0) for label in classes]
    distances = np.stack([((test - mean) ** 2).sum((1, 2)) for mean in means])
    assert (distances.argmin(0) == images["test_labels"]).mean() > 0.45


@pytest.mark.parametrize("role", ["digits", *GLYPH_ROLES])
def test_glyphs_are_framed_as_in_mnist(role):
    """20 pixels the longer side, centred by mass: what transfers must have one size and place."""
    images = generate(role, 0)["train_images"].astype(float)
    inked = images > 60
    sides = np.stack([inked.any(axis).sum(1) for axis in (1, 2)]).max(0)
    assert np.median(sides) == 20
    assert (np.abs(sides - 20) <= 2).mean() > 0.98
    mass = images.sum((1, 2))
    centres = np.stack([(images.sum(axis) @ np.arange(28)) / mass for axis in (1, 2)])
    assert (np.abs(centres - 14).max(0) < 0.51).mean() > 0.97
    assert np.abs(centres - 14).max() < 3


@pytest.mark.parametrize("role", ["digits", *GLYPH_ROLES])
def test_glyphs_are_as_bright_and_as_varied_as_mnist(role):
    """MNIST's training pixels have mean 0.1307 and standard deviation 0.3081."""
    pixels = generate(role, 0)["train_images"] / 255
    assert pixels.mean() == pytest.approx(0.1307, abs=0.02)
    assert pixels.std() == pytest.approx(0.3081, abs=0.02)


def test_digits_are_upright():
    """A seven has its bar at the top and its foot below the middle; a transposed one has not."""
    images = generate("digits", 0)
    seven = images["train_images"][images["train_labels"] == 7].mean(0)
    assert seven[:14, :10].sum() > 2 * seven[14:, :10].sum()
    assert seven[:14, 16:].sum() > 1.5 * seven[14:, 16:].sum()


def test_letters_are_upright():
    image = glyphs.generate(("L",), np.zeros(200, int), np.random.default_rng(0)).mean(0)
    left, right = slice(4, 11), slice(17, 24)
    assert image[right, right].sum() > 1.5 * image[left, right].sum()
    assert image[left, left].sum() > 1.5 * image[left, right].sum()


def test_every_character_has_forms_and_few_are_shared():
    """Many write I and l, or g and q, as one: nobody can tell them apart, nor in EMNIST."""
    assert set(FORMS) == set("".join(embedded.characters("bymerge")))
    of_form = {}
    for name, drawn in zip(ROLES["letters"].classes, embedded.characters("letters"), strict=True):
        for form in {form for character in drawn for form in FORMS[character]}:
            of_form.setdefault(form, set()).add(name)
    assert {form for form, names in of_form.items() if len(names) > 1} == {
        "30-39",
        "613002345462+60-69",
    }


def test_letters_stand_for_both_cases_and_merged_classes_only_where_emnist_merges():
    letters = dict(zip(ROLES["letters"].classes, embedded.characters("letters"), strict=True))
    merged = dict(zip(ROLES["balanced"].classes, embedded.characters("balanced"), strict=True))
    assert set(letters.values()) == {c + c.lower() for c in letters}
    both = {name for name, characters in merged.items() if len(characters) == 2}
    assert both == set("CIJKLMOPSUVWXYZ")
    assert (merged["A"], merged["a"], merged["7"]) == ("A", "a", "7")


def test_a_path_goes_through_its_points_and_turns_at_corners_alone():
    form = glyphs.parse("09-40-79+0040")
    path = form.weights @ form.points
    gaps = np.hypot(*np.diff(path, axis=0).T)
    for point in form.points:
        assert np.abs(path - point).sum(1).min() < 1e-9
    assert form.stroke.tolist() == [0, 0, 0, 1, 1]
    # Straight between corners: the first leg is y = 9 - 9/4 x.
    leg = path[: np.flatnonzero(np.abs(path - (4, 0)).sum(1) < 1e-9)[0]]
    assert np.allclose(leg[:, 1], 9 - leg[:, 0] * 9 / 4)
    assert np.sort(gaps)[-2] < 0.35 < gaps.max()  # the one leap is between the strokes

    bow = glyphs.parse("002060")
    turned = np.diff(bow.weights @ bow.points, axis=0)
    assert np.abs(np.diff(np.arctan2(turned[:, 1], turned[:, 0]))).max() < 0.2


def test_points_that_coincide_move_together():
    """Else strokes that meet would come apart, and a T would be a dash beside a stick."""
    form = glyphs.parse("0060+30-39+3060")
    moved = form.spread @ np.random.default_rng(0).normal(size=(6, 500))
    alike = np.corrcoef(moved)
    assert alike[2, 4] > 0.99
    assert alike[2, 3] < 0.2


def test_a_pen_draws_round_dots_of_its_width():
    points = np.array([[10.0, 20.0]])
    image = glyphs.draw(points, np.array([1]), radius=np.array([2.0]), edge=np.array([1.0]))[0]
    assert image[20, 10] == image[20, 11] == image[21, 10] == 1
    assert image[20, 12] == image[18, 10] == 0.5
    assert image[20, 13] == image[10, 20] == 0


def test_points_fit_their_box():
    points = np.array([[0.0, 0.0], [1.0, 4.0], [5.0, 5.0], [9.0, 7.0]])
    fitted = glyphs.fit(points, lengths=np.array([2, 2]), box=np.array([20.0, 8.0]))
    expected = [[11.0, 3.5], [16.0, 23.5], [9.5, 11.5], [17.5, 15.5]]
    assert fitted.tolist() == expected


def test_mass_is_centred_by_whole_pixels_and_no_further_than_there_is_room():
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 12, 13] = 100
    images[1, 14, 4:8] = 200, 200, 200, 100
    near, far = glyphs.centre(images)
    assert np.argwhere(near).tolist() == [[14, 14]]
    assert np.flatnonzero(far[14]).tolist() == [7, 8, 9, 10]  # right by 3, where 9 were wanted
    assert far[14, 10] == 100


def test_clothes_are_upright():
    drawn = [draw(Sheet(100, np.random.default_rng(0))).mean(0) for draw in GARMENTS]
    trousers, boots = drawn[1], drawn[9]
    assert trousers[22:25, 13:15].mean() < 0.5 * trousers[4:7, 13:15].mean()
    assert boots[10:13, :8].max() == 0
    assert min(boots[12:15, 19:21].min(), boots[19:20, 4:8].min()) > 0.2


def test_a_profile_goes_through_its_knots_and_is_flat_outside():
    curve = profile(np.array([-1.0, 0.0, 1.0, 2.0, 4.0, 9.0]), (0, 3.0), (2, 5.0), (4, 1.0))
    assert curve.tolist() == [3, 3, 4, 5, 1, 1]


def test_rounding_does_not_depend_on_the_last_bits():
    """Processors differ there; half a grey level is where it would show."""
    ties = (np.arange(255) + 0.5) / 255
    below, above = to_uint8(ties - 1e-13), to_uint8(ties + 1e-13)
    assert below.tolist() == above.tolist()
    assert to_uint8(np.array([-0.2, 0.0, 1.0, 1.3])).tolist() == [0, 0, 255, 255]


def test_a_role_without_a_twin_is_refused_with_what_there_is_and_what_to_do():
    known = "digits, letters, fashion, balanced, bymerge"
    with pytest.raises(
        InputError, match=rf"no images of 'numbers'; it has {known}.*`official`.*sets\.embedded"
    ):
        embedded.generate("numbers", 0)
