"""The code of a registered network for one's own images, which MLflow runs to load it."""

from pathlib import Path

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import BAD_REQUEST
from mlflow.pyfunc import PythonModel

from glyph_transfer.errors import InputError
from glyph_transfer.own.predicting import Network
from glyph_transfer.own.requests import pictures_of


class RefusedError(MlflowException):
    """A message that stays as it was made: the server would put all pictures before it."""

    @property
    def message(self) -> str:
        """What is wrong with the pictures."""
        return self._first

    @message.setter
    def message(self, text: str) -> None:
        vars(self).setdefault("_first", text)


class Served(PythonModel):
    """Pictures in, classes with their probabilities out."""

    def load_context(self, context) -> None:
        """Load the network."""
        self.network = Network(Path(context.artifacts["network"]))

    def predict(self, context, model_input, params=None) -> pd.DataFrame:  # noqa: ARG002
        """Classify pictures; what cannot be one is refused in words."""
        try:
            images = [self.network.prepare(each) for each in pictures_of(model_input)]
        except InputError as error:
            raise RefusedError(str(error), error_code=BAD_REQUEST) from error
        answers = self.network.answers_of(images)
        return pd.DataFrame(
            {
                "class": [each.name for each in answers],
                "probability": [each.probability for each in answers],
                "runner_up": [each.runner_up for each in answers],
                "probability_of_runner_up": [each.of_runner_up for each in answers],
            }
        )


set_model(Served())
