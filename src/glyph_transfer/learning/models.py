"""The networks, published and ours: raw images in, class probabilities out, layers named."""

import inspect
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.files import replacing
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.residual import Residual

layers = keras.layers

Weights = dict[str, list[np.ndarray]]
"""Layer name -> the layer's arrays, float32, in Keras's order; only layers with weights."""


def cnn_s1(n_classes: int) -> list[layers.Layer]:
    """S1: 1,199,882 parameters with 10 classes, 1,201,946 with 26."""
    return _two_convolutions(64, n_classes)


def tominet(n_classes: int) -> list[layers.Layer]:
    """S2: 12,201 parameters with 9 classes, 96 of them not trainable."""
    return [
        layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_1"),
        layers.MaxPooling2D(name="pool_1"),
        layers.BatchNormalization(name="bn_1"),
        layers.Conv2D(16, 3, padding="same", activation="relu", name="conv_2"),
        layers.MaxPooling2D(name="pool_2"),
        layers.BatchNormalization(name="bn_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s3(n_classes: int) -> list[layers.Layer]:
    """S3, whose author gives no sizes: those of the Keras example of this experiment."""
    return _two_convolutions(32, n_classes)


def _two_convolutions(filters: int, n_classes: int) -> list[layers.Layer]:
    return [
        layers.Conv2D(32, 3, activation="relu", name="conv_1"),
        layers.Conv2D(filters, 3, activation="relu", name="conv_2"),
        layers.MaxPooling2D(name="pool"),
        layers.Dropout(0.25, name="dropout_1"),
        layers.Flatten(name="flatten"),
        layers.Dense(128, activation="relu", name="dense_1"),
        layers.Dropout(0.5, name="dropout_2"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s4(n_classes: int) -> list[layers.Layer]:
    """S4's source network: 3,136 features, one hidden layer on top."""
    return [
        *_paired_convolutions(32, 64),
        *_hidden(1, 512, dropout=0.5),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s4_transfer(n_classes: int) -> list[layers.Layer]:
    """S4's target network on transferred features: three hidden layers."""
    return [
        *_paired_convolutions(32, 64),
        *_hidden(1, 512, dropout=0.5),
        *_hidden(2, 256, dropout=0),
        *_hidden(3, 128, dropout=0.2),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s4_scratch(n_classes: int) -> list[layers.Layer]:
    """S4's target network from scratch: as `cnn_s4_transfer`, with other dropout."""
    return [
        *_paired_convolutions(32, 64),
        *_hidden(1, 512, dropout=0.5),
        *_hidden(2, 256, dropout=0.2),
        *_hidden(3, 128, dropout=0.2),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def _paired_convolutions(*filters: int) -> list[layers.Layer]:
    """Blocks of two convolutions, each with its batch norm, a pool and dropout."""
    blocks = []
    for block, width in enumerate(filters, start=1):
        for number in (2 * block - 1, 2 * block):
            blocks += [
                layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv_{number}"),
                layers.BatchNormalization(name=f"bn_{number}"),
            ]
        blocks += [
            layers.MaxPooling2D(name=f"pool_{block}"),
            layers.Dropout(0.25, name=f"dropout_{block}"),
        ]
    return [*blocks, layers.Flatten(name="features")]


def _hidden(number: int, units: int, dropout: float) -> list[layers.Layer]:
    hidden = [
        layers.Dense(units, activation="relu", name=f"dense_{number}"),
        layers.BatchNormalization(name=f"dense_bn_{number}"),
    ]
    if dropout:
        hidden.append(layers.Dropout(dropout, name=f"dense_dropout_{number}"))
    return hidden


def cnn_s5a(n_classes: int) -> list[layers.Layer]:
    """S5 (a): 2,838,746 parameters with 26 classes."""
    return [
        layers.Conv2D(32, 3, activation="relu", name="conv_1"),
        layers.MaxPooling2D(name="pool_1"),
        layers.Flatten(name="flatten"),
        layers.Dense(512, activation="relu", name="dense_1"),
        layers.Dense(128, activation="relu", name="dense_2"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s5b(n_classes: int) -> list[layers.Layer]:
    """S5 (b): 424,602 parameters with 26 classes."""
    return [
        layers.Conv2D(32, 5, padding="same", activation="relu", name="conv_1"),
        layers.MaxPooling2D(name="pool_1"),
        layers.Conv2D(64, 3, padding="same", activation="relu", name="conv_2"),
        layers.MaxPooling2D(name="pool_2"),
        layers.Conv2D(128, 3, padding="same", activation="relu", name="conv_3"),
        layers.MaxPooling2D(name="pool_3"),
        layers.Flatten(name="flatten"),
        layers.Dense(256, activation="relu", name="dense_1"),
        layers.Dense(128, activation="relu", name="dense_2"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def cnn_s5c(n_classes: int, width: float = 1.0, dropout: float = 0.5) -> list[layers.Layer]:
    """S5 (c): 851,866 parameters with 26 classes. The author gives no dropout rates.

    Args:
        n_classes: number of classes.
        width: factor on the filters and hidden units, which are rounded, to at least 1.
        dropout: rate before the last layer, 0 to 0.99; half of it after each pool.
    """
    filters_1, filters_2, units = (max(1, round(width * size)) for size in (32, 64, 512))
    return [
        layers.Conv2D(filters_1, 3, activation="relu", name="conv_1"),
        layers.MaxPooling2D(name="pool_1"),
        layers.Dropout(dropout / 2, name="dropout_1"),
        layers.Conv2D(filters_2, 3, activation="relu", name="conv_2"),
        layers.MaxPooling2D(name="pool_2"),
        layers.Dropout(dropout / 2, name="dropout_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(units, activation="relu", name="dense_1"),
        layers.Dropout(dropout, name="dropout_3"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def vgg_small(n_classes: int) -> list[layers.Layer]:
    """VGG-like: 228,106 parameters with 26 classes, 960 of them not trainable.

    Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image
    recognition": paired 3x3 convolutions, with batch norm and dropout as in `cnn_s4`.
    """
    return [
        *_paired_convolutions(16, 32, 64),
        *_hidden(1, 256, dropout=0.5),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


def resnet_small(n_classes: int) -> list[layers.Layer]:
    """ResNet-like: 307,322 parameters with 26 classes, 1,376 of them not trainable.

    He et al. 2016, "Deep residual learning for image recognition": 28x28 pixels become
    14x14, 7x7 and 4x4, with twice the channels each time.
    """
    return [
        layers.Conv2D(16, 3, padding="same", activation="relu", name="conv_1"),
        layers.BatchNormalization(name="bn_1"),
        Residual(32, name="residual_1"),
        Residual(64, name="residual_2"),
        Residual(128, name="residual_3"),
        layers.GlobalAveragePooling2D(name="features"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]


MODELS = {
    network.__name__: network
    for network in (
        cnn_s1,
        tominet,
        cnn_s3,
        cnn_s4,
        cnn_s4_transfer,
        cnn_s4_scratch,
        cnn_s5a,
        cnn_s5b,
        cnn_s5c,
        vgg_small,
        resnet_small,
    )
}
"""Name -> function from the number of classes, and hyper-parameters where a network has any,
to the layers after the images."""


def build(
    name: str, n_classes: int, batch_norm_momentum: float = 0.99, **hyperparameters: float
) -> keras.Sequential:
    """Build the network `name`: uint8 (n, 28, 28) in, float32 (n, n_classes) that sum to 1 out.

    Args:
        name: in `MODELS`.
        n_classes: number of classes.
        batch_norm_momentum: of the moving averages of all batch norms.
        hyperparameters: those of the network's function beyond the number of classes.

    Raises:
        InputError: that lists what is known, where `name` is no network or the network takes
            no such hyper-parameter.
    """
    if name not in MODELS:
        raise InputError(f"unknown model '{name}'; the models are: {', '.join(MODELS)}")
    _check_hyperparameters(name, hyperparameters)
    network = keras.Sequential(
        [
            keras.Input((SIZE, SIZE), dtype="uint8", name="images"),
            layers.Rescaling(1 / 255, name="scale"),
            layers.Reshape((SIZE, SIZE, 1), name="channel"),
            *MODELS[name](n_classes, **hyperparameters),
        ],
        name=name,
    )
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization | Residual):
            layer.momentum = batch_norm_momentum
    return network


def _check_hyperparameters(name: str, asked: Iterable[str]) -> None:
    known = [key for key in inspect.signature(MODELS[name]).parameters if key != "n_classes"]
    unknown = [key for key in asked if key not in known]
    if unknown:
        raise InputError(
            f"the model '{name}' has no hyper-parameter '{unknown[0]}'; "
            f"those that it has are: {', '.join(known) or 'none'}"
        )


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
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # Keras reads on past a wrong checksum
        if damaged:
            raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
        return keras.models.load_model(path)
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: not a readable Keras network ({error}). "
            "Run `dvc repro` to make it again, after removing the file."
        ) from error
