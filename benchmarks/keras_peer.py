"""The contender in plain Keras, two threads: as the studies' authors write it, and with skill.

An author builds a new network and calls `fit` for every replicate. A skilled user compiles each
phase once, runs many steps in a call, and sets weights and optimizer back.
"""

import os
import sys
import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# which the program turns on for itself: what is compared is the program, not TensorFlow's build
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"

import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)

import keras
from keras import layers

from benchmarks import inputs
from glyph_transfer.images.sets import SIZE
from glyph_transfer.protocol.augmentation import Augmentation

LOSS = "sparse_categorical_crossentropy"
FEATURES = ("conv_1", "bn_1", "conv_2", "bn_2")
STEPS_IN_A_CALL = 10
SIDE, PRODUCTS = 2048, 30


def tominet() -> keras.Sequential:
    """S2's network."""
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_1"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9, name="bn_1"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv_2"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9, name="bn_2"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="dense"),
        ]
    )


@cache
def data(path: Path) -> dict[str, np.ndarray]:
    """Read a set once, as floats from 0 to 1."""
    with np.load(path) as arrays:
        return {
            "x_train": arrays["train_images"][..., None].astype(np.float32) / 255,
            "y_train": arrays["train_labels"],
            "x_test": arrays["test_images"][..., None].astype(np.float32) / 255,
            "y_test": arrays["test_labels"],
        }


def replicates(target: Path, source: Path, draws: list[np.ndarray]) -> tuple[float, list[float]]:
    """Train from scratch and from the source on every draw: seconds, and all accuracies."""
    digits = data(target)
    pretrained = keras.models.load_model(source)
    started = time.perf_counter()
    accuracies = [from_scratch(digits, index) for index in draws]
    accuracies += [head_then_finetune(digits, index, pretrained) for index in draws]
    return time.perf_counter() - started, accuracies


def from_scratch(digits: dict, index: np.ndarray) -> float:
    """50 epochs of everything."""
    keras.backend.clear_session()
    model = tominet()
    _fit(model, digits, index, 50, 0.001)
    return _accuracy(model, digits)


def head_then_finetune(digits: dict, index: np.ndarray, pretrained: keras.Model) -> float:
    """35 epochs of the new head, then 15 of everything at a tenth of the rate."""
    keras.backend.clear_session()
    model = tominet()
    for name in FEATURES:
        model.get_layer(name).set_weights(pretrained.get_layer(name).get_weights())
        model.get_layer(name).trainable = False
    _fit(model, digits, index, 35, 0.001)
    for name in FEATURES:
        model.get_layer(name).trainable = True
    _fit(model, digits, index, 15, 0.0001)
    return _accuracy(model, digits)


def _fit(model: keras.Model, digits: dict, index: np.ndarray, epochs: int, rate: float) -> None:
    model.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
    _fit_compiled(model, digits, index, epochs)


def skilled_replicates(
    target: Path, source: Path, draws: list[np.ndarray]
) -> tuple[float, list[float]]:
    """Train as `replicates` does, with networks that are compiled once for all of them."""
    pretrained = keras.models.load_model(source)
    phases(target)
    started = time.perf_counter()
    accuracies = [_skilled(target, index, None) for index in draws]
    accuracies += [_skilled(target, index, pretrained) for index in draws]
    return time.perf_counter() - started, accuracies


class Phase:
    """A network that is compiled once, and can be set back to the start of a phase."""

    def __init__(self, frozen: tuple[str, ...], rate: float):
        self.model = tominet()
        for name in frozen:
            self.model.get_layer(name).trainable = False
        optimizer = keras.optimizers.Adam(rate)
        self.model.compile(
            optimizer, LOSS, metrics=["accuracy"], steps_per_execution=STEPS_IN_A_CALL
        )
        optimizer.build(self.model.trainable_variables)
        self._fresh = [variable.numpy() for variable in optimizer.variables[2:]]

    def reset(self, weights: list[np.ndarray]) -> None:
        """Set weights, and the optimizer as it is before its first step."""
        self.model.set_weights(weights)
        iteration, _, *moments = self.model.optimizer.variables
        iteration.assign(0)
        for variable, value in zip(moments, self._fresh, strict=True):
            variable.assign(value)


@cache
def phases(target: Path) -> tuple[Phase, Phase, Phase]:
    """Build, and compile by running, training from scratch, of the head, and fine-tuning."""
    built = Phase((), 0.001), Phase(FEATURES, 0.001), Phase((), 0.0001)
    digits, first = data(target), np.arange(100)
    for phase in built:
        _fit_compiled(phase.model, digits, first, 1)
        _accuracy(phase.model, digits)
    return built


def _skilled(target: Path, index: np.ndarray, pretrained: keras.Model | None) -> float:
    digits = data(target)
    scratch, head, everything = phases(target)
    fresh = tominet()
    if pretrained is None:
        scratch.reset(fresh.get_weights())
        _fit_compiled(scratch.model, digits, index, 50)
        return _accuracy(scratch.model, digits)
    for name in FEATURES:
        fresh.get_layer(name).set_weights(pretrained.get_layer(name).get_weights())
    head.reset(fresh.get_weights())
    _fit_compiled(head.model, digits, index, 35)
    everything.reset(head.model.get_weights())
    _fit_compiled(everything.model, digits, index, 15)
    return _accuracy(everything.model, digits)


def _fit_compiled(model: keras.Model, digits: dict, index: np.ndarray, epochs: int) -> None:
    x, y = digits["x_train"][index], digits["y_train"][index]
    model.fit(x, y, batch_size=10, epochs=epochs, verbose=0)


def _accuracy(model: keras.Model, digits: dict) -> float:
    return model.evaluate(digits["x_test"], digits["y_test"], batch_size=500, verbose=0)[1]


@cache
def compiled(path: Path) -> keras.Model:
    """Load an untrained network and compile it for many steps a call."""
    model = keras.models.load_model(path)
    model.compile("adam", LOSS, metrics=["accuracy"], steps_per_execution=50)
    return model


def epoch(path: Path, images: np.ndarray, labels: np.ndarray, batch_size: int) -> float:
    """Seconds of one epoch of source training, with the program's changes of images if any."""
    changes = inputs.augmentation(path.stem)
    started = time.perf_counter()
    if changes is None:
        compiled(path).fit(images, labels, batch_size=batch_size, epochs=1, verbose=0)
    else:
        compiled(path).fit(_changed(images, labels, batch_size, changes), epochs=1, verbose=0)
    return time.perf_counter() - started


def _changed(images, labels, batch_size: int, changes: Augmentation) -> tf.data.Dataset:
    """Batches in random order, changed side by side with training.

    By the program's function on this process's TensorFlow, which has threads of its own.
    """
    sys.modules["glyph_transfer.learning.backend"] = SimpleNamespace(tf=tf, keras=keras)
    from glyph_transfer.learning.augmentation import augment

    def change(x, y):
        seed = tf.random.uniform((2,), maxval=2**31 - 1, dtype=tf.int32)
        return augment(x, changes, seed), y

    batches = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(images))
    return batches.batch(batch_size).map(change, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def matrix_products() -> float:
    """Operations a second of products of large matrices: the most that two threads reach."""
    matrices = tf.random.normal((2, SIDE, SIDE))
    tf.matmul(*matrices)
    started = time.perf_counter()
    for _ in range(PRODUCTS):
        tf.matmul(*matrices)
    return PRODUCTS * 2 * SIDE**3 / (time.perf_counter() - started)
