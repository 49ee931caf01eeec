"""Trainings of the tiny network: in given orders, by ours and by Keras's `fit`."""

import numpy as np

from glyph_transfer.learning import models
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.training import Schedule

RATE = 0.003
BATCH = 12  # 40 images: the last batch has 4
EVERYTHING = ["conv_1", "bn_1", "conv_2", "bn_2", "dense"]


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
