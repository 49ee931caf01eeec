"""Networks by name: built, with their weights, saved and loaded."""

import functools
import inspect
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import check_zip, reading, replacing
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import networks
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.residual import Residual

layers = keras.layers

Weights = dict[str, list[np.ndarray]]
"""Layer name -> the layer's arrays, float32, in Keras's order; only layers with weights."""


def by_name() -> dict[str, Callable[..., list[layers.Layer]]]:
    """Give name -> function of every network: of what is public in `networks` and takes classes."""
    return {
        name: function
        for name, function in vars(networks).items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), None) == "n_classes"
    }


def build(
    name: str, n_classes: int, batch_norm_momentum: float = 0.99, **hyperparameters: float
) -> keras.Sequential:
    """Build the network `name`: uint8 (n, 28, 28) in, float32 (n, n_classes) that sum to 1 out.

    Args:
        name: of a function in `networks`.
        n_classes: number of classes.
        batch_norm_momentum: of the moving averages of all batch norms.
        hyperparameters: those of the network's function beyond the number of classes.

    Raises:
        InputError: that lists what is known, where `name` is no network or the network takes
            no such hyper-parameter; or where its last layer gives something else than a
            probability for each class.
    """
    known = by_name()
    if name not in known:
        raise InputError(f"unknown model '{name}'; the models are: {', '.join(known)}")
    _check_hyperparameters(name, known[name], hyperparameters)
    network = keras.Sequential(
        [
            keras.Input((SIZE, SIZE), dtype="uint8", name="images"),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Reshape((SIZE, SIZE, 1), name="channel"),
            *known[name](n_classes, **hyperparameters),
        ],
        name=name,
    )
    _check_end(network, n_classes)
    for layer in network._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = batch_norm_momentum
    return network


@functools.cache
def layer_names(name: str, n_classes: int) -> list[str]:
    """List the layers with weights of the network `name`: those that can be loaded and trained."""
    return [layer.name for layer in build(name, n_classes).layers if layer.weights]


@functools.cache
def feature_names(name: str, n_classes: int) -> list[str]:
    """List the layers of the network `name` whose outputs can be features: all but the last."""
    return [layer.name for layer in build(name, n_classes).layers[:-1]]


def _check_hyperparameters(name: str, function: Callable, asked: Iterable[str]) -> None:
    known = [key for key in inspect.signature(function).parameters if key != "n_classes"]
    unknown = [key for key in asked if key not in known]
    if unknown:
        raise InputError(
            f"the model '{name}' has no hyper-parameter '{unknown[0]}'; "
            f"those that it has are: {', '.join(known) or 'none'}"
        )


def _check_end(network: keras.Sequential, n_classes: int) -> None:
    """Refuse what cannot be trained: the loss is taken of what the softmax at the end is given."""
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    if activation is not keras.activations.softmax or last.output.shape != (None, n_classes):
        raise InputError(
            f"the model '{network.name}' ends in {type(last).__name__} '{last.name}' with outputs "
            f"of shape {last.output.shape} and the activation "
            f"{getattr(activation, '__name__', activation)}; it has to end in a layer with the "
            f"shape (None, {n_classes}) and the activation softmax, such as "
            "Dense(n_classes, activation='softmax')"
        )


def initial_weights(model: keras.Sequential, rng: np.random.Generator) -> Weights:
    """Draw fresh weights: Glorot-uniform kernels, batch norm at identity, as Keras's defaults.

    Drawn by NumPy so that they depend on `rng` alone. Glorot and Bengio 2010,
    "Understanding the difficulty of training deep feedforward neural networks". Layers of other
    kinds, or with initializers of their own, draw by these, from seeds that `rng` gives.
    """
    return {layer.name: _initial_arrays(layer, rng) for layer in model.layers if layer.weights}


def _initial_arrays(layer: layers.Layer, rng: np.random.Generator) -> list[np.ndarray]:
    if type(layer) in _GLOROT and _has_default_initializers(layer):
        return [_initial_array(weight.name, weight.shape, rng) for weight in layer.weights]
    return _initialized_by_keras(layer, rng)


_GLOROT = (layers.Conv2D, layers.Dense, layers.BatchNormalization, Residual)
"""Layers that Keras gives Glorot-uniform kernels, and batch norms at identity."""


def _has_default_initializers(layer: layers.Layer) -> bool:
    defaults = {
        "kernel_initializer": "GlorotUniform",
        "gamma_initializer": "Ones",
        "moving_variance_initializer": "Ones",
    }
    return all(
        isinstance(value, dict)
        and value["class_name"] == defaults.get(key, "Zeros")
        and value["config"].get("seed") is None
        for key, value in layer.get_config().items()
        if key.endswith("_initializer")
    )


def _initial_array(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if name == "kernel":
        receptive_field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (receptive_field * (shape[-2] + shape[-1])))
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    is_scale = name in ("gamma", "moving_variance")
    return np.ones(shape, np.float32) if is_scale else np.zeros(shape, np.float32)


def _initialized_by_keras(layer: layers.Layer, rng: np.random.Generator) -> list[np.ndarray]:
    """Weights of a new layer of the same configuration.

    Keras takes the seeds of its initializers from Python's own generator, which is left as it
    was.
    """
    state = random.getstate()
    random.seed(int(rng.integers(2**31)))
    try:
        twin = type(layer).from_config(layer.get_config())
        twin.build_from_config(layer.get_build_config())
    finally:
        random.setstate(state)
    return twin.get_weights()


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
    with reading(path, "a readable Keras network"):
        check_zip(path)  # Keras reads on past a wrong checksum
        return keras.models.load_model(path)
