"""Traced training against Keras's `fit` and `predict`, and what must not change or leak."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import features, forward, loop, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.features import Features
from glyph_transfer.learning.training import Schedule, Trainer

RATE = 0.003
BATCH = 12  # 40 images: the last batch has 4
EVERYTHING = ["conv_1", "bn_1", "conv_2", "bn_2", "dense"]


@pytest.fixture(scope="module")
def trainer(build_tiny):
    """One network and its traces for all tests; `start` gives it its weights."""
    return Trainer(build_tiny())


@pytest.fixture
def start(trainer, scramble):
    """Set the trainer's network to weights whose every array is told from a fresh one's."""
    scramble(trainer.model, 11)
    return models.get_weights(trainer.model)


def orders(n, epochs, seed=4):
    rng = np.random.default_rng(seed)
    return [rng.permutation(n) for _ in range(epochs)]


def train(trainer, split, trainable, epochs=3, batch_size=BATCH, **how):
    return list(
        trainer.train(
            split.images,
            split.labels,
            orders(len(split), epochs),
            Schedule(trainable, batch_size, RATE, **how),
        )
    )


def keras_fit(model, weights, split, trainable, epochs=3):
    """The same training by `fit`, one epoch after the other in the given order."""
    models.set_weights(model, weights)
    for layer in model.layers:
        layer.trainable = layer.name in trainable
    model.compile(
        keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = []
    for order in orders(len(split), epochs):
        images, labels = split.images[order], split.labels[order]
        done = model.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0).history
        history.append((done["loss"][0], done["accuracy"][0]))
    return history


def assert_equal_weights(found, expected):
    for name, arrays in expected.items():
        for array, wanted in zip(found[name], arrays, strict=True):
            np.testing.assert_array_equal(array, wanted, err_msg=name)


# --- against Keras


@pytest.mark.parametrize(
    "trainable",
    [EVERYTHING, ["dense"], ["conv_2", "bn_2", "dense"], ["conv_1", "dense"]],
    ids=lambda names: "+".join(names),
)
def test_training_is_keras_fit(trainer, start, build_tiny, image_set, trainable):
    """Losses, accuracies and weights. `fit` computes frozen layers anew for every batch, so
    this also holds the features that are kept against those that are not.
    """
    model = build_tiny()
    expected = keras_fit(model, start, image_set.train, trainable)
    found = train(trainer, image_set.train, trainable)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    after = models.get_weights(trainer.model)
    for name, arrays in models.get_weights(model).items():
        for array, wanted, before in zip(after[name], arrays, start[name], strict=True):
            # far below what any step moves, and above what rounding does to Adam's ratio
            np.testing.assert_allclose(array, wanted, rtol=0, atol=0.01 * RATE, err_msg=name)
            assert np.array_equal(array, before) == (name not in trainable), name


def test_published_networks_train_as_keras_fits_them(image_set):
    """Dropout apart, which draws other masks here. S4's networks and the small ones have a
    normalisation after every layer: what rounding does there Adam makes large at once.
    Their gradients are held against Keras's in test_forward."""
    for name in models.by_name():
        if name.startswith("cnn_s4") or name.endswith("_small"):
            continue
        model, twin = models.build(name, 3, 0.9), models.build(name, 3, 0.9)
        for layer in (*model.layers, *twin.layers):
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
        weights = models.initial_weights(model, np.random.default_rng(1))
        models.set_weights(model, weights)
        expected = keras_fit(twin, weights, image_set.train, list(weights), epochs=2)
        found = train(Trainer(model), image_set.train, list(weights), epochs=2)
        np.testing.assert_allclose(found, expected, rtol=1e-3, err_msg=name)


@pytest.mark.parametrize("n", [1, 7, 8, 21])
@pytest.mark.usefixtures("start")
def test_predict_is_keras_predict_in_the_same_order(trainer, image_set, monkeypatch, n):
    """Scored 7 at a time: one, exactly one batch, one more, and whole batches."""
    monkeypatch.setattr(features, "SCORING_BATCH", 7)
    images = image_set.test.images[:n]
    found = trainer.predict(images)
    assert found.dtype == np.float32
    assert found.shape == (n, 3)
    np.testing.assert_allclose(found, trainer.model.predict(images, verbose=0), atol=1e-6)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


# --- batches in shards


def trained_in_shards(model, start, split, n_shards, batch_size):
    models.set_weights(model, start)
    trainer = Trainer(model, n_shards=n_shards)
    history = train(trainer, split, [*start], batch_size=batch_size, optimizer="momentum")
    return history, models.get_weights(model)


@pytest.mark.parametrize("batch_size", [12, 13], ids=["last batch of 4", "last batch of 1"])
def test_shards_train_as_a_whole_batch(trainer, start, image_set, batch_size):
    """TensorFlow has no convolution of an empty shard, as the last batch of 1 would have."""
    whole, shards = (
        trained_in_shards(trainer.model, start, image_set.train, n, batch_size) for n in (1, 2)
    )
    np.testing.assert_allclose(shards[0], whole[0], rtol=1e-4)
    for name, arrays in whole[1].items():
        for array, wanted in zip(shards[1][name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-3, atol=1e-5, err_msg=name)


def test_shards_train_the_same_bits_again(trainer, start, image_set):
    first, again = (
        trained_in_shards(trainer.model, start, image_set.train, 2, 12)[1] for _ in range(2)
    )
    assert_equal_weights(first, again)


# --- predict with features that are kept


@pytest.fixture
def count_features(monkeypatch):
    """Numbers of layers whose features were computed, in their order."""
    calls, original = [], Features.of

    def counting(self, images, n):
        calls.append(n)
        return original(self, images, n)

    monkeypatch.setattr(Features, "of", counting)
    return calls


@pytest.fixture
def keeper(build_tiny, scramble):
    """A trainer that has scored nothing yet."""
    trainer = Trainer(build_tiny())
    scramble(trainer.model, 11)
    return trainer


def move(trainer, *names):
    """Change the weights of layers a little."""
    for name in names:
        layer = trainer.model.get_layer(name)
        layer.set_weights([array * 1.1 for array in layer.get_weights()])


@pytest.mark.parametrize(
    "changed", [["dense"], ["bn_2", "dense"], ["conv_2", "bn_2", "dense"], EVERYTHING, ["bn_1"]]
)
def test_kept_features_give_what_plain_predict_gives(keeper, image_set, monkeypatch, changed):
    monkeypatch.setattr(features, "SCORING_BATCH", 7)
    for _ in range(3):
        found = keeper.predict(image_set.test.images, changed)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))
        move(keeper, *changed)


def test_features_are_kept_while_the_layers_before_stay(keeper, image_set, count_features):
    test, validation = image_set.test.images, image_set.validation.images
    for _ in range(3):
        keeper.predict(test, ["dense"])
        keeper.predict(validation, ["dense"])
        move(keeper, "dense")
    assert count_features == [8, 8], "once for each set of images"
    keeper.predict(test, ["conv_2", "dense"])
    assert count_features == [8, 8, 4], "what bn_1 is given: it is scored with conv_2 as one"


@pytest.mark.parametrize("name", ["conv_1", "bn_1", "bn_2"])
def test_features_are_computed_anew_where_a_layer_before_has_other_weights(
    keeper, image_set, count_features, name
):
    """Another source, or its batch-norm statistics, between two calls that name the same."""
    keeper.predict(image_set.test.images, ["dense"])
    move(keeper, name)
    found = keeper.predict(image_set.test.images, ["dense"])
    assert count_features == [8, 8]
    np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))


def test_other_images_have_other_features(keeper, image_set):
    """Also in the place in memory that the first ones had."""
    for start in range(10):
        images = image_set.test.images[start : start + 3].copy()
        found = keeper.predict(images, ["dense"])
        np.testing.assert_array_equal(found, keeper.predict(images))
        del images


def test_features_above_the_limit_are_not_kept(keeper, image_set, monkeypatch, count_features):
    """25 images of 6 x 6 x 4 float32."""
    size = 25 * 6 * 6 * 4 * 4
    for limit, calls in ((size - 1, []), (size, [8])):
        monkeypatch.setattr(keeper.features, "kept_bytes", limit)
        found = keeper.predict(image_set.test.images, ["dense"])
        np.testing.assert_array_equal(found, keeper.predict(image_set.test.images))
        assert count_features == calls


@pytest.mark.parametrize("changed", [EVERYTHING, ["conv_1"]])
def test_nothing_is_kept_where_nothing_with_weights_comes_before(
    keeper, image_set, count_features, changed
):
    """Images are smaller than what scaling makes of them."""
    keeper.predict(image_set.test.images, changed)
    assert count_features == []


@pytest.mark.parametrize("changed", [None, ["dense"]])
def test_no_images_have_no_probabilities(keeper, image_set, changed):
    found = keeper.predict(image_set.test.images[:0], changed)
    assert (found.shape, found.dtype) == ((0, 3), np.float32)


def test_predict_takes_the_moving_averages_as_they_are(trainer, start, image_set):
    trainer.predict(image_set.test.images)
    assert_equal_weights(models.get_weights(trainer.model), start)


# --- what is frozen


@pytest.mark.parametrize("trainable", [["dense"], ["conv_2", "bn_2", "dense"], ["bn_1"]])
def test_frozen_weights_and_statistics_stay_and_the_others_move(
    trainer, start, image_set, trainable
):
    train(trainer, image_set.train, trainable)
    for name, arrays in models.get_weights(trainer.model).items():
        for array, before in zip(arrays, start[name], strict=True):
            assert np.array_equal(array, before) == (name not in trainable), name


@pytest.mark.usefixtures("start")
def test_frozen_layers_are_computed_once(trainer, image_set, count_features):
    """The reason for keeping features: not once an epoch."""
    train(trainer, image_set.train, ["dense"], epochs=3)
    assert count_features == [8]


@pytest.mark.usefixtures("start")
def test_features_are_those_of_the_present_weights(trainer, image_set, scramble):
    """A trace that kept the weights it was made with would give the first ones again."""
    first = trainer.features.of(image_set.train.images, 8).numpy()
    scramble(trainer.model, 12)
    second = trainer.features.of(image_set.train.images, 8).numpy()
    expected = image_set.train.images
    for layer in trainer.model.layers[:8]:
        expected = layer(expected, training=False) if "bn" in layer.name else layer(expected)
    np.testing.assert_allclose(second, expected, rtol=1e-4, atol=1e-5)
    assert not np.allclose(first, second)


# --- repeating


def test_a_prepared_training_traces_nothing_and_gives_the_same_bits(
    build_tiny, image_set, monkeypatch
):
    """Else the first replicate of a worker would take longer than the others."""
    traced = []

    def counting(function):
        return lambda *args: traced.append(function.__name__) or function(*args)

    monkeypatch.setattr(loop.TrainingLoop, "_epoch", counting(loop.TrainingLoop._epoch))
    monkeypatch.setattr(forward, "run", counting(forward.run))
    found = []
    for is_prepared in (True, False):
        trainer = Trainer(build_tiny())
        models.set_weights(
            trainer.model, models.initial_weights(trainer.model, np.random.default_rng(0))
        )
        if is_prepared:
            trainer.prepare(["dense"], "adam", len(image_set.train), BATCH)
            assert "_epoch" in traced
            traced.clear()
        train(trainer, image_set.train, ["dense"], epochs=1, optimizer="adam")
        assert bool(traced) != is_prepared
        found.append(models.get_weights(trainer.model))
    assert_equal_weights(*found)


def test_the_same_training_gives_the_same_bits(trainer, start, image_set):
    first = train(trainer, image_set.train, EVERYTHING)
    weights = models.get_weights(trainer.model)
    models.set_weights(trainer.model, start)
    assert train(trainer, image_set.train, EVERYTHING) == first
    assert_equal_weights(models.get_weights(trainer.model), weights)


@pytest.mark.parametrize("trainable", [EVERYTHING, ["dense"]], ids=["all", "dense"])
def test_nothing_leaks_from_what_the_trainer_did_before(
    trainer, start, build_tiny, image_set, trainable
):
    """Adam's moments, moving averages and kept features of another training, of other
    images, layers and batches, and of one that was left in the middle.
    """
    models.set_weights(trainer.model, start)
    train(trainer, image_set.test, EVERYTHING, batch_size=5)
    train(trainer, image_set.test, ["dense"])
    next(
        trainer.train(
            image_set.test.images,
            image_set.test.labels,
            orders(25, 2),
            Schedule(trainable, BATCH, 0.1),
        )
    )
    trainer.predict(image_set.test.images)
    models.set_weights(trainer.model, start)
    used = train(trainer, image_set.train, trainable)

    fresh = Trainer(build_tiny())
    models.set_weights(fresh.model, start)
    assert train(fresh, image_set.train, trainable) == used
    assert_equal_weights(models.get_weights(trainer.model), models.get_weights(fresh.model))


def test_the_order_of_the_images_matters(trainer, start, image_set):
    found = train(trainer, image_set.train, EVERYTHING, epochs=1)
    models.set_weights(trainer.model, start)
    (other,) = trainer.train(
        image_set.train.images,
        image_set.train.labels,
        orders(40, 1, seed=5),
        Schedule(EVERYTHING, BATCH, RATE),
    )
    assert found[0] != other


def test_training_learns_the_glyphs(build_tiny, image_set):
    """Labels that are paired with the wrong images cannot be learned from 40 images."""
    trainer = Trainer(build_tiny())
    models.set_weights(
        trainer.model, models.initial_weights(trainer.model, np.random.default_rng(1))
    )
    history = list(
        trainer.train(
            image_set.train.images,
            image_set.train.labels,
            orders(40, 60),
            Schedule(EVERYTHING, 10, 0.01),
        )
    )
    assert history[-1][1] == 1
    accuracy = (trainer.predict(image_set.test.images).argmax(1) == image_set.test.labels).mean()
    assert accuracy > 0.8


# --- batch-norm statistics


@pytest.mark.usefixtures("start")
def test_reestimated_statistics_are_those_of_the_inputs(trainer, image_set, monkeypatch):
    """Of all images at once, and the second layer's of what the first one now gives."""
    monkeypatch.setattr(features, "SCORING_BATCH", 7)
    trainer.reestimate_batch_norm(image_set.train.images)
    x = image_set.train.images
    for layer in trainer.model.layers[:-1]:
        if isinstance(layer, keras.layers.BatchNormalization):
            values = np.asarray(x, np.float64)
            np.testing.assert_allclose(
                layer.moving_mean.numpy(), values.mean((0, 1, 2)), rtol=1e-4, atol=1e-6
            )
            np.testing.assert_allclose(
                layer.moving_variance.numpy(), values.var((0, 1, 2)), rtol=1e-4, atol=1e-6
            )
            x = layer(x, training=False)
        else:
            x = layer(x)
        x = tf.convert_to_tensor(x).numpy()


def test_statistics_within_residual_blocks_are_reestimated(image_set, scramble):
    """Keras's own averages after one pass with momentum 0 are the statistics of that batch."""
    model, twin = models.build("resnet_small", 3), models.build("resnet_small", 3, 0.0)
    scramble(model, 3)
    models.set_weights(twin, models.get_weights(model))
    Trainer(model).reestimate_batch_norm(image_set.train.images)
    twin(image_set.train.images, training=True)
    found = models.get_weights(model)
    for name, arrays in models.get_weights(twin).items():
        for array, wanted in zip(found[name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-3, atol=1e-4, err_msg=name)


def test_reestimating_leaves_what_is_learned(trainer, start, image_set):
    trainer.reestimate_batch_norm(image_set.train.images)
    for name, arrays in models.get_weights(trainer.model).items():
        learned = arrays[:2]  # kernel and bias, gamma and beta
        for array, before in zip(learned, start[name], strict=False):
            np.testing.assert_array_equal(array, before, err_msg=name)


# --- features too large for memory


@pytest.mark.parametrize("trainable", [["dense"], ["conv_2", "bn_2", "dense"]])
def test_features_in_a_file_give_the_bits_of_those_in_memory(
    build_tiny, scramble, image_set, monkeypatch, trainable
):
    """In two parts of whole batches and a last of less than one."""
    for module in (features, loop):
        monkeypatch.setattr(module, "ROWS", 20)
    found = []
    for limit in (1, 0):
        tiny = build_tiny()
        scramble(tiny, 11)
        history = train(Trainer(tiny, limit), image_set.train, trainable)
        found.append((history, models.get_weights(tiny)))
    assert found[0][0] == found[1][0]
    assert_equal_weights(found[1][1], found[0][1])


def test_only_features_above_the_limit_go_to_a_file(trainer, start, image_set, monkeypatch):
    def refuse():
        raise OSError("to a file")

    monkeypatch.setattr(features.tempfile, "TemporaryFile", refuse)
    # 40 images of 6 x 6 x 4 float32
    monkeypatch.setattr(trainer.features, "kept_bytes", 40 * 6 * 6 * 4 * 4)
    train(trainer, image_set.train, ["dense"], epochs=1)
    monkeypatch.setattr(trainer.features, "kept_bytes", 40 * 6 * 6 * 4 * 4 - 1)
    with pytest.raises(OSError, match="to a file"):
        train(trainer, image_set.train, ["dense"], epochs=1)
    train(trainer, image_set.train, EVERYTHING, epochs=1)


# --- dropout and decay


@pytest.fixture
def dropping():
    """Two convolutions to freeze, then dropout before and after a layer that learns."""
    return models.build("cnn_s1", 3)


def trained_weights(model, split, trainable, **how):
    models.set_weights(model, models.initial_weights(model, np.random.default_rng(1)))
    history = train(Trainer(model), split, trainable, **how)
    return history, models.get_weights(model)


def test_dropout_after_kept_features_drops_what_it_drops_without_them(
    dropping, image_set, monkeypatch
):
    learning = ["dense_1", "dense"]
    kept = trained_weights(dropping, image_set.train, learning, seed=3)
    monkeypatch.setattr(loop, "count_frozen", lambda *_: 0)
    computed = trained_weights(dropping, image_set.train, learning, seed=3)
    np.testing.assert_allclose(kept[0], computed[0], rtol=1e-5)
    for name, arrays in computed[1].items():
        for array, wanted in zip(kept[1][name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=0, atol=1e-6, err_msg=name)


def test_dropout_goes_by_the_seed(dropping, image_set):
    first, again, other = (
        trained_weights(dropping, image_set.train, ["dense"], seed=seed)[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_rate_decays_by_steps_over_epochs(build_tiny, image_set):
    """As Keras's InverseTimeDecay: the count goes on from epoch to epoch."""
    decay = 0.5
    model, twin = build_tiny(), build_tiny()
    weights = models.initial_weights(model, np.random.default_rng(1))
    models.set_weights(model, weights)
    models.set_weights(twin, weights)
    schedule = keras.optimizers.schedules.InverseTimeDecay(RATE, 1, decay)
    twin.compile(keras.optimizers.SGD(schedule, momentum=0.9), "sparse_categorical_crossentropy")
    expected = []
    for order in orders(len(image_set.train), 2):
        images, labels = image_set.train.images[order], image_set.train.labels[order]
        done = twin.fit(images, labels, batch_size=BATCH, shuffle=False, verbose=0)
        expected.append(done.history["loss"][0])
    found = train(
        Trainer(model), image_set.train, list(weights), epochs=2, optimizer="momentum", decay=decay
    )
    np.testing.assert_allclose(np.array(found)[:, 0], expected, rtol=1e-4)


def test_a_weight_that_is_no_number_ends_the_training(build_tiny, image_set):
    """Even where relu makes zeros of it, so that the loss alone does not tell."""
    model = build_tiny()
    model.get_layer("conv_1").kernel.assign(np.full(model.get_layer("conv_1").kernel.shape, np.nan))
    with pytest.raises(InputError, match="has diverged: its loss is nan"):
        train(Trainer(model), image_set.train, ["conv_1", "dense"])
