"""Dropout by as few random bits as its rate needs."""

import zlib
from collections.abc import Callable

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.batch_normalization import Shards

LEVELS = 256
"""A rate is rounded to a whole number of so many parts: 0.25 and 0.5 are exact."""


def stream(name: str) -> int:
    """Give the first number of a layer's own random stream.

    By the layer's name and not by its place: what is drawn is the same where the layers before
    it are not run.
    """
    return zlib.crc32(name.encode()) >> 2


def dropout(layer: keras.layers.Dropout) -> Callable[[Shards, tf.Tensor | None], Shards]:
    """Give the step that drops: random bits are what dropping costs.

    It leaves its input as it is where it is given no seed.
    """
    first = stream(layer.name)
    dropped = round(LEVELS * layer.rate)
    scale = LEVELS / (LEVELS - dropped)

    def step(shards, seed):
        if seed is None:
            return shards
        sizes = [tf.size(x) for x in shards]
        masks = tf.split(_mask(tf.add_n(sizes), dropped, seed + (first, 0)), sizes)
        return [
            x * (tf.cast(tf.reshape(mask, tf.shape(x)), tf.float32) * scale)
            for x, mask in zip(shards, masks, strict=True)
        ]

    return step


def _mask(n: tf.Tensor, dropped: int, seed: tf.Tensor) -> tf.Tensor:
    """Draw n booleans, of which on average `dropped` in 256 are false.

    A random byte is compared for its highest bits, then, doubled without a carry until the next
    ones are the highest, for those.
    """
    bits = next(bits for bits in (1, 2, 4, 8) if dropped % (LEVELS >> bits) == 0)
    words = tf.random.stateless_uniform(
        [(n * bits + 31) // 32], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    random = tf.reshape(tf.bitcast(words, tf.uint8), [-1])
    kept = [random * 2**place >= dropped for place in range(0, 8, bits)]
    return tf.concat(kept, 0)[:n]
