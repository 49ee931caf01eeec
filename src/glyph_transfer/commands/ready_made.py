"""The trained networks of a source as ready-made ones, with their card, to be committed:

python -m glyph_transfer.commands.ready_made official glyphnet letters
"""

import typer

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, sha256, write_json
from glyph_transfer.images import catalogue, sets
from glyph_transfer.images.sets import SIZE
from glyph_transfer.layout import (
    conditions_file,
    ready_made_card,
    ready_made_file,
    record_file,
    set_facts_file,
    set_file,
    source_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.protocol.params import Params
from glyph_transfer.protocol.ready_made import Card, ReadyMade
from glyph_transfer.scores import over_networks
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import read_conditions, read_record


def main(corpus: str, model: str, source: str) -> None:
    """Write data/pretrained/MODEL-SOURCE.npz and its card from what CORPUS has trained."""
    from glyph_transfer.learning import models, pretraining, ready_made
    from glyph_transfer.learning.training import Trainer

    settings = params.load(corpus=corpus)
    if isinstance(settings.pretraining(model, source), ReadyMade):
        raise InputError(f"the corpus {corpus} takes '{model}-{source}' ready-made: train it first")
    how = settings.pretraining(model, source)
    path = ready_made_file(model, source)
    trained = [source_file(corpus, model, source, number) for number in range(how.networks)]
    ready_made.save([models.get_weights(models.load(each)) for each in trained], path)
    card = _card(settings, model, source, sha256(path))
    test = sets.load(set_file(corpus, source)).test
    scored = over_networks(
        [pretraining.score(Trainer(network), test) for network in ready_made.load(card, path)]
    )
    scores = {name: value for name, value in scored.items() if name.startswith("accuracy")}
    card = card.model_copy(update=scores | {"test_images": len(test)})
    write_json(ready_made_card(model, source), card.model_dump(mode="json"))
    ends = f"[{card.accuracy_low:.4f}, {card.accuracy_high:.4f}]"
    typer.echo(
        f"{path}: accuracy {card.accuracy:.4f} {ends}, {card.networks} networks, n = {len(test):,}"
    )
    typer.echo(
        f"in params.yaml, pretrain.<corpus>.{model}: {source}: "
        f"{{networks: {card.networks}, ready_made: {card.sha256[:32]}}}"
    )


def _card(settings: Params, model: str, source: str, digest: str) -> Card:
    """Describe networks by the records of their training; they are still to be scored."""
    corpus, stage = settings.corpus, f"pretrain_{model}-{source}"
    record = read_record(record_file(corpus, stage))
    conditions = read_conditions(conditions_file(corpus, stage))
    facts = read_json(set_facts_file(corpus, source))
    roles = settings.parts_of(source)
    licences = [f"{catalogue.ROLES[r].title}: {catalogue.ROLES[r].licence}" for r in roles]
    return Card(
        model=model,
        source=source,
        networks=settings.pretraining(model, source).networks,
        sha256=digest,
        input=[SIZE, SIZE],
        classes=facts["classes"],
        provenance=facts["provenance"],
        files=[
            {"role": file.get("role", source), "name": file["name"], "sha256": file["sha256"],
             "official": file.get("official", False)}
            for file in facts["files"]
        ],
        licence="; ".join(licences),
        training=record.params,
        seed=settings.seed,
        commit=conditions.commit,
        minutes=round(conditions.seconds / 60, 1),
        machine=conditions.machine,
        accuracy=0.0,
        accuracy_low=0.0,
        accuracy_high=0.0,
        test_images=1,
    )  # fmt: skip


if __name__ == "__main__":
    program.run(main)
