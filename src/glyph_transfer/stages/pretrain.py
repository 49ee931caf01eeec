"""pretrain_<model>@<corpus>-<source>: a source network and its scores."""

import os
import time
from typing import TYPE_CHECKING

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import set_facts_file, set_file, source_file, source_scores_file
from glyph_transfer.learning import CORES
from glyph_transfer.protocol import Study, params
from glyph_transfer.protocol.params import Params, Pretraining
from glyph_transfer.scores import rounded
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Model, Record

if TYPE_CHECKING:
    from glyph_transfer.learning.pretraining import Curves

N_SHARDS = 2
"""Of every batch, one for a core. On any machine: the last bits of a network hang on it."""


def main(corpus: str, model: str, source: str) -> None:
    """Train the network MODEL on the set SOURCE of CORPUS."""
    started = time.time()
    os.environ[CORES] = str(N_SHARDS)  # read when TensorFlow is imported
    from glyph_transfer.learning import models, pretraining
    from glyph_transfer.learning.training import Trainer

    settings = params.load(corpus=corpus)
    how = settings.pretraining(model, source)
    images = select(settings, model, source)
    for name, study in settings.studies.items():
        check_layers(name, study, model, source, images.n_classes)
    network = models.build(model, images.n_classes, how.batch_norm_momentum)
    trainer = Trainer(network, n_shards=N_SHARDS)
    rng = generator(settings.seed, "pretrain", model, source)
    curves = pretraining.train(trainer, images, how, rng, f"{model} on {source}")
    models.save(network, source_file(corpus, model, source))
    test = pretraining.score(trainer, images.test)
    scores = {f"test_{name}": value for name, value in test.items()}
    scores["epochs"] = len(curves.train_loss)
    write_json(source_scores_file(corpus, model, source), scores)
    tags = {
        "stage": "pretrain",
        "corpus": corpus,
        "model": model,
        "source": source,
        "provenance": read_json(set_facts_file(corpus, source))["provenance"],
    }
    record = describe(tags, how, images, curves, scores)
    program.finish(record, corpus, f"pretrain_{model}-{source}", started)


def select(settings: Params, model: str, source: str) -> sets.ImageSet:
    """Load the images that the network is to learn; InputError where there are too few."""
    n_train = settings.pretraining(model, source).n_train
    whole = sets.load(set_file(settings.corpus, source))
    if n_train is not None and n_train > len(whole.train):
        raise InputError(
            f"pretrain.{settings.corpus}.{model}.{source}.n_train is {n_train:,}, but the set has "
            f"{len(whole.train):,} training images"
        )
    return sets.select(source, whole, sets.Selection(most=n_train), settings.seed)


def check_layers(name: str, study: Study, model: str, source: str, n_classes: int) -> None:
    """Refuse a study that names a layer which its networks lack, before its source is trained.

    Args:
        name: of the study.
        study: of which those variants are checked that start from this source network.
        model, source: of the network that is about to be trained.
        n_classes: of the source.

    Raises:
        InputError: that names study, variant and layer, and lists the layers there are.
    """
    if study.sources_from:  # it trains its own
        return
    started_from = {
        (cell.variant, cell.model)
        for cell in study.trained_cells
        if cell.source == source and study.source_model(cell) == model
    }
    for variant_name, trained_model in sorted(started_from):
        variant = study.variants[variant_name]
        trained = [x for phase in variant.phases if phase.train != "all" for x in phase.train]
        where = f"studies.{name}.variants.{variant_name}"
        _check(where, variant.load, model, n_classes)
        _check(where, [*variant.load, *trained], trained_model, n_classes)


def _check(where: str, named: list[str], model: str, n_classes: int) -> None:
    from glyph_transfer.learning import models

    layers = models.layer_names(model, n_classes)
    for layer in named:
        if layer not in layers:
            raise InputError(
                f"params.yaml: {where} names the layer '{layer}', but the layers of {model} with "
                f"weights are: {', '.join(layers)}"
            )


def describe(
    tags: dict[str, str],
    how: Pretraining,
    images: sets.ImageSet,
    curves: "Curves",
    scores: dict[str, float],
) -> Record:
    """What is logged of a source network: all that its section in params.yaml has, too."""
    corpus, model, source = (tags[name] for name in ("corpus", "model", "source"))
    return Record(
        name=f"{model}-{source} ({corpus})",
        experiment="sources",
        tags=tags,
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
