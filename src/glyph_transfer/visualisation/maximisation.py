"""Activation maximisation: the image that a filter responds to most (Erhan et al. 2009)."""

import numpy as np

from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import forward
from glyph_transfer.learning.backend import keras, tf

STEPS, RATE = 100, 0.03
"""Of gradient ascent; a step changes pixels, from 0 to 1, by `RATE` in the root mean square."""

NOISE = 0.2
"""Standard deviation of the noise about mid-grey that every ascent starts from."""


def maximise(
    network: keras.Sequential, layer: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Raise the mean activation of every filter of a layer, each by an image of its own.

    Args:
        network: a published network; batch normalisation runs on its moving averages.
        layer: name of a convolution.
        rng: of the noise.

    Returns:
        float32 (filters, 28, 28), from 0 to 1, and float32 (filters,), the mean activations
        reached. A filter that is 0 on its noise has no gradient, and its image stays noise.
    """
    names = [each.name for each in network.layers]
    shown = network.layers[names.index("channel") + 1 : names.index(layer) + 1]
    steps = forward.steps(shown, frozenset())
    filters = network.get_layer(layer).filters

    def activations(images: tf.Tensor) -> tf.Tensor:
        return tf.linalg.diag_part(tf.reduce_mean(forward.run(steps, images), axis=(1, 2)))

    @tf.function(autograph=False)
    def ascend(images: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(activations(images))
        slope = tape.gradient(total, images)
        size = tf.sqrt(tf.reduce_mean(slope**2, axis=(1, 2, 3), keepdims=True))
        return tf.clip_by_value(images + RATE * tf.math.divide_no_nan(slope, size), 0.0, 1.0)

    noise = rng.normal(0.5, NOISE, (filters, SIZE, SIZE, 1)).clip(0, 1)
    images = tf.constant(noise, tf.float32)
    for _ in range(STEPS):
        images = ascend(images)
    return images.numpy()[..., 0], activations(images).numpy()
