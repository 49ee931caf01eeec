"""pretrain_<model>@<corpus>-<source>: a source network and its scores."""

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import set_facts_file, set_file, source_file, source_scores_file
from glyph_transfer.learning import CORES
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Pretraining
from glyph_transfer.scores import log_loss, probability_of_truth, proportion_interval
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Model, Record, rounded

if TYPE_CHECKING:
    from glyph_transfer.learning.training import Trainer

N_SHARDS = 2
"""Of every batch, one for a core. On any machine: the last bits of a network hang on it."""


@dataclass(frozen=True)
class Curves:
    """One number an epoch, from epoch 1; losses in nats, accuracies from 0 to 1."""

    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]


def main(corpus: str, model: str, source: str) -> None:
    """Train the network MODEL on the set SOURCE of CORPUS."""
    started = time.time()
    os.environ[CORES] = str(N_SHARDS)  # read when TensorFlow is imported
    from glyph_transfer.learning import models
    from glyph_transfer.learning.training import Trainer

    settings = params.load(corpus=corpus)
    how = settings.pretraining(model, source)
    whole = sets.load(set_file(corpus, source))
    if how.n_train is not None and how.n_train > len(whole.train):
        raise InputError(
            f"pretrain.{corpus}.{model}.{source}.n_train is {how.n_train:,}, but the set has "
            f"{len(whole.train):,} training images"
        )
    images = sets.select(source, whole, sets.Selection(most=how.n_train), settings.seed)
    network = models.build(model, images.n_classes, how.batch_norm_momentum)
    trainer = Trainer(network, n_shards=N_SHARDS)
    rng = generator(settings.seed, "pretrain", model, source)
    curves = train(trainer, images, how, rng, f"{model} on {source}")
    models.save(network, source_file(corpus, model, source))
    scores = {f"test_{name}": value for name, value in score(trainer, images.test).items()}
    scores["epochs"] = len(curves.train_loss)
    write_json(source_scores_file(corpus, model, source), scores)
    provenance = read_json(set_facts_file(corpus, source))["provenance"]
    record = describe(model, corpus, source, provenance, how, images, curves, scores)
    program.finish(record, corpus, f"pretrain_{model}-{source}", started)


def train(
    trainer: "Trainer",
    images: sets.ImageSet,
    how: Pretraining,
    rng: np.random.Generator,
    title: str,
) -> Curves:
    """Train until the validation loss stops improving and leave the best epoch's weights.

    Without patience, train for all epochs and leave the last one's.
    """
    from glyph_transfer.learning import models

    weights = models.initial_weights(trainer.model, rng)
    models.set_weights(trainer.model, weights)
    epochs = trainer.train(
        images.train.images,
        images.train.labels,
        (rng.permutation(len(images.train)) for _ in range(how.epochs)),
        trainable=list(weights),
        batch_size=how.batch_size,
        learning_rate=how.learning_rate,
        optimizer=how.optimizer,
        decay=how.decay,
        seed=int(rng.spawn(1)[0].integers(2**31)),
    )
    curves = Curves([], [], [], [])
    for loss, accuracy in tqdm(epochs, title, how.epochs, unit="epoch", disable=None):
        validation = score(trainer, images.validation)
        curves.train_loss.append(loss)
        curves.train_accuracy.append(accuracy)
        curves.validation_loss.append(validation["loss"])
        curves.validation_accuracy.append(validation["accuracy"])
        since_best = len(curves.validation_loss) - 1 - int(np.argmin(curves.validation_loss))
        if since_best == 0 or how.patience is None:
            weights = models.get_weights(trainer.model)
        elif since_best >= how.patience:
            break
    models.set_weights(trainer.model, weights)
    return curves


def score(trainer: "Trainer", split: sets.Split) -> dict[str, float]:
    """Loss, and accuracy with its interval over images."""
    probabilities = trainer.predict(split.images)
    correct = probabilities.argmax(1) == split.labels
    low, high = proportion_interval(correct)
    return {
        "loss": log_loss(probability_of_truth(probabilities, split.labels)),
        "accuracy": float(correct.mean()),
        "accuracy_low": low,
        "accuracy_high": high,
        "images": len(split),
    }


def describe(
    model: str,
    corpus: str,
    source: str,
    provenance: str,
    how: Pretraining,
    images: sets.ImageSet,
    curves: Curves,
    scores: dict[str, float],
) -> Record:
    """What is logged of a source network."""
    return Record(
        name=f"{model}-{source} ({corpus})",
        experiment="sources",
        tags={
            "stage": "pretrain",
            "corpus": corpus,
            "model": model,
            "source": source,
            "provenance": provenance,
        },
        params=how.model_dump(),
        metrics=scores,
        curves={name: rounded(values) for name, values in vars(curves).items()},
        datasets=[
            Dataset(f"{corpus}-{source}", name, split.digest, len(split))
            for name, split in ((name, getattr(images, name)) for name in sets.SPLITS)
        ],
        model=Model(str(source_file(corpus, model, source))),
    )


if __name__ == "__main__":
    program.run(main)
