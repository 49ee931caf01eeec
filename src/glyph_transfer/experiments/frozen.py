"""What layers of a frozen source give, computed once in a process for the images of a target."""

import tempfile
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.learning.augmentation import augment
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.features import ROWS
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol.augmentation import Augmentation

T = TypeVar("T")
SEED_OF_COPIES = 1
"""Of the copies of images that are scored: a number like any other, the same for all."""


class Frozen:
    """A source network whose layers' outputs are features.

    Args:
        network: a Sequential network; it is left as it is.
        feature_cache_mb: the most memory that the features of one set of images may take. More
            than that is kept in a temporary file.

    Attributes:
        network: the source.
    """

    def __init__(self, network: keras.Sequential, feature_cache_mb: int = 2000):
        self.network = network
        self._feature_cache_mb = feature_cache_mb
        self._trainer = Trainer(network, feature_cache_mb)
        self._features = self._trainer.features
        self._kept: dict[tuple, tuple[np.ndarray, object]] = {}
        self._twins: dict[str, Frozen] = {}

    def of(self, images: np.ndarray, layers: Sequence[str]) -> np.ndarray:
        """Give what layers make of images, flat and side by side, in the order of the network.

        Args:
            images: uint8 (n, 28, 28).
            layers: names, with weights or without.

        Returns:
            float32 (n, features).

        Raises:
            InputError: where the network has no such layer.
        """
        ends = ends_of(self.network, layers)
        sizes = [int(np.prod(self.network.layers[end - 1].output.shape[1:])) for end in ends]
        features = self._room(len(images), sum(sizes))
        for start in range(0, len(images), ROWS):
            rows, first, column = images[start : start + ROWS], 0, 0
            for end, size in zip(ends, sizes, strict=True):
                (rows,) = self._features.rows(rows, end, first)
                flat = tf.reshape(rows, (-1, size)).numpy()
                features[start : start + ROWS, column : column + size] = flat
                first, column = end, column + size
        return features

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Give the probabilities of the source's own classes, float32 (n, n_source_classes)."""
        return self._trainer.predict(images)

    def kept(self, images: np.ndarray, layers: Sequence[str]) -> np.ndarray:
        """Give what `of` gives, and keep it for the next call with this very array."""
        return self.keep(images, tuple(layers), lambda: self.of(images, layers))

    def kept_of_copies(
        self, images: np.ndarray, layers: Sequence[str], how: Augmentation, count: int
    ) -> list[np.ndarray]:
        """Give what `of` gives of changed copies of images, the same at every call, and keep it."""

        def make() -> list[np.ndarray]:
            return [self.of(copy, layers) for copy in copies(images, how, count, SEED_OF_COPIES)]

        return self.keep(images, ("copies", tuple(layers), how, count), make)

    def with_statistics_of(self, images: np.ndarray, whose: str = "labelled") -> "Frozen":
        """Give the source with the statistics of its batch normalisation taken from images.

        It is traced once, so it is the same object at every call, with the statistics of the last.

        Args:
            images: uint8 (n, 28, 28).
            whose: images of another kind than those of other calls have an object of their own.
        """
        if whose not in self._twins:
            twin = keras.models.clone_model(self.network)
            self._twins[whose] = Frozen(twin, self._feature_cache_mb)
        twin = self._twins[whose]
        twin.network.set_weights(self.network.get_weights())
        twin._trainer.reestimate_batch_norm(images)
        twin._kept.clear()
        return twin

    def keep(self, images: np.ndarray, what: tuple, make: Callable[[], T]) -> T:
        """Give what was made for this very array, or make it."""
        key = (id(images), *what)
        if key not in self._kept:
            self._kept[key] = images, make()  # the images too, so that no others have their id
        return self._kept[key][1]

    def _room(self, n_images: int, size: int) -> np.ndarray:
        if 4 * n_images * size <= 1_000_000 * self._feature_cache_mb:
            return np.empty((n_images, size), np.float32)
        with tempfile.TemporaryFile() as file:  # its space is freed with the array
            return np.memmap(file, np.float32, "w+", shape=(n_images, size))


def ends_of(network: keras.Sequential, layers: Sequence[str]) -> list[int]:
    """Give how many layers there are up to each of those that are named, in their order.

    Raises:
        InputError: that lists the layers, where there is no such one.
    """
    names = [layer.name for layer in network.layers]
    for name in layers:
        if name not in names[:-1]:
            raise InputError(
                f"a recipe takes features of the layer '{name}', but those of {network.name} "
                f"before its last one are: {', '.join(names[:-1])}"
            )
    return sorted({names.index(name) + 1 for name in layers})


def copies(images: np.ndarray, how: Augmentation, count: int, seed: int) -> list[np.ndarray]:
    """Give changed copies of uint8 (n, 28, 28), so many times all of them, of the same form."""
    given = []
    for number in range(count):
        changed = np.empty_like(images)
        for start in range(0, len(images), ROWS):
            stream = seed, number * 2**16 + start // ROWS
            changed[start : start + ROWS] = _changed(images[start : start + ROWS], how, stream)
        given.append(changed)
    return given


def _changed(images: np.ndarray, how: Augmentation, seed: tuple[int, int]) -> np.ndarray:
    changed = augment(tf.constant(images), how, tf.constant(seed))
    return tf.cast(tf.round(changed), tf.uint8).numpy()


def linear_network(
    network: keras.Sequential, layers: Sequence[str], kernel: np.ndarray, bias: np.ndarray
) -> keras.Sequential:
    """Give the network that ends in a linear head on the features of one layer of another.

    Args:
        network: the source.
        layers: the one whose output the head was fitted to.
        kernel: float32 (features, n_classes).
        bias: float32 (n_classes,).
    """
    (end,) = ends_of(network, layers)
    twin = keras.models.clone_model(network)
    whole = keras.Sequential(
        [
            keras.Input(twin.inputs[0].shape[1:], dtype=twin.inputs[0].dtype, name="images"),
            *twin.layers[:end],
            keras.layers.Flatten(name="flat_features"),
            keras.layers.Dense(len(bias), activation="softmax", name="dense_of_head"),
        ],
        name=network.name,
    )
    of_source = [array for layer in network.layers[:end] for array in layer.get_weights()]
    whole.set_weights([*of_source, kernel, bias])
    return whole
