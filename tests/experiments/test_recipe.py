"""What a recipe makes: features of the frozen source, heads on them, networks that learn."""

from dataclasses import replace

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import recipe as module
from glyph_transfer.experiments.frozen import Frozen, copies
from glyph_transfer.experiments.recipe import Start, apply, check
from glyph_transfer.learning import heads, models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import Phase, Recipe
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.recipes import LINEAR, Unlabelled
from toy_training import by_keras

MOVED = Augmentation(shift=2.0, rotation=10.0)
PROBE = {"features": ["flatten"], "head": "ridge", "strengths": [1.0], "choose": "average"}
TRAINED = {
    "load": "backbone", "optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.8,
    "phases": [Phase(train="all", epochs=2, learning_rate=0.003)],
}  # fmt: skip
INDEX = np.array([7, 0, 31, 12, 5, 22, 38, 17, 9])


@pytest.fixture(scope="module")
def trainer(build_tiny):
    return Trainer(build_tiny())


@pytest.fixture
def start(trainer, frozen):
    return Start(trainer, frozen)


@pytest.fixture
def made(start, image_set):
    """Apply a recipe to nine images."""

    def run(images=image_set, seed=3, **how):
        return apply(Recipe(**how), start, images, INDEX, np.random.default_rng(seed))

    return run


# --- heads


def test_features_of_what_is_scored_are_computed_once(frozen, image_set, monkeypatch):
    """Of training images those of the labelled alone: of MNIST's 60,000 it took half a minute."""
    asked, of = [], Frozen.of
    monkeypatch.setattr(Frozen, "of", lambda self, images, layers: asked.append(len(images))
                        or of(self, images, layers))  # fmt: skip
    for draw in range(3):
        rows = np.random.default_rng(draw).permutation(40)[:9]
        for strength in (1.0, 10.0):
            how = Recipe(**PROBE | {"strengths": [strength]})
            apply(how, Start(None, frozen), image_set, rows, np.random.default_rng(draw))
    assert sorted(asked) == [9] * 6 + [12, 25]


def test_a_head_is_fitted_to_the_features_of_labelled_images_alone(network, made, image_set):
    train, test = image_set.train, image_set.test
    features = by_keras(network, train.images[INDEX], ["flatten"])
    how = heads.How("ridge", [1.0], "average")
    head = heads.fit(how, features, train.labels[INDEX].astype(int), 3)
    found = made(**PROBE).outcome
    expected = head.predict(by_keras(network, test.images, ["flatten"]))
    np.testing.assert_allclose(found.test, expected, atol=1e-4)
    assert found.validation.shape == (12, 3)
    assert found.history.loss.shape == (0,)
    others = np.setdiff1d(np.arange(40), INDEX)
    labels, images = train.labels.copy(), train.images.copy()
    labels[others], images[others] = (labels[others] + 1) % 3, 0
    changed = replace(image_set, train=replace(train, labels=labels, images=images))
    np.testing.assert_array_equal(made(changed, **PROBE).outcome.test, found.test)


def test_copies_belong_to_their_image(made, image_set, monkeypatch):
    """So that leaving one out leaves out its copies; all are labelled as it is."""
    given, fit = [], heads.fit

    def watched(*of_fit):
        given.append(of_fit)
        return fit(*of_fit)

    monkeypatch.setattr(module.heads, "fit", watched)
    made(**PROBE, copies=2, augmentation=MOVED)
    ((_, features, labels, _, groups, _),) = given
    assert len(features) == 27
    np.testing.assert_array_equal(groups, np.tile(np.arange(9), 3))
    np.testing.assert_array_equal(labels, np.tile(image_set.train.labels[INDEX], 3))
    assert len({row.tobytes() for row in features}) == 27


def test_scored_copies_are_averaged(made, frozen, image_set):
    single = made(**PROBE).outcome.test
    averaged = made(**PROBE, test_copies=2, augmentation=MOVED).outcome.test
    changed = frozen.kept_of_copies(image_set.test.images, ["flatten"], MOVED, 2)
    head = made(**PROBE).head
    expected = np.mean([single, *map(head.predict, changed)], axis=0)
    np.testing.assert_allclose(averaged, expected, atol=1e-6)
    assert not np.allclose(averaged, single, atol=1e-3)


@pytest.mark.parametrize("use", ["propagation", "pseudo_labels", "statistics"])
def test_unlabelled_images_serve_and_their_labels_are_not_seen(made, image_set, use):
    how = PROBE | {"unlabelled": Unlabelled(use=use, images=20)}
    found = made(**how).outcome.test
    assert not np.array_equal(found, made(**PROBE).outcome.test)
    train = image_set.train
    labels = np.zeros_like(train.labels)
    labels[INDEX] = train.labels[INDEX]
    hidden = replace(image_set, train=replace(train, labels=labels))
    np.testing.assert_array_equal(made(hidden, **how).outcome.test, found)


def test_labelled_images_give_the_statistics_where_they_are_asked_to(made, frozen, image_set):
    found = made(**PROBE, reestimate_batch_norm=True).outcome.test
    adapted = frozen.with_statistics_of(image_set.train.images[INDEX])
    how = Recipe(**PROBE)
    start = Start(None, adapted)
    expected = apply(how, start, image_set, INDEX, np.random.default_rng(3)).outcome.test
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("head", ["logistic", "cosine", "ridge", "nearest_mean", "neighbours"])
def test_heads_that_are_like_a_layer_are_those_that_are_said_to_be(frozen, image_set, head):
    features = frozen.of(image_set.train.images, ["flatten"])
    labels = image_set.train.labels.astype(int)
    fitted = heads.fit(heads.How(head, [1.0], "average"), features, labels, 3)
    assert (fitted.linear() is not None) == (head in LINEAR)


@pytest.mark.parametrize("head", LINEAR)
def test_a_linear_head_makes_one_network(made, image_set, head):
    done = made(**PROBE | {"head": head})
    found = done.network.predict(image_set.test.images, verbose=0)
    np.testing.assert_array_equal(found.argmax(1), done.outcome.test.argmax(1))


@pytest.mark.parametrize("change", [{"head": "neighbours"}, {"features": ["pool_1", "flatten"]}])
def test_what_is_like_no_layer_is_no_network(made, change):
    with pytest.raises(InputError, match="no network of layers: to be kept, it has to have phases"):
        _ = made(**PROBE | change).network


# --- networks that learn


def test_the_source_stays_as_it_is(made, network):
    before = [array.copy() for array in network.get_weights()]
    made(**PROBE, **TRAINED)
    for array, expected in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_a_network_starts_from_the_backbone_and_the_head(made, network, image_set):
    """At a rate that moves nothing it gives what the head alone gives: LP-FT begins there."""
    still = TRAINED | {"phases": [Phase(train="head", epochs=1, learning_rate=1e-30)]}
    found = made(**PROBE, **still)
    np.testing.assert_allclose(
        found.outcome.test, made(**PROBE | {"head": "ridge"}).outcome.test, atol=1e-5
    )
    after = models.get_weights(found.network)
    for name, arrays in models.get_weights(network).items():
        if name != "dense":
            np.testing.assert_array_equal(after[name][0], arrays[0], err_msg=name)


def test_the_head_learns_alone_where_it_is_said_to(made, network):
    phases = [Phase(train="head", epochs=1, learning_rate=0.01)]
    after = models.get_weights(made(**TRAINED | {"phases": phases}).network)
    np.testing.assert_array_equal(after["conv_2"][0], models.get_weights(network)["conv_2"][0])
    assert after["dense"][0].any()


def distance(network, other, name="conv_1"):
    pairs = zip(models.get_weights(network)[name], models.get_weights(other)[name], strict=True)
    return sum(float(np.square(a - b).sum()) for a, b in pairs) ** 0.5


def test_l2_sp_keeps_weights_near_the_source(made, network):
    loose, held = (distance(made(**TRAINED, l2_sp=l2).network, network) for l2 in (0.0, 300.0))
    assert 0 < held < loose / 2


def test_augmentation_changes_what_is_learned(made):
    plain = made(**TRAINED).outcome.test
    assert not np.array_equal(made(**TRAINED, augmentation=MOVED).outcome.test, plain)


def test_the_copies_of_scored_images_do_not_change_what_is_learned(made, image_set):
    done = made(**TRAINED, augmentation=MOVED, test_copies=1)
    single = done.network.predict(image_set.test.images, verbose=0)
    (changed,) = copies(image_set.test.images, MOVED, 1, 1)
    expected = (single + done.network.predict(changed, verbose=0)) / 2
    np.testing.assert_allclose(done.outcome.test, expected, atol=1e-5)


# --- what does not fit


LABELS = np.array([0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            PROBE | {"features": ["pool_9"]},
            "the layer 'pool_9', but those of .* before its last one are: scale, .*, flatten",
        ),
        (PROBE | {"features": ["dense"]}, "the layer 'dense', but those of"),
        (
            PROBE | TRAINED | {"features": ["pool_1"]},
            "'dense', start from a head on the 108 features of pool_1, but it takes",
        ),
        (TRAINED | {"load": ["conv_9"]}, "names the layer 'conv_9', but the layers with weights"),
        (TRAINED | {"load": ["dense"]}, "layer 'dense' cannot be loaded"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_trains(start, how, message):
    with pytest.raises(InputError, match=message):
        check(Recipe(**how), start, LABELS, 3)


@pytest.mark.parametrize(
    ("change", "labels", "message"),
    [
        (
            {"choose": "leave_one_out", "strengths": [1.0, 10.0]},
            [0, 0, 1, 1, 2],
            r"two images of every class, but there is one of \[2\]",
        ),
        ({"head": "neighbours", "strengths": [7.0]}, [0, 0, 1, 1, 2, 2], "7 neighbours, but .* 6"),
        ({}, [0, 0, 1, 1], r"there is none of \[2\]"),
    ],
)
def test_too_few_labelled_images_are_told_before_anything_trains(start, change, labels, message):
    with pytest.raises(InputError, match=message):
        check(Recipe(**PROBE | change), start, np.array(labels), 3)


def test_what_fits_passes(start):
    for how in (PROBE, TRAINED, PROBE | TRAINED):
        check(Recipe(**how), start, LABELS, 3)
