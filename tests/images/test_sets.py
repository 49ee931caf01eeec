"""Splits that never overlap, and draws that nest."""

import ast
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet, Selection, Split, divide, sample, select

# Unequal shares, as letters have them: 60, 30 and 10 of a hundred.
LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(3), [60, 30, 10])).astype("u1")


@pytest.fixture
def published():
    """A published training split whose images tell their row."""
    images = np.zeros((100, 28, 28), np.uint8)
    images[:, 3, 5] = np.arange(100)
    return Split(images, LABELS, np.arange(100, dtype=np.int32))


def rng(seed=1):
    return np.random.default_rng(seed)


def test_the_side_of_an_image_is_written_once():
    """As a number in code, but for what MLflow runs with nothing else of the project.

    Drawn clothes have coordinates of their own, some of them 28.
    """
    package = Path(sets.__file__).parents[1]
    modules = [path for path in package.rglob("*.py") if path.parent.name != "embedded"]
    places = [
        (path.name, node.lineno)
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in (28, 784, 13.5)
    ]
    assert sorted(name for name, _ in places) == ["served.py", "sets.py"]


# --- divide


def test_train_and_validation_do_not_overlap(published):
    train, validation = divide("digits", published, 70, 30, seed=1)
    assert (len(train), len(validation)) == (70, 30)
    assert sorted([*train.index, *validation.index]) == list(range(100))


def test_divided_images_keep_their_labels_and_rows(published):
    for split in divide("digits", published, 50, 30, seed=1):
        np.testing.assert_array_equal(split.images[:, 3, 5], split.index)
        np.testing.assert_array_equal(split.labels, LABELS[split.index])


@pytest.mark.parametrize("n_validation", [10, 30, 37])
def test_validation_is_stratified(published, n_validation):
    for seed in range(5):
        _, validation = divide("digits", published, 20, n_validation, seed)
        shares = n_validation * np.array([0.6, 0.3, 0.1])
        assert (np.abs(np.bincount(validation.labels, minlength=3) - shares) <= 1).all()


def test_train_begins_with_a_sample_of_its_classes(published):
    """Sorted by class or stratified, a learning curve over its first rows would mislead."""
    train, _ = divide("digits", published, 70, 30, seed=1)
    beginnings = [divide("digits", published, 70, 30, seed)[0].labels[:10] for seed in range(200)]
    counts = np.array([np.bincount(labels, minlength=3) for labels in beginnings])
    np.testing.assert_allclose(counts.mean(0), [6, 3, 1], atol=0.35)
    assert counts.std(0)[0] > 1  # stratified, it would be near 0
    assert (np.diff(train.index.astype(int)) < 0).any()


def test_division_depends_on_seed_and_name_alone(published):
    def index(name, seed):
        train, validation = divide(name, published, 50, 30, seed)
        return [*train.index, *validation.index]

    assert index("digits", 1) == index("digits", 1)
    assert index("digits", 1) != index("digits", 2)
    assert index("digits", 1) != index("letters", 1)


def test_validation_is_the_same_whatever_the_size_of_train(published):
    _, few = divide("digits", published, 5, 30, seed=1)
    _, many = divide("digits", published, 70, 30, seed=1)
    np.testing.assert_array_equal(few.index, many.index)


def test_asking_for_too_many_images_names_the_numbers(published):
    with pytest.raises(InputError, match=r"digits: params\.yaml .* 71 training and 30 .* has 100"):
        divide("digits", published, 71, 30, seed=1)


def test_no_class_is_held_back_whole():
    """Of 200 classes with an image each, 20 could not be learned, and nothing said so."""
    n = 200
    split = Split(np.zeros((n, 28, 28), np.uint8), np.arange(n), np.arange(n, dtype=np.int32))
    with pytest.raises(InputError, match="20 of its 200 classes have none left to be learned"):
        divide("own", split, None, 20, seed=1)
    assert len(divide("own", split, None, 0, seed=1)[0]) == n


def test_all_that_validation_leaves_are_for_training(published):
    train, validation = divide("digits", published, None, 30, seed=1)
    few, _ = divide("digits", published, 5, 30, seed=1)
    assert sorted([*train.index, *validation.index]) == list(range(100))
    np.testing.assert_array_equal(train.index[:5], few.index)


# --- select


@pytest.fixture
def role_set(published):
    """A set of classes a, b, c: 70 training, 30 validation and 20 test images."""
    train, validation = divide("letters", published, None, 30, seed=1)
    test = Split(published.images[:20], LABELS[:20], np.arange(20, dtype=np.int32))
    return ImageSet(("a", "b", "c"), train, validation, test)


def index_of(image_set):
    """Rows of the published training split, each split's own."""
    return [[*image_set.train.index], [*image_set.validation.index]]


def test_nothing_asked_for_is_the_set_as_it_is(role_set):
    assert select("letters", role_set, Selection(), seed=1) is role_set


@pytest.mark.parametrize("classes", [("c", "a"), ("a", "c")])
def test_classes_are_labelled_from_0_in_the_order_given_in_every_split(role_set, classes):
    """Rarest first is the order in which old and new labels cannot be exchanged unseen."""
    chosen = select("some", role_set, Selection(classes), seed=1)
    assert (chosen.classes, chosen.n_classes) == (classes, 2)
    for name in sets.SPLITS:
        before, after = getattr(role_set, name), getattr(chosen, name)
        expected = [row for row in before.index if LABELS[row] != 1]
        assert [*after.index] == expected, "in the same order"
        assert after.labels.dtype == np.uint8
        named = [classes[label] for label in after.labels]
        assert named == [("a", "b", "c")[LABELS[row]] for row in after.index]
        np.testing.assert_array_equal(after.images[:, 3, 5], after.index)


def test_classes_that_the_set_lacks_are_named(role_set):
    with pytest.raises(
        InputError, match=r"'some' asks for the classes \['d'\], .* \['a', 'b', 'c'\]; .*`subsets`"
    ):
        select("some", role_set, Selection(("a", "d")), seed=1)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_a_share_divides_anew_what_is_not_for_testing(role_set, share):
    """Without overlap and without loss, stratified, and the test images as they were."""
    chosen = select("letters", role_set, Selection(validation=share), seed=1)
    train, validation = index_of(chosen)
    assert len(validation) == 100 * share
    assert sorted(train + validation) == list(range(100))
    assert chosen.test is role_set.test
    for split in (chosen.train, chosen.validation):
        np.testing.assert_array_equal(split.images[:, 3, 5], split.index)
        np.testing.assert_array_equal(split.labels, LABELS[split.index])
    counts = np.bincount(chosen.validation.labels, minlength=3)
    assert (np.abs(counts - len(validation) * np.array([0.6, 0.3, 0.1])) <= 1).all()


def test_a_share_is_of_the_classes_that_are_kept(role_set):
    """70 images are of a and c."""
    chosen = select("some", role_set, Selection(("c", "a"), 0.2), seed=1)
    assert (len(chosen.train), len(chosen.validation)) == (56, 14)
    assert set(LABELS[chosen.validation.index]) == {0, 2}


def test_a_share_depends_on_nothing_but_images_name_and_seed(published, role_set):
    """Not on how the role was divided before: of that only the choice of images is left."""
    share = Selection(validation=0.2)
    train, validation = divide("letters", published, None, 50, seed=2)
    other = ImageSet(role_set.classes, train, validation, role_set.test)
    first = index_of(select("letters", role_set, share, seed=1))
    assert index_of(select("letters", other, share, seed=1)) == first
    assert index_of(select("letters", role_set, share, seed=2)) != first
    assert index_of(select("others", role_set, share, seed=1)) != first


@pytest.mark.parametrize("share", [None, 0.2])
def test_the_most_are_the_first_and_of_training_images_alone(role_set, share):
    whole = select("letters", role_set, Selection(validation=share), seed=1)
    few = select("letters", role_set, Selection(validation=share, most=10), seed=1)
    assert index_of(few) == [index_of(whole)[0][:10], index_of(whole)[1]]
    more = select("letters", role_set, Selection(validation=share, most=1000), seed=1)
    assert index_of(more) == index_of(whole)


# --- draw


@pytest.mark.parametrize("sampling", ["random", "stratified"])
def test_all_are_drawn_in_random_order(sampling):
    rows = sample(LABELS, "all", sampling, rng())
    np.testing.assert_array_equal(rows, sample(LABELS, 100, sampling, rng()))
    assert sorted(rows) == list(range(100)) != [*rows]


@pytest.mark.parametrize("sampling", ["random", "stratified"])
def test_a_draw_has_no_image_twice_and_repeats(sampling):
    rows = sample(LABELS, 40, sampling, rng())
    assert len(set(rows)) == len(rows) == 40
    assert set(rows) <= set(range(100))
    np.testing.assert_array_equal(sample(LABELS, 40, sampling, rng()), rows)
    assert not np.array_equal(sample(LABELS, 40, sampling, rng(2)), rows)


@pytest.mark.parametrize("sampling", ["random", "stratified"])
def test_a_smaller_draw_is_the_beginning_of_a_larger_one(sampling):
    largest = sample(LABELS, 100, sampling, rng())
    for n_train in (3, 10, 50):
        np.testing.assert_array_equal(sample(LABELS, n_train, sampling, rng()), largest[:n_train])


@pytest.mark.parametrize("n_train", [3, 7, 10, 29, 30])
def test_stratified_draws_are_balanced_within_one(n_train):
    for seed in range(10):
        counts = np.bincount(LABELS[sample(LABELS, n_train, "stratified", rng(seed))], minlength=3)
        assert np.ptp(counts) <= 1


def test_stratified_draws_go_on_when_a_class_is_used_up():
    """Ten of the rarest class; the others share the rest."""
    counts = np.bincount(LABELS[sample(LABELS, 50, "stratified", rng())])
    assert counts.tolist() == [20, 20, 10]


def test_stratified_draws_choose_at_random_within_a_class():
    rare = [frozenset(sample(LABELS, 6, "stratified", rng(seed))) for seed in range(20)]
    assert len(set(rare)) == 20


def test_random_draws_have_the_natural_shares():
    counts = np.array(
        [np.bincount(LABELS[sample(LABELS, 20, "random", rng(s))], minlength=3) for s in range(300)]
    )
    np.testing.assert_allclose(counts.mean(0), [12, 6, 2], atol=0.4)
    assert counts.std(0)[0] > 1


@pytest.mark.parametrize("sampling", ["random", "stratified"])
@pytest.mark.parametrize("n_train", [2, 101])
def test_draws_too_small_or_too_large_name_both_limits(n_train, sampling):
    with pytest.raises(InputError, match=rf"n_train is {n_train}, .* classes, 3, .* images, 100"):
        sample(LABELS, n_train, sampling, rng())
