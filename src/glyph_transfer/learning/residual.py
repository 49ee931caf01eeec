"""The residual block of the ResNet-like network, one layer to all that trains and saves it."""

from glyph_transfer.learning.backend import keras, tf

layers = keras.layers


@keras.saving.register_keras_serializable("glyph_transfer")
class Residual(layers.Layer):
    """Two convolutions beside a projection, which halve the height and the width.

    He et al. 2016, "Deep residual learning for image recognition", figure 2 with the
    projection of section 3.3: 3x3 with stride 2, batch norm, relu, 3x3, batch norm; added to
    1x1 with stride 2 and batch norm; relu. Float32 (n, height, width, channels) in,
    (n, height / 2, width / 2, filters) out, rounded up. The convolutions have no bias, which
    the batch norms would take away again.

    Args:
        filters: of all three convolutions.
        momentum: of all three batch norms; it can be set later.
        options: those of every Keras layer.
    """

    def __init__(self, filters: int, momentum: float = 0.99, **options):
        super().__init__(**options)
        self.filters = filters
        self.conv_1 = _convolution(filters, 3, 2, "conv_1")
        self.bn_1 = layers.BatchNormalization(name="bn_1")
        self.conv_2 = _convolution(filters, 3, 1, "conv_2")
        self.bn_2 = layers.BatchNormalization(name="bn_2")
        self.projection = _convolution(filters, 1, 2, "projection")
        self.projection_bn = layers.BatchNormalization(name="projection_bn")
        self.momentum = momentum

    @property
    def momentum(self) -> float:
        """Momentum of the batch norms' moving averages."""
        return self.bn_1.momentum

    @momentum.setter
    def momentum(self, momentum: float) -> None:
        for layer in (self.bn_1, self.bn_2, self.projection_bn):
            layer.momentum = momentum

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of `shape`: (None, height, width, channels)."""
        halved = self.conv_1.compute_output_shape(shape)
        for layer in (self.conv_1, self.projection):
            layer.build(shape)
        for layer in (self.bn_1, self.conv_2, self.bn_2, self.projection_bn):
            layer.build(halved)

    def call(self, x: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Run the block, on the statistics of the batch if `training`."""
        inside = tf.nn.relu(self.bn_1(self.conv_1(x), training=training))
        inside = self.bn_2(self.conv_2(inside), training=training)
        return tf.nn.relu(inside + self.projection_bn(self.projection(x), training=training))

    def get_config(self) -> dict[str, object]:
        """Give what it takes to build the block again."""
        return super().get_config() | {"filters": self.filters, "momentum": self.momentum}


def _convolution(filters: int, size: int, strides: int, name: str) -> layers.Conv2D:
    return layers.Conv2D(filters, size, strides, padding="same", use_bias=False, name=name)
