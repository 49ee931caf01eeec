"""What can be drawn for: one's own tasks, and the ready-made sources that come with the project."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock

import numpy as np

from glyph_transfer.analysis.formats import format_interval, format_percent
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.layout import own_folder, ready_made_card, ready_made_file
from glyph_transfer.own.card import Card
from glyph_transfer.protocol import ready_made

DEFAULT = "letters"
"""The ready-made source that is drawn for where no task is named."""

Classify = Callable[[np.ndarray], np.ndarray]
"""uint8 (n, 28, 28) -> probabilities, float32 (n, n_classes)."""

_CARD = "card.json"


@dataclass
class Task:
    """A network to draw for, which is loaded when it is first asked.

    Attributes:
        name: of one's own task, or a ready-made source's such as `glyphnet-letters`.
        source: what a ready-made source was trained on; empty for one's own task.
        classes: names, in the order of the probabilities.
        expected: how often it is right, in words.
        steps: of the preparation.
        load: what gives the network.
    """

    name: str
    source: str
    classes: tuple[str, ...]
    expected: str
    steps: Steps
    load: Callable[[], Classify]
    _lock: Lock = field(default_factory=Lock, repr=False)

    def likeliest(self, image: np.ndarray, count: int) -> list[tuple[str, float]]:
        """Give the likeliest classes of a prepared image, uint8 (28, 28), with probabilities.

        Raises:
            InputError: the network is damaged.
        """
        with self._lock:  # the page asks from several threads
            given = self._classify(image[None])[0]
        order = np.argsort(-given, kind="stable")[:count]
        return [(self.classes[row], float(given[row])) for row in order]

    @cached_property
    def _classify(self) -> Classify:
        return self.load()


def known() -> tuple[dict[str, Task], dict[str, str]]:
    """Give the tasks there are by name, one's own first, and why others cannot be drawn for."""
    readers = {
        path.parent.parent.name: partial(_own, path.parent)
        for path in sorted(own_folder("any").parent.glob(f"*/model/{_CARD}"))
    }
    for name in ready_made.names(ready_made_file("any", "any").parent):
        readers.setdefault(name, partial(_ready_made, name))
    tasks, faults = {}, {}
    for name, read in readers.items():
        try:
            tasks[name] = read()
        except InputError as error:
            faults[name] = str(error)
    return tasks, faults


def find(name: str, tasks: dict[str, Task], faults: dict[str, str]) -> Task:
    """Find a task by its name, a ready-made source also by what it was trained on.

    Args:
        name: empty for the ready-made letters, or the first task there is.
        tasks, faults: as `known` gives them.

    Raises:
        InputError: it cannot be drawn for, or that lists those there are.
    """
    if name in faults:
        raise InputError(faults[name])
    sources = {each.source: each for each in tasks.values() if each.source}
    task = tasks.get(name) or sources.get(name or DEFAULT)
    if task is None and not name:
        task = next(iter(tasks.values()), None)
    if task is None:
        raise InputError(
            f"there is no task {name or DEFAULT!r} to draw for; those there are: "
            f"{', '.join(tasks) or 'none'}. `make advise IMAGES=folder` makes one of your pictures"
        )
    return task


def _own(folder: Path) -> Task:
    path = folder / _CARD
    try:
        card = Card.model_validate(read_json(path))
        steps = Steps(**card.steps)
    except (InputError, ValueError, TypeError) as error:
        raise InputError(f"{path}: not the card of a network ({error}); run advise anew") from error
    expected = (
        f"{_share(card)} are expected to be right of pictures like the {card.images:,} that it "
        "learned from"
    )
    load = partial(_own_network, folder)
    return Task(folder.parent.name, "", tuple(card.classes), expected, steps, load)


def _ready_made(name: str) -> Task:
    model, _, source = name.partition("-")
    card = ready_made.read_card(ready_made_card(model, source))
    expected = f"{_share(card)} were right of {card.test_images:,} test images of {source}"
    load = partial(_source_network, name)
    return Task(name, source, tuple(card.classes), expected, Steps(), load)


def _share(card: Card | ready_made.Card) -> str:
    ends = format_interval(card.accuracy_low, card.accuracy_high)
    return f"{format_percent(card.accuracy)} % {ends}"


# TensorFlow only where a network is loaded, so that what cannot be found costs nothing
def _own_network(folder: Path) -> Classify:
    from glyph_transfer.own.predicting import Network

    return Network(folder).probabilities


def _source_network(name: str) -> Classify:
    from glyph_transfer.learning.training import Trainer
    from glyph_transfer.own import sources

    return Trainer(sources.load(name).frozen.network).predict
