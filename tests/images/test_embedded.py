"""The embedded corpus: what every role promises, and how its images are made."""

import hashlib
from functools import cache

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import embedded
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.embedded import digits, glyphs
from glyph_transfer.images.embedded.cloth import Sheet, profile
from glyph_transfer.images.embedded.fashion import ankle_boot, trouser
from glyph_transfer.images.embedded.pixels import to_uint8

GLYPH_ROLES = ("letters", "balanced", "bymerge")

generate = cache(embedded.generate)


def count(labels: np.ndarray) -> list[int]:
    return np.bincount(labels).tolist()


def as_bytes(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


@pytest.mark.parametrize("role", ROLES)
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
    [("letters", 300, 60), ("fashion", 600, 100), ("balanced", 240, 40)],
)
def test_drawn_classes_are_equally_frequent(role, n_train, n_test):
    n_classes = len(ROLES[role].classes)
    assert count(generate(role, 0)["train_labels"]) == [n_train] * n_classes
    assert count(generate(role, 0)["test_labels"]) == [n_test] * n_classes


def test_digits_are_all_that_there_are_with_a_balanced_test_split():
    images = generate("digits", 0)
    assert count(images["test_labels"]) == [60] * 10
    # The data set's description gives these totals for 0..9.
    totals = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert count(images["train_labels"]) == [n - 60 for n in totals]


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


@pytest.mark.parametrize("role", ROLES)
def test_no_image_is_in_both_splits(role):
    images = generate(role, 0)
    assert not as_bytes(images["train_images"]) & as_bytes(images["test_images"])


@pytest.mark.parametrize(
    ("role", "digest"),
    [
        ("digits", "3f801273f0391da32dd971e4b529940c62ca0f8bd8fdddab9f63304a5e4e4730"),
        ("letters", "0e95ff7213cb0ae22cc58e47edf833926c70c20c694870cd48b4d4ba816dbc93"),
        ("fashion", "b52223185e71a22eba0c93acbb529f41a8a673f0f1255186983a58a6715b6324"),
        ("balanced", "68e8b64f43e831bd86ac649efce4ef573885943a502593484f89ea627afe74cb"),
        ("bymerge", "fa8bf475c3b26e624a8b1378be9ce5b02e06a4c40152a5eb5ef132612073c184"),
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


@pytest.mark.parametrize("role", ROLES)
def test_labels_belong_to_their_images(role):
    """Fails if labels and images are put in different orders, or a class looks like no other."""
    images = generate(role, 0)
    train, test = (images[f"{split}_images"].astype(float) for split in ("train", "test"))
    classes = range(len(ROLES[role].classes))
    means = [train[images["train_labels"] == label].mean(0) for label in classes]
    distances = np.stack([((test - mean) ** 2).sum((1, 2)) for mean in means])
    assert (distances.argmin(0) == images["test_labels"]).mean() > 0.45


@pytest.mark.parametrize("role", ["digits", *GLYPH_ROLES])
def test_glyphs_lie_centred_in_an_empty_border(role):
    images = generate(role, 0)["train_images"].astype(float)
    # Centring by mass moves a few digits into the border, in MNIST too.
    in_border = 1 - images[:, 2:-2, 2:-2].sum() / images.sum()
    assert in_border <= (0.001 if role == "digits" else 0)
    mass = images.sum((1, 2))
    centres = np.stack([(images.sum(axis) @ np.arange(28)) / mass for axis in (1, 2)])
    assert np.abs(centres - 13.5).max() < (0.2 if role == "digits" else 5)
    assert np.abs(centres.mean(1) - 13.5).max() < 0.5


def test_digits_are_as_bright_and_as_varied_as_mnist():
    """MNIST's training pixels have mean 0.1307 and standard deviation 0.3081."""
    pixels = generate("digits", 0)["train_images"] / 255
    assert pixels.mean() == pytest.approx(0.1307, abs=0.02)
    assert pixels.std() == pytest.approx(0.3081, abs=0.02)


def test_a_digit_keeps_its_proportions_and_stays_upright():
    original = np.zeros((8, 8))
    original[:, 2] = original[7, 2:6] = 1  # an L: transposed or turned it is another shape
    image = digits.frame_as_mnist(original)
    rows, columns = np.flatnonzero((image > 127).any(1)), np.flatnonzero((image > 127).any(0))
    assert 19 <= np.ptp(rows) + 1 <= 21
    assert 9 <= np.ptp(columns) + 1 <= 11
    assert image[rows[-1] - 1, columns[-1] - 1] > 200
    assert image[rows[0] + 1, columns[0] + 1] > 200
    assert image[rows[0] + 1, columns[-1] - 1] == 0


def test_letters_are_upright():
    image = glyphs.generate(("L",), np.zeros(200, int), np.random.default_rng(0)).mean(0)
    left, right = slice(4, 11), slice(17, 24)
    assert image[right, right].sum() > 1.5 * image[left, right].sum()
    assert image[left, left].sum() > 1.5 * image[left, right].sum()


def test_every_character_has_a_line_in_every_face():
    """A font without a glyph would draw its empty box instead, the same for each of them."""
    names = ROLES["bymerge"].classes
    lines = [glyphs.centre_lines(name) for name in names]
    assert {len(of_faces) for of_faces in lines} == {len(glyphs.FACES)}
    for of_face in zip(*lines, strict=True):
        assert len({line.tobytes() for line in of_face}) == len(names)


def test_letters_stand_for_both_cases_and_merged_classes_only_where_emnist_merges():
    letters = dict(zip(ROLES["letters"].classes, embedded.characters("letters"), strict=True))
    merged = dict(zip(ROLES["balanced"].classes, embedded.characters("balanced"), strict=True))
    assert set(letters.values()) == {c + c.lower() for c in letters}
    both = {name for name, characters in merged.items() if len(characters) == 2}
    assert both == set("CIJKLMOPSUVWXYZ")
    assert (merged["A"], merged["a"], merged["7"]) == ("A", "a", "7")


def test_thinning_leaves_one_connected_line():
    ink = np.zeros((20, 30), bool)
    ink[5:10, 3:27] = True
    line = glyphs.thin(ink)
    assert line.sum(0).max() == 1
    assert np.flatnonzero(line.any(1)).tolist() == [7]
    columns = np.flatnonzero(line.any(0))
    assert np.ptp(columns) + 1 == len(columns) >= 18


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


def test_clothes_are_upright():
    trousers = trouser(Sheet.blank(100, np.random.default_rng(0))).mean(0)
    assert trousers[22:25, 13:15].mean() < 0.5 * trousers[4:7, 13:15].mean()
    boots = ankle_boot(Sheet.blank(100, np.random.default_rng(0))).mean(0)
    assert boots[12:15, :8].max() == 0
    assert min(boots[12:15, 18:20].min(), boots[22:24, 4:8].min()) > 0.2


def test_a_profile_goes_through_its_knots_and_is_flat_outside():
    curve = profile(np.array([-1.0, 0.0, 1.0, 2.0, 4.0, 9.0]), (0, 3.0), (2, 5.0), (4, 1.0))
    assert curve.tolist() == [3, 3, 4, 5, 1, 1]


def test_rounding_does_not_depend_on_the_last_bits():
    """Processors differ there; half a grey level is where it would show."""
    ties = (np.arange(255) + 0.5) / 255
    below, above = to_uint8(ties - 1e-13), to_uint8(ties + 1e-13)
    assert below.tolist() == above.tolist()
    assert to_uint8(np.array([-0.2, 0.0, 1.0, 1.3])).tolist() == [0, 0, 255, 255]


def test_an_unknown_role_is_named_beside_those_there_are():
    known = "digits, fashion, letters, balanced, bymerge"
    with pytest.raises(InputError, match=rf"'numbers' is not in the embedded corpus.*{known}"):
        embedded.generate("numbers", 0)
