"""From images that were read to a network in a folder, on a page and in the registry."""

import time
from collections.abc import Mapping
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from glyph_transfer.files import write_json
from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.layout import own_folder
from glyph_transfer.own import advice, answer, page, saved, sources
from glyph_transfer.own.card import Card
from glyph_transfer.own.evidence import Settings
from glyph_transfer.own.made_card import card_of
from glyph_transfer.protocol import Recipe
from glyph_transfer.tracking import own as tracked
from glyph_transfer.tracking.patience import StoreError

MODEL, NUMBERS = "model", "metrics.json"
FILES = ("index.html", "advice.json")
"""Of a task's folder, that its run keeps."""


def make(
    name: str,
    own: OwnImages,
    recipes: Mapping[str, Recipe],
    seed: int,
    budget_s: float,
    started: float,
) -> tuple[str, dict[str, object]]:
    """Choose a network and write it with its page; log it and make it the best of its task.

    Args:
        name: of the task.
        own: images.
        recipes: to try, the most trusted first.
        seed: of all that is random.
        budget_s: seconds of cross-validation.
        started: when the program began, in seconds since the epoch.

    Returns:
        The answer in words, and in numbers.
    """
    known, folder = sources.load_all(), own_folder(name)
    # products of so few images are too small to be shared out among threads
    with threadpool_limits(1, user_api="blas"), Shown() as shown:
        given, made = advice.give(own, known, Settings(recipes, seed, budget_s), shown.show)
    card = card_of(name, given, made, known)
    saved.save(made, card, folder / MODEL)
    page.write(name, given, card, folder)
    write_json(folder / NUMBERS, given.summary)
    try:
        version = log(saved.read_card(folder / MODEL), given.summary, folder, started)
    except StoreError as error:
        version = f"not registered ({error}): python -m glyph_transfer.own.register {name}"
    return answer.text(
        name, given, folder / FILES[0], version, time.time() - started
    ), given.summary


def log(card: Card, summary: Mapping[str, object], folder: Path, started: float) -> str:
    """Log what is in a task's folder, and register its network; give the version of that.

    Raises:
        StoreError: where the store fails in spite of all patience; the folder stands.
    """
    files = [folder / each for each in FILES]
    return tracked.log(card, summary, folder / MODEL, files, started)


class Shown:
    """Progress on the screen: what is tried, and how much of the budget is spent."""

    def __enter__(self) -> "Shown":
        """Show the bar."""
        form = "{desc:<32} {bar} {percentage:3.0f} %  {elapsed}"
        self._bar = tqdm(total=100, bar_format=form, leave=False, disable=None)
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._bar.close()

    def show(self, what: str, share: float) -> None:
        """Show what is done next."""
        self._bar.set_description_str(what, refresh=False)
        self._bar.n = round(100 * share)
        self._bar.refresh()
