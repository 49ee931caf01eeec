"""Layers that the fast path does not know: trained as Keras trains them, within a traced epoch."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import forward, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.features import Features
from glyph_transfer.learning.training import Schedule, Trainer

layers = keras.layers
RATE, BATCH = 0.003, 12  # of 40 images: the last batch has 4


class Block(layers.Layer):
    """A batch norm within a layer, as composite layers have it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = layers.BatchNormalization(momentum=0.7)

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x, training=None):
        return x + tf.nn.relu(self.inner(x, training=training))


def sequential(*hidden):
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Reshape((28, 28, -1), name="channel"),
            *hidden,
            layers.Dense(3, activation="softmax", kernel_constraint="non_neg", name="dense"),
        ]
    )


def unusual():
    """Kinds that are not known, and options that the fast path would ignore."""
    return sequential(
        layers.Conv2D(4, 5, strides=3, activation="gelu", name="conv_1"),
        layers.BatchNormalization(scale=False, momentum=0.8, name="bn_1"),
        layers.DepthwiseConv2D(3, padding="same", name="depthwise"),
        layers.GroupNormalization(2, name="groups"),
        layers.LeakyReLU(0.1, name="leaky"),
        layers.Conv2D(4, 3, dilation_rate=2, kernel_regularizer="l2", name="conv_2"),
        Block(activity_regularizer="l2", name="block"),
        layers.Conv2D(4, 2, groups=2, activation="relu", name="conv_3"),
        layers.BatchNormalization(axis=1, momentum=0.8, name="bn_3"),
        layers.Dense(4, activation="relu", name="everywhere"),
        layers.GlobalAveragePooling2D(keepdims=True, name="means"),
        layers.Flatten(name="flatten"),
        layers.Dense(6, activation="softmax", name="gate"),
        layers.Dense(6, use_bias=False, name="plain"),
    )


EVERYTHING = [layer.name for layer in unusual().layers if layer.weights]
HEAD = EVERYTHING[EVERYTHING.index("conv_3") :]


def orders(n, epochs=3):
    rng = np.random.default_rng(4)
    return [rng.permutation(n) for _ in range(epochs)]


def train(trainer, split, trainable, seed=0):
    schedule = Schedule(trainable, BATCH, RATE, "momentum", seed=seed)
    return list(trainer.train(split.images, split.labels, orders(len(split)), schedule))


def keras_train(model, split, trainable):
    """The same batches in plain, eager Keras; gives loss and accuracy of every epoch."""
    for layer in model.layers:
        layer.trainable = layer.name in trainable
    optimizer = keras.optimizers.SGD(RATE, momentum=0.9)
    history = []
    for order in orders(len(split)):
        total, right = 0.0, 0
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            labels = split.labels[rows]
            with tf.GradientTape() as tape:
                probabilities = model(split.images[rows], training=True)
                losses = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
                loss = tf.reduce_mean(losses) + sum(model.losses)
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
            total += float(tf.reduce_sum(losses))
            right += int((probabilities.numpy().argmax(1) == labels).sum())
        history.append((total / len(split), right / len(split)))
    return history


def assert_close(found, expected, atol=1e-5):
    assert list(found) == list(expected)
    for name, arrays in expected.items():
        for array, wanted in zip(found[name], arrays, strict=True):
            np.testing.assert_allclose(array, wanted, rtol=1e-5, atol=atol, err_msg=name)


@pytest.fixture(scope="module")
def start():
    return models.initial_weights(unusual(), np.random.default_rng(1))


@pytest.fixture
def model(start):
    network = unusual()
    models.set_weights(network, start)
    return network


@pytest.mark.parametrize("trainable", [EVERYTHING, HEAD, ["bn_1", "conv_3", "dense"]])
@pytest.mark.parametrize("n_shards", [1, 2])
def test_an_epoch_is_that_of_plain_keras(model, start, image_set, trainable, n_shards):
    """Losses, weights, moving averages, penalties and constraints, whatever is frozen."""
    twin = unusual()
    models.set_weights(twin, start)
    expected = keras_train(twin, image_set.train, trainable)
    found = train(Trainer(model, n_shards=n_shards), image_set.train, trainable)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert_close(models.get_weights(model), models.get_weights(twin))
    for name, arrays in models.get_weights(model).items():
        moved = [not np.array_equal(a, b) for a, b in zip(arrays, start[name], strict=True)]
        assert any(moved) == (name in trainable), name


def test_layers_are_left_as_they_were(model, image_set):
    """What is frozen, and the softmax that is left out, are so in the trace alone."""
    config = model.get_config()
    train(Trainer(model), image_set.train, HEAD)
    assert model.get_config() == config
    assert all(layer.trainable for layer in model._flatten_layers())


def test_frozen_layers_are_computed_once(model, image_set, monkeypatch):
    calls, original = [], Features.of
    monkeypatch.setattr(
        Features, "of", lambda self, images, n: calls.append(n) or original(self, images, n)
    )
    train(Trainer(model), image_set.train, HEAD)
    assert calls == [[layer.name for layer in model.layers].index("conv_3")]


@pytest.mark.parametrize("changed", [None, EVERYTHING, HEAD, ["plain", "dense"], ["dense"]])
def test_predict_is_keras_predict(model, image_set, changed):
    """Also where what is kept ends at a softmax within the network, as before `plain`."""
    images = image_set.test.images
    trainer = Trainer(model)
    for _ in range(2):
        expected = model.predict(images, verbose=0)
        np.testing.assert_allclose(trainer.predict(images, changed), expected, atol=1e-6)


def test_statistics_are_taken_anew_along_the_axis_of_the_layer(image_set):
    """Keras's own averages after one pass with momentum 0 are the statistics of that batch."""
    made = []
    for momentum in (0.9, 0.0):
        model = sequential(
            layers.Conv2D(4, 5, strides=3, activation="gelu", name="conv"),
            layers.BatchNormalization(axis=1, momentum=momentum, name="bn_1"),
            layers.BatchNormalization(scale=False, momentum=momentum, name="bn_2"),
            layers.Flatten(name="flatten"),
        )
        models.set_weights(model, models.initial_weights(model, np.random.default_rng(1)))
        made.append(model)
    Trainer(made[0]).reestimate_batch_norm(image_set.train.images)
    made[1](image_set.train.images, training=True)
    assert_close(*map(models.get_weights, made))


def test_statistics_within_a_layer_of_keras_cannot_be_taken_anew(model, image_set):
    with pytest.raises(InputError, match="within the layer 'block'"):
        Trainer(model).reestimate_batch_norm(image_set.train.images)


# --- what is drawn at random


def dropping():
    return sequential(
        layers.Conv2D(4, 5, strides=3, name="conv"),
        layers.GaussianNoise(0.3, name="noise"),
        layers.SpatialDropout2D(0.5, name="maps"),
        layers.Flatten(name="flatten"),
    )


def trained(split, seed, python_seed=0):
    keras.utils.set_random_seed(python_seed)  # where Keras takes the seeds of its layers from
    model = dropping()
    models.set_weights(model, models.initial_weights(model, np.random.default_rng(1)))
    trainer = Trainer(model)
    histories = []
    for _ in range(2):
        models.set_weights(model, models.initial_weights(model, np.random.default_rng(1)))
        histories.append(train(trainer, split, ["dense"], seed))
    assert histories[0] == histories[1], "the trainer's second training is the first again"
    return histories[0], trainer.predict(split.images)


def test_what_is_drawn_goes_by_the_seed_of_the_training_alone(image_set):
    first, again, other = (
        trained(image_set.train, seed, python_seed)
        for seed, python_seed in ((1, 5), (1, 6), (2, 5))
    )
    assert first[0] == again[0] != other[0]
    np.testing.assert_array_equal(first[1], again[1])


def test_every_step_and_every_layer_draws_anew():
    model = dropping()
    steps = [forward.steps([model.get_layer(name)], frozenset())[0] for name in ("maps", "noise")]
    ones = tf.ones((50, 2, 2, 40))
    masks = [
        forward.run([steps[0]], ones, tf.constant(seed)).numpy()
        for seed in ((1, 0), (1, 1), (2, 0))
    ]
    assert all(set(np.unique(mask)) == {0.0, 2.0} for mask in masks)
    for mask in masks[1:]:
        assert 0.4 < (mask == masks[0]).mean() < 0.6
    (twin,) = forward.steps([layers.SpatialDropout2D(0.5, name="other")], frozenset())
    assert 0.4 < (forward.run([twin], ones, tf.constant((1, 0))).numpy() == masks[0]).mean() < 0.6
    np.testing.assert_array_equal(forward.run(steps, ones), ones)


def test_frozen_layers_before_one_that_draws_are_kept_and_not_it(image_set, monkeypatch):
    calls, original = [], Features.of
    monkeypatch.setattr(
        Features, "of", lambda self, images, n: calls.append(n) or original(self, images, n)
    )
    model = dropping()
    train(Trainer(model), image_set.train, ["dense"])
    assert calls == [[layer.name for layer in model.layers].index("noise")]
