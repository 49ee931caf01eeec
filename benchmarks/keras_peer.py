"""The contender in plain Keras, as the studies' authors write it: two threads, `fit`."""

import os
import time
from functools import cache
from pathlib import Path

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

from glyph_transfer.images.sets import SIZE

LOSS = "sparse_categorical_crossentropy"
FEATURES = ("conv_1", "bn_1", "conv_2", "bn_2")
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
    return model.evaluate(digits["x_test"], digits["y_test"], batch_size=500, verbose=0)[1]


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
    return model.evaluate(digits["x_test"], digits["y_test"], batch_size=500, verbose=0)[1]


def _fit(model: keras.Model, digits: dict, index: np.ndarray, epochs: int, rate: float) -> None:
    model.compile(keras.optimizers.Adam(rate), LOSS, metrics=["accuracy"])
    x, y = digits["x_train"][index], digits["y_train"][index]
    model.fit(x, y, batch_size=10, epochs=epochs, verbose=0)


@cache
def compiled(path: Path) -> keras.Model:
    """Load an untrained network and compile it for many steps a call."""
    model = keras.models.load_model(path)
    model.compile("adam", LOSS, metrics=["accuracy"], steps_per_execution=50)
    return model


def epoch(path: Path, images: np.ndarray, labels: np.ndarray, batch_size: int) -> float:
    """Seconds of one epoch of source training."""
    started = time.perf_counter()
    compiled(path).fit(images, labels, batch_size=batch_size, epochs=1, verbose=0)
    return time.perf_counter() - started


def matrix_products() -> float:
    """Operations a second of products of large matrices: the most that two threads reach."""
    matrices = tf.random.normal((2, SIDE, SIDE))
    tf.matmul(*matrices)
    started = time.perf_counter()
    for _ in range(PRODUCTS):
        tf.matmul(*matrices)
    return PRODUCTS * 2 * SIDE**3 / (time.perf_counter() - started)
