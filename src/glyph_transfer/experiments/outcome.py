"""What a replicate's networks gave, before it is scored."""

from dataclasses import dataclass

import numpy as np

NOTHING = np.zeros(0, np.float32)


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes:
        loss, accuracy: float32 (epochs,), on the training images in every epoch.
        scored: int32 (k,), epochs, from 1, after which the test images were scored.
        test_loss, test_accuracy: float32 (k,), of these scores.
        seconds: spent on training; scoring and tracing are apart.
        last_scored: probabilities of the test images, float32 (n, n_classes), where they were
            scored at the very end; None where they were not.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    scored: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    seconds: float
    last_scored: np.ndarray | None = None


NO_HISTORY = History(NOTHING, NOTHING, NOTHING.astype(np.int32), NOTHING, NOTHING, 0.0)
"""Of what is not trained."""


def history_of(
    epochs: list[tuple[float, float]],
    scores: dict[int, tuple[float, float]],
    seconds: float,
    last_scored: np.ndarray | None,
) -> History:
    """Give the history of a training.

    Args:
        epochs: loss and accuracy on the training images in every epoch, one at least.
        scores: epoch, from 1, -> loss and accuracy on the test images after it.
        seconds, last_scored: see `History`.
    """
    curves = np.array(epochs, np.float32).T
    test_curves = np.array([*scores.values()], np.float32).reshape(-1, 2).T
    return History(*curves, np.array([*scores], np.int32), *test_curves, seconds, last_scored)


@dataclass(frozen=True)
class Outcome:
    """A history, and probabilities, float32 (n, n_classes), of test and validation images."""

    history: History
    test: np.ndarray
    validation: np.ndarray
