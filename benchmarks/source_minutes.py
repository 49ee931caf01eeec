"""Ready-made source networks: how long each took to train, and how good it became.

Read from the cards in data/pretrained, which were written as the networks were made.
"""

from pathlib import Path

from benchmarks.timing import Section, at_least, at_most
from glyph_transfer.layout import ready_made_card, ready_made_file
from glyph_transfer.protocol.ready_made import Card, names, read_card

AIMED_AT = "letters"
MINUTES, ACCURACY = 60, 95.5
"""Of one network, beforehand."""


def measure(_folder: Path) -> Section:
    """Read what the training of every ready-made source took."""
    folder = ready_made_file("any", "any").parent
    cards = [read_card(ready_made_card(*name.split("-", 1))) for name in names(folder)]
    aimed = next(card for card in cards if card.source == AIMED_AT)
    return Section(
        "Source networks: accuracy against minutes on two cores",
        [row(card) for card in cards],
        [
            at_most(f"minutes of a network of {AIMED_AT}", _minutes(aimed), MINUTES, " min"),
            at_least(f"right, {AIMED_AT}", 100 * aimed.accuracy, ACCURACY, " %"),
        ],
        [
            "Accuracy on the test images of the source's own set, with the 95 % interval of the "
            "cards; letters of an unofficial split. Published: 95.96 % (WaveMixLite) and 95.88 % "
            "(200 epochs on a GPU) of the official EMNIST letters, without times."
        ],
        {card.source: card.training for card in cards},
    )  # fmt: skip


def row(card: Card) -> dict[str, str | float | int]:
    """Give a card as a row of the table."""
    ends = f"[{100 * card.accuracy_low:.1f}, {100 * card.accuracy_high:.1f}]"
    return {
        "network": f"{card.model} on {card.source}, {card.provenance}",
        "networks": card.networks,
        "epochs": card.training["epochs"],
        "min each": _minutes(card),
        "right (%)": f"{100 * card.accuracy:.1f} {ends}",
        "test images": f"{card.test_images:,}",
        "machine": card.machine,
    }


def _minutes(card: Card) -> float:
    return card.minutes / card.networks
