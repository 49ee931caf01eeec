"""What a frozen source sees of labelled images: what scores of sources are made of."""

from typing import TYPE_CHECKING

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.plan import Job
from glyph_transfer.images.sets import ImageSet

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.experiments.frozen import Frozen


def check(job: Job, labels: np.ndarray) -> None:
    """Raise InputError where images are to be left out one by one, and a class has but one.

    Args:
        job: whose study may ask for scores of sources.
        labels: integers (n,), of the labelled images.
    """
    _, counts = np.unique(labels, return_counts=True)
    if job.keeps_features and counts.min() < 2:
        raise InputError(
            f"{job.cell}: {(counts < 2).sum()} of {len(counts)} classes have one labelled image, "
            "but the study's 'forecasts' leave out every image once, which needs two of each "
            f"class: an 'n_train' of {2 * len(counts)} at least"
        )


def see(
    frozen: "Frozen", images: ImageSet, index: np.ndarray, layers: list[str]
) -> dict[str, np.ndarray]:
    """Give what a source makes of labelled images, as fields of a `Result`.

    Args:
        frozen: the source.
        images: the target.
        index: integers (n,), rows of the training images that are labelled.
        layers: whose outputs, side by side, are the features.
    """
    features = frozen.kept(images.train.images, layers)[index]
    return {
        "features": coordinates(features),
        "n_features": np.int32(features.shape[1]),
        "source_probabilities": frozen.classify(images.train.images[index]),
        "labels": images.train.labels[index],
    }


def coordinates(features: np.ndarray) -> np.ndarray:
    """Rotate n images' features (n, d) into n dimensions at most.

    Inner products of images, and with them lengths, angles and whatever is the same in all
    rotations, stay as they are.

    Returns:
        float32 (n, min(n, d)); features of no more dimensions than images are given as they are.
    """
    if features.shape[1] <= len(features):
        return features
    vectors, singular, _ = np.linalg.svd(features.astype(np.float64), full_matrices=False)
    return (vectors * singular).astype(np.float32)
