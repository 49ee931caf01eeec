"""One replicate: read its images and its source, draw, train, score, write.

An ensemble has finished networks averaged in the place of training.
"""

import time
from pathlib import Path

import numpy as np

from glyph_transfer.experiments import ensembles, results, training, variants
from glyph_transfer.experiments.inputs import images_of
from glyph_transfer.experiments.networks import source_weights, trainer_of
from glyph_transfer.experiments.outcome import Outcome
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.training import Scoring
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.learning import models
from glyph_transfer.protocol import ENSEMBLE
from glyph_transfer.seeds import generator


def check(job: Job) -> None:
    """Raise InputError where the job's variant, draw or source cannot work."""
    images = images_of(job.cell.target, job.target, job.seed)
    sets.sample(images.train.labels, job.cell.n_train, job.sampling, generator(0))
    if job.cell.model == ENSEMBLE:
        return
    if job.source_job:  # not trained yet, but known in its shapes
        source = models.get_weights(trainer_of(job.source_job).model)
    else:
        source = source_weights(job.source, job.source_digest)
    variants.check(job.variant, models.get_weights(trainer_of(job).model), source)


def train(job: Job, network: Path | None = None) -> None:
    """Train and score one replicate and write its result, and its network if asked to."""
    started = time.perf_counter()
    images = images_of(job.cell.target, job.target, job.seed)
    rng = generator(job.seed, "draw", job.cell.target, job.draw)
    index = sets.sample(images.train.labels, job.cell.n_train, job.sampling, rng)
    if job.cell.model == ENSEMBLE:
        outcome = ensembles.combine(job, images)
    else:
        outcome = _trained(job, images, index, network or job.network)
    result = results.score(job.fingerprint, index, outcome, images, started)
    results.save_result(result, job.result)


def _trained(job: Job, images: ImageSet, index: np.ndarray, network: Path | None) -> Outcome:
    """Train a network on the images in `index`, and keep it in the file `network`."""
    trainer, source = trainer_of(job), source_weights(job.source_network, job.source_digest)
    rng = generator(job.seed, "training", job.cell.target, job.draw)
    scoring = Scoring(images.test, job.score_every) if job.score_every else None
    training.start(trainer, job.variant, source, rng)
    history = training.train(trainer, job.variant, job.training, images.train[index], rng, scoring)
    if network is not None:
        models.save(trainer.model, network)
    return training.predict(trainer, job.variant, history, images)
