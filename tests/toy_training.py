"""A trainer that keeps what it is told, and variants of a tiny network to train with it."""

import numpy as np

from glyph_transfer.experiments import training
from glyph_transfer.learning import models
from glyph_transfer.learning.backend import keras
from glyph_transfer.protocol import Phase, Training, Variant

FEATURES = ["conv_1", "bn_1", "conv_2", "bn_2"]
TRAINING = Training(optimizer="momentum", batch_size=10, batch_norm_momentum=0.8)


def phase(train="all", epochs=1, learning_rate=0.01, **other):
    return Phase(train=train, epochs=epochs, learning_rate=learning_rate, **other)


def variant(load=(), phases=None, **other):
    return Variant(sources=["letters"], load=list(load), phases=phases or [phase()], **other)


HEAD_THEN_ALL = variant(FEATURES, [phase(["dense"], 2, 0.01), phase("all", 1, 0.001)])


class Watched:
    """Stands in for a trainer: keeps what it is told, and moves every weight by one."""

    def __init__(self, model):
        self.model = model
        self.phases = []
        self.prepared = []
        self.reestimated = []
        self.scored = []

    def prepare(self, schedule, n_images):
        assert not self.phases, "the clock runs"
        self.prepared.append((vars(schedule), n_images))

    def train(self, images, labels, orders, schedule):
        now = models.get_weights(self.model)
        given = {"images": images, "labels": labels, "orders": orders, "weights": now}
        self.phases.append(given | vars(schedule))
        models.set_weights(self.model, {k: [a + 1 for a in v] for k, v in now.items()})
        return iter([(len(self.phases), epoch / 10) for epoch in range(len(orders))])

    def predict(self, images, changed):
        """Give what is known of no image; note after which epochs it was asked."""
        self.scored.append((images, changed))
        return np.full((len(images), 3), 1 / 3, np.float32)

    def reestimate_batch_norm(self, images):
        self.reestimated.append((images, len(self.phases)))


def trained(trainer, chosen, source, split, rng, scoring=None):
    """Start and train a network; give its history."""
    training.start(trainer, chosen, source, rng)
    return training.train(trainer, chosen, TRAINING, split, rng, scoring)


def watch(model, chosen, source, split, seed=3):
    watched = Watched(model)
    rng = np.random.default_rng(seed)
    return watched, trained(watched, chosen, source, split, rng)


def assert_same(found, expected):
    for array, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, wanted)


def by_keras(network, images, layers):
    """What layers give of images, flat and side by side, by Keras itself."""
    outputs = [network.get_layer(name).output for name in layers]
    given = keras.Model(network.inputs, outputs).predict(images, verbose=0)
    given = given if len(outputs) > 1 else [given]
    return np.concatenate([np.reshape(each, (len(images), -1)) for each in given], 1)
