"""TomiNet of several replicates as one network: a prototype, which the trainer does without.

A replicate of S2 takes its 500 steps in batches of ten, which leave much of a core idle. So here
replicates learn side by side: as groups of channels of one convolution, or as products of their
kernels with patches of their images, the first layer's kept for all epochs.
"""

from collections.abc import Callable
from time import perf_counter

from benchmarks.timing import alternate
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning.backend import tf
from glyph_transfer.learning.optimizers import Adam

STEPS, BATCH, CLASSES = 100, 10, 10
MIDDLE, LAST = SIZE // 2, SIZE // 4
FILTERS = 32, 16
EPSILON = 0.001
"""Of batch normalisation, as Keras has it."""


def seconds_of_steps(
    forms: list[tuple[str, int]], rounds: int
) -> dict[tuple[str, int], list[float]]:
    """Seconds of a step of one replicate, a value a round, of each form with so many at once."""
    loops = {each: traced(*each) for each in forms}
    for loop in loops.values():
        loop()
    calls = {
        each: lambda _, loop=loop, count=each[1]: _timed(loop, count)
        for each, loop in loops.items()
    }
    return alternate(calls, rounds)


def _timed(loop: Callable[[], object], count: int) -> float:
    started = perf_counter()
    loop()
    return (perf_counter() - started) / (STEPS * count)


def traced(form: str, count: int) -> Callable[[], object]:
    """Give `STEPS` steps of so many replicates as one traced call."""
    images = tf.random.stateless_uniform((count, 10 * BATCH, SIZE, SIZE), (0, 1))
    labels = tf.random.stateless_uniform((count, 10 * BATCH), (0, 2), 0, CLASSES, tf.int32)
    weights = [tf.Variable(each) for each in initial(count)]
    optimizer, forward = Adam(weights), {"grouped": grouped, "patches": patches}[form]
    prepared = patches_of(images) if form == "patches" else tf.transpose(images, (1, 2, 3, 0))
    axis = 1 if form == "patches" else 0

    def body(step):
        rows = tf.range(BATCH) + BATCH * (step % 10)
        with tf.GradientTape() as tape:
            logits = forward(tf.gather(prepared, rows, axis=axis), weights)
            loss = losses(logits, tf.gather(labels, rows, axis=1))
        optimizer.apply(tape.gradient(loss, weights), tf.constant(0.001))
        return step + 1

    run = tf.function(lambda: tf.while_loop(lambda step: step < STEPS, body, (0,)), autograph=False)
    return run.get_concrete_function()


def initial(count: int) -> list:
    """Weights of so many replicates, the first axis theirs; small, and the same at every call."""
    first, second = FILTERS
    shapes = [(9, first), (first,), (first,), (first,),
              (9 * first, second), (second,), (second,), (second,),
              (LAST * LAST * second, CLASSES), (CLASSES,)]  # fmt: skip
    return [
        0.05 * tf.random.stateless_normal((count, *shape), (1, number))
        for number, shape in enumerate(shapes)
    ]


def losses(logits, labels):
    """Sum over replicates of their mean cross-entropies; logits (replicates, n, classes)."""
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.reduce_sum(tf.reduce_mean(each, axis=1))


def grouped(images, weights):
    """Logits (replicates, n, classes) of images (n, 28, 28, replicates)."""
    kernel, bias, scale, shift, kernel_2, bias_2, scale_2, shift_2, dense, dense_bias = weights
    count, n = kernel.shape[0], images.shape[0]

    def block(inputs, kernel, bias, scale, shift):
        channels = kernel.shape[1] // 9
        of_all = tf.transpose(tf.reshape(kernel, (count, 3, 3, channels, -1)), (1, 2, 3, 0, 4))
        of_all = tf.reshape(of_all, (3, 3, channels, -1))
        given = tf.nn.conv2d(inputs, of_all, 1, "SAME") + tf.reshape(bias, (-1,))
        pooled = tf.nn.max_pool2d(tf.nn.relu(given), 2, 2, "SAME")
        return normalised(pooled, tf.reshape(scale, (-1,)), tf.reshape(shift, (-1,)), (0, 1, 2))

    inner = block(images, kernel, bias, scale, shift)
    features = block(inner, kernel_2, bias_2, scale_2, shift_2)
    features = tf.transpose(tf.reshape(features, (n, LAST * LAST, count, -1)), (2, 0, 1, 3))
    return tf.reshape(features, (count, n, -1)) @ dense + dense_bias[:, None]


def patches(inputs, weights):
    """Logits (replicates, n, classes) of patches (replicates, n, 28, 28, 9)."""
    kernel, bias, scale, shift, kernel_2, bias_2, scale_2, shift_2, dense, dense_bias = weights
    count, n = inputs.shape[:2]

    def block(inputs, size, kernel, bias, scale, shift):
        rows = tf.reshape(inputs, (count, n * size * size, -1))
        given = tf.nn.relu(rows @ kernel + bias[:, None])
        pooled = tf.nn.max_pool2d(tf.reshape(given, (count * n, size, size, -1)), 2, 2, "SAME")
        pooled = tf.reshape(pooled, (count, n, size // 2, size // 2, -1))
        scale, shift = (each[:, None, None, None] for each in (scale, shift))
        return normalised(pooled, scale, shift, (1, 2, 3))

    inner = block(inputs, SIZE, kernel, bias, scale, shift)
    features = block(patches_of(inner), MIDDLE, kernel_2, bias_2, scale_2, shift_2)
    return tf.reshape(features, (count, n, -1)) @ dense + dense_bias[:, None]


def patches_of(inputs):
    """Neighbourhoods of 3x3 of (replicates, n, size, size) or with channels, on the last axis."""
    inputs = inputs if len(inputs.shape) == 5 else inputs[..., None]
    size = inputs.shape[2]
    wide = tf.pad(inputs, ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0)))
    shifted = [wide[:, :, y : y + size, x : x + size] for y in range(3) for x in range(3)]
    return tf.concat(shifted, axis=-1)


def normalised(inputs, scale, shift, axes):
    """Inputs normalised over axes, as batch normalisation does while it learns."""
    mean, variance = tf.nn.moments(inputs, axes, keepdims=True)
    return (inputs - mean) * tf.math.rsqrt(variance + EPSILON) * scale + shift
