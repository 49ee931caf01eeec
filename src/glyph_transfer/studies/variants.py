"""What is loaded from the source, what learns, and in which phases."""

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.images.sets import Split
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.params import Phase, Variant


def check(variant: Variant, weights: models.Weights, source: models.Weights | None) -> None:
    """Raise InputError where a variant does not fit its network or its source.

    Args:
        variant: layers to load, and phases.
        weights: of the network to be trained.
        source: weights of the source network, None where the variant loads nothing.
    """
    trained = [name for phase in variant.phases for name in trained_layers(phase, weights)]
    for name in (*variant.load, *trained):
        if name not in weights:
            raise InputError(
                f"a variant names the layer '{name}', but the layers with weights are: "
                f"{', '.join(weights)}"
            )
    for name in variant.load:
        found = [array.shape for array in source.get(name, [])]
        expected = [array.shape for array in weights[name]]
        if found != expected:
            raise InputError(
                f"layer '{name}' cannot be loaded: the source's weights have the shapes {found}, "
                f"the network's {expected}"
            )


def trained_layers(phase: Phase, weights: models.Weights) -> list[str]:
    """Names of the layers that learn in a phase."""
    return list(weights) if phase.train == "all" else phase.train


def train(
    trainer: Trainer,
    variant: Variant,
    source: models.Weights | None,
    labelled: Split,
    batch_size: int,
    rng: np.random.Generator,
    optimizer: str = "adam",
) -> np.ndarray:
    """Train one replicate: fresh weights, the source's over them, then every phase.

    Initial weights and the order of batches come from `rng` alone, so replicates that
    share it differ in nothing but the source and the variant.

    Returns:
        float32 (epochs, 2), loss and accuracy on the training images in every epoch.
    """
    weights = models.initial_weights(trainer.model, rng)
    weights |= {name: source[name] for name in variant.load}
    models.set_weights(trainer.model, weights)
    dropout = rng.spawn(1)[0]  # of its own, so that the batches do not hang on it
    history = []
    for phase in variant.phases:
        history += trainer.train(
            labelled.images,
            labelled.labels,
            [rng.permutation(len(labelled)) for _ in range(phase.epochs)],
            trainable=trained_layers(phase, weights),
            batch_size=batch_size,
            learning_rate=phase.learning_rate,
            optimizer=optimizer,
            seed=int(dropout.integers(2**31)),
        )
    if variant.reestimate_batch_norm:
        trainer.reestimate_batch_norm(labelled.images)
    return np.array(history, np.float32)
