"""Finished networks, averaged."""

import numpy as np

from glyph_transfer.experiments.networks import finished_trainer_of
from glyph_transfer.experiments.outcome import NO_HISTORY, Outcome
from glyph_transfer.experiments.plan import Job
from glyph_transfer.images.sets import ImageSet
from glyph_transfer.scores import accuracy


def combine(job: Job, images: ImageSet) -> Outcome:
    """Average the probabilities that an ensemble's members give.

    Of those that it takes the best of, that is the one with the highest accuracy on the
    validation images, the first of equals.
    """
    members = [_probabilities(member, images) for member in job.members]
    if job.best_of:
        candidates = [_probabilities(candidate, images) for candidate in job.best_of]
        labels = images.validation.labels
        members.append(max(candidates, key=lambda given: accuracy(given[1], labels)))
    test, validation = (np.mean(given, 0) for given in zip(*members, strict=True))
    return Outcome(NO_HISTORY, test, validation)


def _probabilities(job: Job, images: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    """Give what a finished network makes of test and validation images."""
    trainer = finished_trainer_of(job)
    return trainer.predict(images.test.images), trainer.predict(images.validation.images)
