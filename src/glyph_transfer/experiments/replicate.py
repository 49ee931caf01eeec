"""One replicate: read its images and its source, draw, train, score, write.

An ensemble has finished networks averaged in the place of training.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from glyph_transfer.experiments import ensembles, recipe, results, seen
from glyph_transfer.experiments.inputs import images_of
from glyph_transfer.experiments.networks import shapes_of_start, start_of
from glyph_transfer.experiments.outcome import Outcome
from glyph_transfer.experiments.plan import Job
from glyph_transfer.experiments.training import Scoring
from glyph_transfer.images import sets
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.learning import models
from glyph_transfer.protocol import ENSEMBLE, Recipe
from glyph_transfer.seeds import generator


def check(job: Job) -> None:
    """Raise InputError where the job's variant, draw or source cannot work."""
    images = images_of(job.cell.target, job.target, job.seed)
    index = _labelled(job, images)
    if job.cell.model != ENSEMBLE:
        labels = images.train.labels[index]
        seen.check(job, labels)
        recipe.check(_recipe(job), shapes_of_start(job), labels, images.n_classes)
        if job.network is not None:
            recipe.check_network(job.variant)


def train(job: Job, network: Path | None = None) -> None:
    """Train and score one replicate and write its result, and its network if asked to."""
    started = time.perf_counter()
    images = images_of(job.cell.target, job.target, job.seed)
    index = _labelled(job, images)
    if job.cell.model == ENSEMBLE:
        outcome = ensembles.combine(job, images)
    else:
        outcome = _trained(job, images, index, network or job.network)
    result = results.score(job, index, outcome, images, started)
    if job.keeps_features:
        kept = seen.see(start_of(job).frozen, images, index, job.variant.features)
        result = replace(result, **kept)
    results.save_result(result, job.result)


def _labelled(job: Job, images: ImageSet) -> np.ndarray:
    """Rows of the training images that are labelled."""
    rng = generator(job.seed, "draw", job.cell.target, job.draw)
    return sets.sample(images.train.labels, job.cell.n_train, job.sampling, rng)


def _recipe(job: Job) -> Recipe:
    """What the job does, with the training of its study where its variant has no other."""
    return job.variant.model_copy(update=job.training.model_dump())


def _trained(job: Job, images: ImageSet, index: np.ndarray, network: Path | None) -> Outcome:
    """Learn the images in `index`, and keep the network that is made in the file `network`."""
    rng = generator(job.seed, "training", job.cell.target, job.draw)
    scoring = Scoring(images.test, job.score_every) if job.score_every else None
    made = recipe.apply(_recipe(job), start_of(job), images, index, rng, scoring)
    if network is not None:
        models.save(made.network, network)
    return made.outcome
