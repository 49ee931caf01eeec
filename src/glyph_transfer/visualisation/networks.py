"""Single networks of a study, trained again, and what their layers make of images."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import replicate, results
from glyph_transfer.experiments.plan import Job
from glyph_transfer.learning import forward, models
from glyph_transfer.learning.backend import keras, tf
from glyph_transfer.learning.residual import Residual

DRAW = 0
"""The draw whose networks are shown: the first, whatever came of it."""

_SHOWN = (
    keras.layers.Conv2D,
    keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.BatchNormalization,
    keras.layers.Dense,
    Residual,
)


@dataclass(frozen=True)
class Network:
    """A network of a study, and the source network that it began as, None if from scratch."""

    source: str
    after: keras.Sequential
    before: keras.Sequential | None


def first_jobs(jobs: list[Job], sources: Iterable[str]) -> list[Job]:
    """Give a job for each source, in their order: that of its first cell on the draw shown."""
    first = {job.cell.source: job for job in reversed(jobs) if job.draw == DRAW}
    return [first[source] for source in sources]


def retrain(jobs: Iterable[Job], study_folder: Path, temporary: Path) -> list[Network]:
    """Train replicates again to have their networks, a cell's draw each.

    Args:
        jobs: of finished replicates.
        study_folder: with their results.
        temporary: an empty folder.

    Raises:
        InputError: where a network does not predict what its replicate did.
    """
    return [_retrain(job, study_folder, temporary) for job in jobs]


def _retrain(job: Job, study_folder: Path, temporary: Path) -> Network:
    path = temporary / f"{job.cell}.keras"
    again = replace(job, result=path.with_suffix(".npz"))
    replicate.train(again, path)
    trained = results.load_result(again.result)
    file = results.cell_file(study_folder, job.cell)
    stored = results.load(file)
    if not (
        np.array_equal(trained.predicted, stored.predicted[job.draw])
        and np.array_equal(trained.probability, stored.probability[job.draw])
    ):
        raise InputError(
            f"{file}: draw {job.draw}, trained again, predicts something else than was stored. "
            "Equal results are promised for equal machines and code: force the study's stage."
        )
    before = models.load(job.source_network) if job.source_network else None
    return Network(job.cell.source, models.load(path), before)


def outputs(network: keras.Sequential, images: np.ndarray) -> dict[str, np.ndarray]:
    """Give what every layer makes of images, in inference mode.

    Args:
        network: whose last layer is a softmax, which is left out.
        images: uint8 (n, 28, 28).

    Returns:
        Layer name -> float32 (n, features); only layers that compute something.
    """
    x = tf.constant(images)
    given = {}
    for layer in network.layers:
        x = forward.run(forward.steps([layer], frozenset()), x)
        if isinstance(layer, _SHOWN):
            given[layer.name] = x.numpy().reshape(len(images), -1)
    return given
