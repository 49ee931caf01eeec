"""Batch normalisation of a batch in shards, by the statistics of all of it.

Ioffe and Szegedy 2015, "Batch normalization: accelerating deep network training by reducing
internal covariate shift", algorithm 1 and the gradients below it.
"""

from typing import NamedTuple

from glyph_transfer.learning.backend import tf

Shards = list[tf.Tensor]
"""A batch, divided along its first axis: parts that TensorFlow can compute side by side."""


class Statistics(NamedTuple):
    """Of every channel, float32 (channels,); the variance is the biased one, as Keras's."""

    mean: tf.Tensor
    variance: tf.Tensor


def normalize(
    shards: Shards, scale: tf.Tensor, offset: tf.Tensor, statistics: Statistics, epsilon: float
) -> Shards:
    """Normalise images, float32 (n, height, width, channels), by given statistics."""
    mean, variance = statistics
    return [
        tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=scale,
            offset=offset,
            mean=mean,
            variance=variance,
            epsilon=epsilon,
            is_training=False,
        ).y
        for x in shards
    ]


def normalize_by_batch(
    shards: Shards, scale: tf.Tensor, offset: tf.Tensor, epsilon: float
) -> tuple[Shards, Statistics]:
    """Normalise images, float32 (n, height, width, channels), by their own statistics."""
    if len(shards) == 1:
        return _normalize_at_once(shards[0], scale, offset, epsilon)
    *outputs, mean, variance = _normalize_together(shards, scale, offset, epsilon)
    return outputs, Statistics(mean, variance)


def _normalize_at_once(x, scale, offset, epsilon) -> tuple[Shards, Statistics]:
    """In one operation, which is the fastest on one core."""
    normalized = tf.raw_ops.FusedBatchNormV3(
        x=x, scale=scale, offset=offset, mean=[], variance=[], epsilon=epsilon, is_training=True
    )
    size = tf.cast(tf.size(x) / tf.size(scale), tf.float32)
    # the operation gives the unbiased variance
    variance = normalized.batch_variance * (size - 1) / size
    return [normalized.y], Statistics(normalized.batch_mean, variance)


def _normalize_together(shards, scale, offset, epsilon) -> list[tf.Tensor]:
    """Give the normalised shards, the mean and the variance; these two have no gradient."""

    @tf.custom_gradient
    def function(scale, offset, *shards):
        size = tf.cast(tf.add_n([tf.size(x) for x in shards]) / tf.size(scale), tf.float32)
        statistics = _statistics(shards, size)
        outputs = normalize(shards, scale, offset, statistics, epsilon)

        def gradient(*upstream):
            by_shard = [
                _gradient(dy, x, scale, statistics, epsilon)
                for dy, x in zip(upstream[:-2], shards, strict=True)
            ]
            d_scale = tf.add_n([each.scale_backprop for each in by_shard])
            d_offset = tf.add_n([each.offset_backprop for each in by_shard])
            # the mean and the variance depend on every image of the batch
            inverse = tf.math.rsqrt(statistics.variance + epsilon)
            slope = scale * tf.square(inverse) * d_scale / size
            shift = scale * inverse * d_offset / size - slope * statistics.mean
            d_shards = [
                each.x_backprop - (x * slope + shift)
                for each, x in zip(by_shard, shards, strict=True)
            ]
            return d_scale, d_offset, *d_shards

        return (*outputs, *statistics), gradient

    return function(scale, offset, *shards)


def _statistics(shards: Shards, size: tf.Tensor) -> Statistics:
    """Of all shards together, with `size` values in a channel."""
    mean = tf.add_n([tf.reduce_sum(x, (0, 1, 2)) for x in shards]) / size
    squares = [tf.reduce_sum(tf.math.squared_difference(x, mean), (0, 1, 2)) for x in shards]
    return Statistics(mean, tf.add_n(squares) / size)


def _gradient(dy, x, scale, statistics: Statistics, epsilon: float):
    """Gradients through `normalize`, as if the statistics were constants."""
    return tf.raw_ops.FusedBatchNormGradV3(
        y_backprop=dy,
        x=x,
        scale=scale,
        reserve_space_1=statistics.mean,
        reserve_space_2=statistics.variance,
        reserve_space_3=[],
        epsilon=epsilon,
        is_training=False,
    )
