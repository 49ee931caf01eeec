"""What the cell of a study that is shown gets wrong, summed over its draws."""

import numpy as np
import pandas as pd

from glyph_transfer.experiments.results import CellResults, Tested
from glyph_transfer.protocol import Cell

SHOWN = 24
"""Mistakes that are listed and shown."""


def confusion(cell: Cell, done: CellResults, tested: Tested) -> pd.DataFrame:
    """Count how often each class of the test images was taken for each other one.

    Returns:
        `cell`, `actual`, `predicted`, `predictions` (summed over draws), `draws`; a row for
        every pair of classes.
    """
    n, draws = tested.n_classes, len(done.predicted)
    pairs = tested.labels.astype(int) * n + done.predicted
    return pd.DataFrame(
        {
            "cell": str(cell),
            "actual": np.repeat(tested.classes, n),
            "predicted": np.tile(tested.classes, n),
            "predictions": np.bincount(pairs.ravel(), minlength=n * n),
            "draws": draws,
        }
    )


def worst(cell: Cell, done: CellResults, tested: Tested) -> pd.DataFrame:
    """List the test images whose true class got the least probability, mean over draws.

    Returns:
        At most `SHOWN` rows: `cell`, `image` (row of the test split), `actual`, `predicted`
        (the most frequent wrong class), `wrong_draws`, `draws`, `probability`. An image that
        every draw got right is not among them.
    """
    labels, classes = tested.labels, np.array(tested.classes)
    wrong = (done.predicted != labels).sum(axis=0)
    probability = done.probability.mean(axis=0)
    order = np.argsort(probability, kind="stable")
    images = order[wrong[order] > 0][:SHOWN]
    return pd.DataFrame(
        {
            "cell": str(cell),
            "image": images,
            "actual": classes[labels[images]],
            "predicted": [classes[_wrong_class(done, labels, image)] for image in images],
            "wrong_draws": wrong[images],
            "draws": len(done.predicted),
            "probability": probability[images].astype(float).round(6),
        }
    )


def _wrong_class(done: CellResults, labels: np.ndarray, image: int) -> int:
    given = done.predicted[:, image]
    return int(np.bincount(given[given != labels[image]]).argmax())
