"""A registered network as it is served: pictures in, class names and probabilities out.

MLflow keeps this file beside the network and runs it where the network is loaded, with nothing
else of the project but where a network has a layer of the project's own. A model's signature has
no input: with one, MLflow casts what it is given, and pixels from 0 to 1 become zeros.
"""

import json
from contextlib import suppress
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException

SIZE = 28
BRIGHTEST = 255


class RefusedError(MlflowException):
    """A message that stays as it was made: the server would put all pictures before it."""

    @property
    def message(self) -> str:
        """What is wrong with the pictures."""
        return self._first

    @message.setter
    def message(self, text: str) -> None:
        vars(self).setdefault("_first", text)


class GlyphModel(mlflow.pyfunc.PythonModel):
    """The network in the artifact `network`, whose classes are named in the artifact `classes`."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Load the network and the names of its classes."""
        with suppress(ImportError):  # for the residual block; other networks are Keras's own
            # first, for it has Keras take TensorFlow
            import glyph_transfer.learning.residual  # noqa: F401
        import keras

        self._network = keras.models.load_model(context.artifacts["network"])
        self._classes = json.loads(Path(context.artifacts["classes"]).read_text(encoding="utf-8"))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,  # noqa: ARG002
        model_input: np.ndarray,
        params: dict | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """Tell what pictures show.

        Args:
            context: not used.
            model_input: whole numbers (n, 28, 28) from 0 to 255, upright, white on black, of any
                numeric type.
            params: none.

        Returns:
            A row for each picture: its class, and the probability of every class.

        Raises:
            RefusedError: that says what is wrong with the pictures; a server answers with it.
        """
        images = checked(model_input)
        probabilities = np.asarray(self._network(images, training=False), np.float64)
        names = self._classes or [str(n) for n in range(probabilities.shape[1])]
        table = pd.DataFrame(probabilities, columns=[f"probability of {name}" for name in names])
        table.insert(0, "class", [names[n] for n in probabilities.argmax(axis=1)])
        return table


def checked(given: object) -> np.ndarray:
    """Give pictures as uint8 (n, 28, 28); RefusedError where they are none."""
    if isinstance(given, dict) and len(given) == 1:
        (given,) = given.values()
    try:
        images = np.asarray(given)
    except ValueError:
        raise _refused("lists of different lengths") from None
    if isinstance(given, pd.DataFrame) or images.ndim != 3 or images.shape[1:] != (SIZE, SIZE):
        raise _refused(f"{type(given).__name__} of shape {images.shape}")
    if not len(images):
        raise _refused("no picture")
    if images.dtype.kind not in "iuf":
        raise _refused(f"values of type {images.dtype}")
    if not np.isfinite(images).all() or images.min() < 0 or images.max() > BRIGHTEST:
        raise _refused(f"values from {images.min():g} to {images.max():g}")
    if images.max() <= 1 and images.max() > images.min():
        raise _refused("values from 0 to 1; multiply them by 255 and round them")
    if (images != np.floor(images)).any():
        raise _refused("values that are not whole numbers")
    for number, image in enumerate(images):
        if image.max() == image.min():
            raise _refused(f"picture {number} (counted from 0) has one brightness everywhere")
        if image.max() <= 1:
            raise _refused(f"picture {number} (counted from 0) has values from 0 to 1")
    return images.astype(np.uint8)


def _refused(found: str) -> RefusedError:
    return RefusedError.invalid_parameter_value(
        f"These are no pictures that the network can read: {found}. Expected: an array or list of "
        f"shape (n, {SIZE}, {SIZE}), whole numbers from 0 (black) to {BRIGHTEST} (white), upright, "
        "a bright glyph on a dark ground."
    )


mlflow.models.set_model(GlyphModel())
