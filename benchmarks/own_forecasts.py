"""How well scores tell which source is best for images of one's own, before anything is trained:

python -m benchmarks.own_forecasts path/to/folder ... --size 10 --draws 20

The study `forecast` asks this of the images of a corpus. Here every folder is a target, and every
ready-made source is tried on it by the study's recipe: each draw labels so many images of each
class, scores the sources by them, and tests what was learned on all others. Draws take the
networks of a source one after the other, as studies do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.own_images import draw_rows
from glyph_transfer.analysis.forecasts.baselines import ANY_SOURCE, FIXED_ORDER
from glyph_transfer.analysis.forecasts.judging import judge, over_draws, over_targets
from glyph_transfer.analysis.forecasts.scores import SCORES, Seen, score
from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.analysis.statistics import mean_interval
from glyph_transfer.experiments.frozen import Frozen
from glyph_transfer.experiments.seen import coordinates
from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.images.pictures.reading import read
from glyph_transfer.layout import ready_made_file
from glyph_transfer.learning import ready_made
from glyph_transfer.own.learning import Learner, Task
from glyph_transfer.own.options import parse
from glyph_transfer.protocol import Recipe, params
from glyph_transfer.protocol.params import Params
from glyph_transfer.seeds import generator
from glyph_transfer.stages import program

MODEL, RECIPE = "glyphnet", "logistic_probe"
SOURCES = ("letters", "digits", "fashion")
"""Most classes first, which is the fixed order that scores have to beat."""


@dataclass
class Target:
    """What draws found: by score, and of the accuracy, a row a draw and a column a source."""

    accuracies: list[list[float]] = field(default_factory=list)
    scores: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, accuracies: list[float], seen: list[Seen]) -> None:
        """Add a draw: what each source came to, and what it saw of the labelled images."""
        self.accuracies.append(accuracies)
        given = {name: score(name, seen) for name in SCORES}
        given[FIXED_ORDER] = -np.arange(len(seen), dtype=float)
        given[ANY_SOURCE] = np.zeros(len(seen))
        for name, each in given.items():
            self.scores.setdefault(name, []).append(each)


def main(
    folders: list[Path],
    size: Annotated[int, typer.Option(help="labelled images a class, two at least")] = 10,
    draws: Annotated[int, typer.Option(help="of the labelled images")] = 20,
    options: Annotated[str, typer.Option(help="as advise takes them")] = "",
) -> None:
    """Hold scores against accuracies on FOLDERS."""
    settings = params.load(corpus="official")
    networks = [load(settings, source) for source in SOURCES]
    targets = []
    for folder in folders:
        own = read(folder, parse(options))
        targets.append(tried(own, networks, settings.recipes[RECIPE], size, draws))
        by_source = zip(SOURCES, np.transpose(targets[-1].accuracies), strict=True)
        right = (f"{name} {_words(mean_interval(each, settings.seed))}" for name, each in by_source)
        print(
            f"{folder.name}, {size} a class, {draws} draws, % right: {'; '.join(right)}", flush=True
        )
    print(*table(targets, settings.seed), sep="\n")


def load(settings: Params, source: str) -> list[Frozen]:
    """Load all networks of a ready-made source."""
    card = settings.pretraining(MODEL, source).card(MODEL, source)
    return [Frozen(network) for network in ready_made.load(card, ready_made_file(MODEL, source))]


def tried(
    own: OwnImages, networks: list[list[Frozen]], recipe: Recipe, size: int, draws: int
) -> Target:
    """Try every source on draws of a set of images."""
    task, target = Task(own.images, own.labels, own.classes), Target()
    for draw in range(draws):
        rows, others = draw_rows(own, size, generator(draw, "own images", size))
        accuracies, seen = [], []
        for alike in networks:
            frozen = alike[draw % len(alike)]
            learner = Learner(task, recipe, frozen, frozen.network.name)
            given = learner.learn(rows, generator(draw, RECIPE))[others].argmax(axis=1)
            accuracies.append(float((given == own.labels[others]).mean()))
            seen.append(seen_by(frozen, task, rows, recipe.features))
        target.add(accuracies, seen)
    return target


def seen_by(frozen: Frozen, task: Task, rows: np.ndarray, layers: list[str]) -> Seen:
    """Give what a source makes of labelled images."""
    features = frozen.kept(task.images, layers)[rows]
    probabilities = frozen.classify(task.images[rows])
    return Seen(coordinates(features), probabilities, task.labels[rows], features.shape[1])


def table(targets: list[Target], seed: int) -> Iterator[str]:
    """Write how good each score is over all targets; intervals of other draws and targets."""
    yield "| score | tau | with other targets | regret, points | with other targets |"
    yield "|---|---|---|---|---|"
    accuracies = [np.array(target.accuracies) for target in targets]
    for name in targets[0].scores:
        judged = judge([np.stack(target.scores[name]) for target in targets], accuracies)
        cells = []
        for values, by in ((judged.taus, 1), (judged.regrets, 100)):
            draws, others = over_draws(values, seed), over_targets(values, seed)
            cells += [_words(draws.within(-1.0, 1.0), by), _ends(others.within(-1.0, 1.0), by)]
        yield f"| {' | '.join([name, *cells])} |"


def _words(interval: Interval, by: float = 100) -> str:
    return f"{by * interval.mean:.2f} {_ends(interval, by)}"


def _ends(interval: Interval, by: float = 100) -> str:
    if interval.low is None:  # of a single target
        return "-"
    return f"[{by * interval.low:.2f}, {by * interval.high:.2f}]"


if __name__ == "__main__":
    program.run(main)
