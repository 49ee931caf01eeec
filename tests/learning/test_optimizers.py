"""Every optimizer against Keras's."""

from functools import partial

import numpy as np
import pytest

from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.optimizers import OPTIMIZERS

SHAPES = [(4, 3), (3,)]


def gradients(steps):
    """Gradients of many sizes, some of them zero, as dead units give."""
    rng = np.random.default_rng(0)
    scales = 10.0 ** rng.integers(-6, 2, (steps, 1))
    return [
        [
            tf.constant(scale * rng.normal(size=s) * (rng.random(s) > 0.2), tf.float32)
            for s in SHAPES
        ]
        for scale in scales
    ]


def fresh_variables():
    rng = np.random.default_rng(1)
    return [tf.Variable(rng.normal(size=shape).astype(np.float32)) for shape in SHAPES]


KERAS = {
    "adam": keras.optimizers.Adam,
    "adadelta": keras.optimizers.Adadelta,
    "momentum": partial(keras.optimizers.SGD, momentum=0.9),
}


def keras_steps(name, steps, learning_rate):
    variables = [keras.Variable(v.numpy()) for v in fresh_variables()]
    optimizer = KERAS[name](learning_rate)
    for step in steps:
        optimizer.apply_gradients(zip(step, variables, strict=True))
    return [variable.numpy() for variable in variables]


def assert_close(found, expected, learning_rate):
    """To a thousandth of the longest step: a misplaced epsilon or exponent shows at once."""
    for variable, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), wanted, rtol=0, atol=1e-3 * learning_rate)


def test_the_table_has_every_optimizer():
    assert set(KERAS) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", KERAS)
@pytest.mark.parametrize("learning_rate", [0.001, 0.1])
def test_steps_are_keras_steps(name, learning_rate):
    variables = fresh_variables()
    optimizer = OPTIMIZERS[name](variables)
    for step in gradients(20):
        optimizer.apply(step, tf.constant(learning_rate))
    assert_close(variables, keras_steps(name, gradients(20), learning_rate), learning_rate)


@pytest.mark.parametrize("name", KERAS)
def test_after_a_reset_it_is_a_new_optimizer(name):
    """Every moment and the step count: each alone changes the first steps."""
    variables = fresh_variables()
    optimizer = OPTIMIZERS[name](variables)
    for step in gradients(5):
        optimizer.apply(step, tf.constant(0.1))
    optimizer.reset()
    for variable, value in zip(variables, fresh_variables(), strict=True):
        variable.assign(value)
    for step in gradients(8):
        optimizer.apply(step, tf.constant(0.1))
    assert_close(variables, keras_steps(name, gradients(8), 0.1), 0.1)


@pytest.mark.parametrize("name", KERAS)
def test_a_missing_gradient_is_refused(name):
    optimizer = OPTIMIZERS[name](fresh_variables())
    with pytest.raises(ValueError, match="shorter"):
        optimizer.apply(gradients(1)[0][:1], tf.constant(0.1))
