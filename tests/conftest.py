"""Small sets of asymmetric glyphs, tiny networks, and an empty MLflow store."""

import shutil

import numpy as np
import pytest

from glyph_transfer.images.sets import ImageSet, Split

pytest_plugins = ["webserver"]

# No glyph is its own transpose, flip or negative, and each has another number of pixels.
GLYPHS = {
    "F": ["####", "#...", "###.", "#...", "#..."],
    "L": ["#...", "#...", "#...", "#...", "###."],
    "q": [".###", ".#.#", ".###", "...#", "...#"],
}


def _split(n: int, seed: int) -> Split:
    """Glyphs at random places on noise; `index` neither starts at 0 nor ascends."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % len(GLYPHS)).astype(np.uint8)
    images = rng.integers(0, 60, (n, 28, 28)).astype(np.uint8)
    drawn = [np.array([[c == "#" for c in row] for row in rows]) for rows in GLYPHS.values()]
    for image, label in zip(images, labels, strict=True):
        top, left = rng.integers(0, [8, 12])
        image[top : top + 20, left : left + 16] |= np.kron(
            drawn[label], np.full((4, 4), 192, np.uint8)
        )
    return Split(images, labels, rng.permutation(n).astype(np.int32) + 1000)


@pytest.fixture(scope="session")
def image_set() -> ImageSet:
    """A set of three classes: 40 train, 12 validation, 25 test images."""
    return ImageSet(tuple(GLYPHS), _split(40, 1), _split(12, 2), _split(25, 3))


@pytest.fixture(scope="session")
def build_tiny():
    """Builder of a network with every kind of layer of the published ones, tiny."""
    from glyph_transfer.learning.backend import keras

    layers = keras.layers

    def build(n_classes: int = 3, momentum: float = 0.8) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.Input((28, 28), dtype="uint8"),
                layers.Rescaling(1 / 255, name="scale"),
                layers.Reshape((28, 28, 1), name="channel"),
                layers.Conv2D(3, 5, strides=2, activation="relu", name="conv_1"),
                layers.MaxPooling2D(name="pool_1"),
                layers.BatchNormalization(momentum=momentum, name="bn_1"),
                layers.Conv2D(4, 3, padding="same", activation="relu", name="conv_2"),
                layers.BatchNormalization(momentum=momentum, name="bn_2"),
                layers.Flatten(name="flatten"),
                layers.Dense(n_classes, activation="softmax", name="dense"),
            ]
        )

    return build


@pytest.fixture(scope="session")
def scramble():
    """Give a network weights that no layer has by accident, batch-norm statistics included."""

    def run(model, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for weight in model.weights:
            if weight.name in ("gamma", "moving_variance"):
                weight.assign(rng.uniform(0.5, 2, weight.shape))
            elif weight.name == "kernel":
                # balanced, so that relu cuts every channel somewhere: one that it never cuts
                # has no gradient for its bias before batch normalisation, and Adam then makes
                # whole steps out of rounding
                kernel = rng.normal(0, 1, weight.shape).reshape(-1, weight.shape[-1])
                kernel -= kernel.mean(axis=0)
                weight.assign(kernel.reshape(weight.shape) / np.sqrt(len(kernel)))
            else:
                weight.assign(rng.normal(0, 0.05, weight.shape))

    return run


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A new store takes MLflow seconds to set up, a copy of one no time."""
    from glyph_transfer.tracking import client

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    client.MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(empty_store, tmp_path, monkeypatch):
    """Work in an empty folder with an empty store; gives the folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(empty_store, "mlflow.db")
    # by its full path, since MLflow keeps connections by their address
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return tmp_path
