"""The networks, published and ours, as the layers after the images; layers have names.

Every public function here is a network, known by its name: from the number of classes, and
hyper-parameters where it has any, to its layers, the last of which gives as many probabilities
by a softmax. To add a network, add a function: nothing else lists them. Layers of any kind can be
used; those that `known` names are fast.
"""

from glyph_transfer.errors import InputError
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.residual import Residual

layers = keras.layers


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


def _paired_convolutions(*filters: int, dropout: float = 0.25) -> list[layers.Layer]:
    """Blocks of two convolutions, each with its batch norm, a pool and dropout."""
    blocks = []
    for block, width in enumerate(filters, start=1):
        for number in (2 * block - 1, 2 * block):
            blocks += [
                layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv_{number}"),
                layers.BatchNormalization(name=f"bn_{number}"),
            ]
        blocks.append(layers.MaxPooling2D(name=f"pool_{block}"))
        if dropout:
            blocks.append(layers.Dropout(dropout, name=f"dropout_{block}"))
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

    Raises:
        InputError: where the width or the dropout is another.
    """
    if not (width > 0 and 0 <= dropout <= 0.99):
        raise InputError(
            f"cnn_s5c cannot have the width {width} and the dropout {dropout}: the width has to "
            "be above 0, the dropout from 0 up to 0.99"
        )
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


def glyphnet(n_classes: int) -> list[layers.Layer]:
    """Ours, to start from: 318,202 parameters with 26 classes, 896 of them not trainable.

    Wider than `vgg_small`, and with one layer on top, so that what its last block gives are
    features for other characters too.
    """
    return [
        *_paired_convolutions(32, 64, 128, dropout=0),
        layers.Dropout(0.4, name="dropout"),
        layers.Dense(n_classes, activation="softmax", name="dense"),
    ]
