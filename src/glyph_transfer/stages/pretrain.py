"""pretrain_<model>@<corpus>-<source>: the networks of a source, trained or ready-made, scored."""

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import (
    ready_made_card,
    ready_made_file,
    set_facts_file,
    set_file,
    source_file,
    source_folder,
    source_scores_file,
)
from glyph_transfer.learning import CORES
from glyph_transfer.protocol import Study, params
from glyph_transfer.protocol.params import Params, Pretraining
from glyph_transfer.protocol.ready_made import ReadyMade
from glyph_transfer.scores import over_networks, rounded
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Model, Record, example_of

if TYPE_CHECKING:
    import numpy as np

    from glyph_transfer.learning.pretraining import Curves

N_SHARDS = 2
"""Of every batch, one for a core. On any machine: the last bits of a network hang on it."""


def main(corpus: str, model: str, source: str) -> None:
    """Train networks MODEL on the set SOURCE of CORPUS, or take the ready-made ones."""
    started = time.time()
    os.environ[CORES] = str(N_SHARDS)  # read when TensorFlow is imported
    settings = params.load(corpus=corpus)
    how = settings.pretraining(model, source)
    make = take if isinstance(how, ReadyMade) else train
    record, scores = make(settings, model, source)
    write_json(source_scores_file(corpus, model, source), scores)
    program.finish(record, corpus, f"pretrain_{model}-{source}", started)


def train(settings: Params, model: str, source: str) -> tuple[Record, dict[str, float]]:
    """Train the networks of a source and save them; give what is logged, and their scores."""
    from glyph_transfer.learning import models, pretraining
    from glyph_transfer.learning.training import Trainer

    corpus, how = settings.corpus, settings.pretraining(model, source)
    images = select(settings, model, source)
    for name, study in settings.studies.items():
        check_layers(name, study, model, source, images.n_classes)
    network = models.build(model, images.n_classes, how.batch_norm_momentum)
    trainer = Trainer(network, n_shards=N_SHARDS)
    curves, scored = [], []
    clear(corpus, model, source)
    for number in range(how.networks):
        rng = random_of(settings, model, source, number)
        title = f"{model} on {source}, network {number}"
        curves.append(pretraining.train(trainer, images, how, rng, title))
        models.save(network, source_file(corpus, model, source, number))
        test = pretraining.score(trainer, images.test)
        scored.append(test | {"epochs": len(curves[-1].train_loss)})
    scores = scores_of(scored)
    tags = tags_of(corpus, model, source)
    tags["provenance"] = read_json(set_facts_file(corpus, source))["provenance"]
    record = describe(tags, how, images, curves[0], scores)
    if how.networks > 1:
        each = enumerate(zip(curves, scored, strict=True))
        record = replace(record, children=[child(record, number, *own) for number, own in each])
    return record, scores


def clear(corpus: str, model: str, source: str) -> None:
    """Remove the networks of a source, of which there may have been more."""
    shutil.rmtree(source_folder(corpus, model, source), ignore_errors=True)


def random_of(settings: Params, model: str, source: str, number: int) -> "np.random.Generator":
    """Give the random stream of a network; that of the first is named by its source alone."""
    names = [model, source, number] if number else [model, source]
    return generator(settings.seed, "pretrain", *names)


def scores_of(scored: list[dict[str, float]]) -> dict[str, float]:
    """Give the scores of all networks of a source, as they are logged."""
    whole = over_networks(scored)
    test = {f"test_{name}": value for name, value in whole.items() if name != "epochs"}
    return test | {"epochs": whole["epochs"], "networks": len(scored)}


def child(whole: Record, number: int, curves: "Curves", scored: dict[str, float]) -> Record:
    """Give what is logged of one of several networks."""
    return Record(
        name=f"{whole.name} network {number}",
        experiment=whole.experiment,
        tags=whole.tags | {"stage": "network", "network": str(number)},
        metrics=scores_of([scored]),
        curves=logged_curves(curves),
    )


def logged_curves(curves: "Curves") -> dict[str, list[float]]:
    """Give curves by name, rounded."""
    return {name: rounded(values) for name, values in vars(curves).items()}


def take(settings: Params, model: str, source: str) -> tuple[Record, dict[str, float]]:
    """Save ready-made networks as a source of the corpus; give what is logged, and their scores.

    Raises:
        InputError: where their files are not those that are expected, or the set of the corpus that
            has their name has other classes.
    """
    from glyph_transfer.learning import models, ready_made

    corpus, how = settings.corpus, settings.pretraining(model, source)
    card = how.card(model, source)
    facts = read_json(set_facts_file(corpus, source))
    if facts["classes"] != card.classes:
        raise InputError(
            f"the ready-made source '{model}-{source}' has the classes {card.classes}, but the set "
            f"'{source}' of the corpus {corpus} has {facts['classes']}"
        )
    for name, study in settings.studies.items():
        check_layers(name, study, model, source, len(card.classes))
    networks = ready_made.load(card, ready_made_file(model, source))
    clear(corpus, model, source)
    for number, network in enumerate(networks[: how.networks]):
        models.save(network, source_file(corpus, model, source, number))
    described = card.model_dump(exclude={"training", "files", "classes"})
    ends = ("", "_low", "_high")
    scores = {f"test_accuracy{end}": described[f"accuracy{end}"] for end in ends}
    scores |= {
        "test_images": card.test_images,
        "epochs": card.training["epochs"],
        "networks": card.networks,
    }
    record = Record(
        name=f"{model}-{source} ({corpus})",
        experiment="sources",
        tags=tags_of(corpus, model, source) | {"provenance": card.provenance},
        params=card.training | {f"ready_made.{name}": each for name, each in described.items()},
        metrics=scores,
        artifacts=[str(ready_made_card(model, source))],
        model=Model(str(source_file(corpus, model, source))),
    )
    return record, scores


def tags_of(corpus: str, model: str, source: str) -> dict[str, str]:
    """Tags of a source's run, but for its provenance."""
    return {"stage": "pretrain", "corpus": corpus, "model": model, "source": source}


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
    from glyph_transfer.learning import models

    for variant_name, trained_model in sorted(started_from):
        variant = study.variants[variant_name]
        loaded = [] if variant.load == "backbone" else variant.load
        trained = [x for p in variant.phases if not isinstance(p.train, str) for x in p.train]
        of_source, of_trained = (models.layer_names(m, n_classes) for m in (model, trained_model))
        outputs = models.feature_names(model, n_classes)
        for named, layers, what in (
            (loaded, of_source, f"the layers of {model} with weights"),
            ([*loaded, *trained], of_trained, f"the layers of {trained_model} with weights"),
            (variant.features or [], outputs, f"the layers of {model} before its last one"),
        ):
            for layer in named:
                if layer not in layers:
                    raise InputError(
                        f"params.yaml: studies.{name}.variants.{variant_name} names the layer "
                        f"'{layer}', but {what} are: {', '.join(layers)}"
                    )


def describe(
    tags: dict[str, str],
    how: Pretraining,
    images: sets.ImageSet,
    curves: "Curves",
    scores: dict[str, float],
) -> Record:
    """What is logged of a source: all that its section in params.yaml has, too.

    Its network and its curves are those of the first one.
    """
    corpus, model, source = (tags[name] for name in ("corpus", "model", "source"))
    return Record(
        name=f"{model}-{source} ({corpus})",
        experiment="sources",
        tags=tags,
        params=how.model_dump(),
        metrics=scores,
        curves=logged_curves(curves),
        datasets=[
            Dataset(f"{corpus}-{source}", name, split.digest, len(split))
            for name, split in ((name, getattr(images, name)) for name in sets.SPLITS)
        ],
        model=Model(
            path=str(source_file(corpus, model, source)),
            classes=list(images.classes),
            example=example_of(images.test.images[0]),
        ),
        description=f"{model} trained on {source}, for studies to transfer from: accuracy and loss "
        f"are means of {how.networks}, network and curves those of the first.",
        about="Source networks that studies transfer from, with their scores on their own images.",
    )


if __name__ == "__main__":
    program.run(main)
