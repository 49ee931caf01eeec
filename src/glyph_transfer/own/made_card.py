"""The card of what the chosen recipe made."""

from collections.abc import Mapping
from dataclasses import asdict

from glyph_transfer.experiments.recipe import Made
from glyph_transfer.own.advice import Advice
from glyph_transfer.own.card import Card
from glyph_transfer.own.sources import Source

INPUT = (
    "any picture of one character: bytes of a PNG, JPG, BMP, GIF, TIFF or WebP file, or pixels "
    "0..255 of any size, grey, RGB or with alpha. It is made grey, ink and paper are told apart, "
    "uneven paper is levelled, the ink is cut out, fitted into 20x20 pixels and centred by mass "
    "in 28x28, white on black."
)


def card_of(task: str, advice: Advice, made: Made, sources: Mapping[str, Source]) -> Card:
    """Describe a network; digests of its files are added when it is saved."""
    expected = advice.promise.accuracy
    recipe, has_head = made.recipe, made.trained is None
    origin = sources.get(advice.source)
    return Card(
        task=task,
        classes=list(advice.own.classes),
        input=INPUT,
        steps=asdict(advice.own.steps),
        source=advice.source,
        recipe=advice.recipe,
        features=list(recipe.features) if has_head else [],
        test_copies=recipe.test_copies,
        augmentation=recipe.augmentation.model_dump() if recipe.test_copies else None,
        accuracy=expected.mean,
        accuracy_low=expected.low,
        accuracy_high=expected.high,
        images=advice.trained,
        data=advice.own.digest,
        licence=origin.card.licence if origin else "no source",
    )
