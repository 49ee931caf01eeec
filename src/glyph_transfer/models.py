"""The published networks: raw images in, class probabilities out, every layer named."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from glyph_transfer.backend import keras
from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing

layers = keras.layers

Weights = dict[str, list[np.ndarray]]
"""Layer name -> the layer's arrays, float32, in Keras's order; only layers with weights."""


def tominet(n_classes: int, batch_norm_momentum: float = 0.99) -> keras.Sequential:
    """Build S2's network: 12,201 parameters with 9 classes, 96 of them not trainable.

    Takes uint8 (n, 28, 28), gives float32 (n, n_classes) that sum to 1.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8", name="images"),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Reshape((28, 28, 1), name="channel"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_1"),
            layers.MaxPooling2D(name="pool_1"),
            layers.BatchNormalization(momentum=batch_norm_momentum, name="bn_1"),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="conv_2"),
            layers.MaxPooling2D(name="pool_2"),
            layers.BatchNormalization(momentum=batch_norm_momentum, name="bn_2"),
            layers.Flatten(name="flatten"),
            layers.Dense(n_classes, activation="softmax", name="dense"),
        ],
        name="tominet",
    )


MODELS: dict[str, Callable[[int, float], keras.Sequential]] = {"tominet": tominet}


def build(name: str, n_classes: int, batch_norm_momentum: float) -> keras.Sequential:
    """Build the network `name`; InputError that lists the known ones where it is unknown."""
    if name not in MODELS:
        raise InputError(f"unknown model '{name}'; the models are: {', '.join(MODELS)}")
    return MODELS[name](n_classes, batch_norm_momentum)


def initial_weights(model: keras.Sequential, rng: np.random.Generator) -> Weights:
    """Draw fresh weights as Keras's defaults do: Glorot-uniform kernels, BN at identity.

    Drawn by NumPy so that they depend on `rng` alone. Glorot and Bengio 2010,
    "Understanding the difficulty of training deep feedforward neural networks".
    """
    return {
        layer.name: [_initial_array(weight.name, weight.shape, rng) for weight in layer.weights]
        for layer in model.layers
        if layer.weights
    }


def _initial_array(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name == "kernel":
        receptive_field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (receptive_field * (shape[-2] + shape[-1])))
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    if name in ("gamma", "moving_variance"):
        return np.ones(shape, np.float32)
    if name in ("bias", "beta", "moving_mean"):
        return np.zeros(shape, np.float32)
    raise ValueError(f"no initial value is known for a weight named '{name}'")


def get_weights(model: keras.Sequential) -> Weights:
    """Copy of the network's weights."""
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def set_weights(model: keras.Sequential, weights: Weights) -> None:
    """Set the weights of the layers that `weights` names."""
    for name, arrays in weights.items():
        model.get_layer(name).set_weights(arrays)


def save(model: keras.Sequential, path: Path) -> None:
    """Save as a .keras file, whole or not at all; equal networks give equal bytes.

    Keras puts the time of saving into the file and into the archive's entries, and memory
    addresses beside the data types that layers share; all are taken out, so that DVC sees
    the same network as the same file, whichever process wrote it.
    """
    original = io.BytesIO()
    with replacing(path) as temporary:
        model.save(temporary)
        original.write(temporary.read_bytes())
        with zipfile.ZipFile(original) as old, zipfile.ZipFile(temporary, "w") as new:
            for name in sorted(old.namelist()):
                content = old.read(name)
                if name.endswith(".json"):
                    content = json.dumps(json.loads(content, object_hook=_lasting)).encode()
                new.writestr(zipfile.ZipInfo(name), content)


def _lasting(fields: dict[str, object]) -> dict[str, object]:
    passing = ("date_saved", "shared_object_id")
    return {key: value for key, value in fields.items() if key not in passing}


def load(path: Path) -> keras.Sequential:
    """Load a .keras file that `save` wrote; InputError where it is missing or corrupt."""
    try:
        return keras.models.load_model(path)
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: not a readable Keras network ({error}). "
            "Run `dvc repro` to make it again, after removing the file."
        ) from error
