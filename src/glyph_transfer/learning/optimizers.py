"""Optimizers as one fused TensorFlow operation per variable, equal to Keras's.

Each has the methods `reset`, which forgets its state as a new optimizer would, and `apply`,
which moves the variables by one step along their gradients.

With Keras's own in the same traced loop a step takes 1.12 times as long for Adam on TomiNet with
batches of 10, 1.06 times with its head alone, 1.11 times for Adadelta on the head of `cnn_s1` with
batches of 512, and 0.99 to 1.07 times for momentum: processor time on one core of an AMD EPYC,
ratio of the medians of 12 rounds in turns; `python -m benchmarks optimizers` measures it again.
"""

from glyph_transfer.learning.backend import tf


def _zeros_like(variables: list[tf.Variable]) -> list[tf.Variable]:
    return [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]


class Adam:
    """Adam (Kingma and Ba 2015) with Keras's defaults for all but the learning rate."""

    BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7

    def __init__(self, variables: list[tf.Variable]):
        self._variables = variables
        self._first, self._second = _zeros_like(variables), _zeros_like(variables)
        self._power_1 = tf.Variable(self.BETA_1, trainable=False)
        self._power_2 = tf.Variable(self.BETA_2, trainable=False)

    def reset(self) -> None:
        """Forget all moments."""
        for variable in (*self._first, *self._second):
            variable.assign(tf.zeros_like(variable))
        self._power_1.assign(self.BETA_1)
        self._power_2.assign(self.BETA_2)

    def apply(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Update the variables by one step."""
        for variable, first, second, gradient in zip(
            self._variables, self._first, self._second, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=first.handle,
                v=second.handle,
                beta1_power=self._power_1,
                beta2_power=self._power_2,
                lr=learning_rate,
                beta1=self.BETA_1,
                beta2=self.BETA_2,
                epsilon=self.EPSILON,
                grad=gradient,
            )
        self._power_1.assign(self._power_1 * self.BETA_1)
        self._power_2.assign(self._power_2 * self.BETA_2)


class Adadelta:
    """Adadelta (Zeiler 2012) with Keras's decay and epsilon."""

    RHO, EPSILON = 0.95, 1e-7

    def __init__(self, variables: list[tf.Variable]):
        self._variables = variables
        self._gradients, self._updates = _zeros_like(variables), _zeros_like(variables)

    def reset(self) -> None:
        """Forget both running averages."""
        for variable in (*self._gradients, *self._updates):
            variable.assign(tf.zeros_like(variable))

    def apply(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Update the variables by one step."""
        for variable, squares, updates, gradient in zip(
            self._variables, self._gradients, self._updates, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdadelta(
                var=variable.handle,
                accum=squares.handle,
                accum_update=updates.handle,
                lr=learning_rate,
                rho=self.RHO,
                epsilon=self.EPSILON,
                grad=gradient,
            )


class Momentum:
    """Stochastic gradient descent with momentum 0.9, as Keras writes it."""

    MOMENTUM = 0.9

    def __init__(self, variables: list[tf.Variable]):
        self._variables = variables
        self._velocities = _zeros_like(variables)

    def reset(self) -> None:
        """Forget the velocities."""
        for variable in self._velocities:
            variable.assign(tf.zeros_like(variable))

    def apply(self, gradients: list[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Update the variables by one step."""
        for variable, velocity, gradient in zip(
            self._variables, self._velocities, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyKerasMomentum(
                var=variable.handle,
                accum=velocity.handle,
                lr=learning_rate,
                grad=gradient,
                momentum=self.MOMENTUM,
            )


OPTIMIZERS = {"adam": Adam, "adadelta": Adadelta, "momentum": Momentum}
