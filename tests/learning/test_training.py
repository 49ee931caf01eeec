"""Traced training against Keras's `fit` and `predict`: also in shards, with dropout, decay."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import features, loop, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.training import Schedule, Trainer
from tiny_training import BATCH, EVERYTHING, RATE, assert_equal_weights, keras_fit, orders, train

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
    """Dropout apart, which draws other masks here. S4's networks, ours and the small ones have a
    normalisation after every layer: what rounding does there Adam makes large at once.
    Their gradients are held against Keras's in test_forward."""
    for name in models.by_name():
        if name.startswith(("cnn_s4", "glyphnet")) or name.endswith("_small"):
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


def test_predict_takes_the_moving_averages_as_they_are(trainer, start, image_set):
    trainer.predict(image_set.test.images)
    assert_equal_weights(models.get_weights(trainer.model), start)


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


# --- what is frozen


@pytest.mark.parametrize("trainable", [["dense"], ["conv_2", "bn_2", "dense"], ["bn_1"]])
def test_frozen_weights_and_statistics_stay_and_the_others_move(
    trainer, start, image_set, trainable
):
    train(trainer, image_set.train, trainable)
    for name, arrays in models.get_weights(trainer.model).items():
        for array, before in zip(arrays, start[name], strict=True):
            assert np.array_equal(array, before) == (name not in trainable), name


# --- what is learned


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


# --- rates


def test_one_cycle_rises_for_a_tenth_and_falls_to_nothing():
    rates = tf.constant((0.5, 0.0, 200.0))
    found = [float(loop.rate_of_step(tf.constant(float(step)), rates)) for step in range(200)]
    assert found[0] < 0.05
    assert np.argmax(found) in (19, 20, 21)
    assert max(found) == pytest.approx(0.5, rel=0.05)
    assert np.all(np.diff(found[:20]) > 0)
    assert np.all(np.diff(found[21:]) < 0)
    assert found[110] == pytest.approx(0.25, rel=0.02)  # half of the fall
    assert found[-1] < 1e-4


def test_without_a_cycle_the_rate_is_constant_but_for_its_decay():
    for decay in (0.0, 0.1):
        rates = tf.constant((0.5, decay, 0.0))
        found = [float(loop.rate_of_step(tf.constant(float(step)), rates)) for step in (0, 7)]
        np.testing.assert_allclose(found, [0.5, 0.5 / (1 + 7 * decay)], rtol=1e-6)


def test_the_trainer_follows_the_cycle(trainer, start, image_set):
    """Four steps of an epoch: with a cycle, and without, which moves the weights by more."""
    train(trainer, image_set.train, EVERYTHING, one_cycle_steps=4, epochs=1)
    moved = models.get_weights(trainer.model)
    assert not np.array_equal(moved["dense"][0], start["dense"][0])
    models.set_weights(trainer.model, start)
    train(trainer, image_set.train, EVERYTHING, epochs=1)
    assert not np.allclose(models.get_weights(trainer.model)["dense"][0], moved["dense"][0])


def test_classes_shares_are_as_a_bias_in_training_that_is_taken_away_after_it(
    trainer, start, image_set
):
    shares = np.log([0.9, 0.07, 0.03]).astype(np.float32)
    found = train(trainer, image_set.train, EVERYTHING, log_shares=tuple(shares.tolist()))
    after = models.get_weights(trainer.model)
    kernel, bias = start["dense"]
    models.set_weights(trainer.model, start | {"dense": [kernel, bias + shares]})
    expected = train(trainer, image_set.train, EVERYTHING)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    wanted = models.get_weights(trainer.model)
    np.testing.assert_allclose(after["dense"][1] + shares, wanted["dense"][1], atol=1e-4)
    np.testing.assert_allclose(after["dense"][0], wanted["dense"][0], atol=1e-3)
