"""Optimizers as one fused TensorFlow operation per variable, equal to Keras's."""

from glyph_transfer.backend import tf


class Adam:
    """Adam (Kingma and Ba 2015) with Keras's defaults for all but the learning rate."""

    BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7

    def __init__(self, variables: list[tf.Variable]):
        self._variables = variables
        self._first = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
        self._second = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
        self._power_1 = tf.Variable(self.BETA_1, trainable=False)
        self._power_2 = tf.Variable(self.BETA_2, trainable=False)

    def reset(self) -> None:
        """Forget all moments, as a new optimizer would."""
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
