"""From labelled images to an answer: what to use, what to expect of it, what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from glyph_transfer.analysis.intervals import Interval
from glyph_transfer.experiments.recipe import Made
from glyph_transfer.images.pictures import orientation
from glyph_transfer.images.pictures.own_images import OwnImages
from glyph_transfer.images.pictures.remarks import Remark
from glyph_transfer.images.sets import ImageSet, Split
from glyph_transfer.own import doubtful, evidence, next_labels, ranking
from glyph_transfer.own.choice import Promise
from glyph_transfer.own.curve import Curve
from glyph_transfer.own.doubtful import Odd, Suspect
from glyph_transfer.own.evidence import Evidence, Progress, Settings
from glyph_transfer.own.learning import Learner, Task
from glyph_transfer.own.resampling import share_interval
from glyph_transfer.own.sources import Source
from glyph_transfer.seeds import generator

MOST = 1500
"""Images that are cross-validated: more take longer and hardly narrow an interval."""
MOST_LEARNED = 20_000
"""Images that the network learns from in the end: their features take 200 MB, and of more an
afternoon's work is made for little."""
MORE = 10
"""Further labels a class whose worth is told."""
NEXT = 20
"""Unlabelled images that are named to be labelled next."""


@dataclass(frozen=True)
class Doubts:
    """What is probably wrong with the labels; rows are those of all images that were read.

    Attributes:
        suspects: images whose label is probably wrong.
        groups, classes: of which far more is wrong than of the others.
        copies: rows of images that are the same picture.
    """

    suspects: list[Suspect]
    groups: list[Odd]
    classes: list[Odd]
    copies: list[np.ndarray]


@dataclass(frozen=True)
class Advice:
    """The answer.

    Attributes:
        own: the images that were read.
        tested: number of images that were cross-validated.
        trained: number of images that the network has learned from.
        alone: classes of which no image could be tested.
        ranking: candidates, the chosen one first.
        promise: of the chosen one.
        curve: None where there are too few images for one.
        more: what `MORE` further labels a class would add to the accuracy; None without a curve.
        confusion: float (n_classes, n_classes), given classes in rows.
        doubts: about labels.
        on_test: accuracy on the user's own test images, if there are any.
        next: rows of `own` to label next.
        source, recipe: of the chosen one.
    """

    own: OwnImages
    tested: int
    trained: int
    alone: tuple[str, ...]
    ranking: list[ranking.Row]
    promise: Promise
    curve: Curve | None
    more: Interval | None
    confusion: np.ndarray
    doubts: Doubts
    on_test: Interval | None
    next: np.ndarray
    source: str
    recipe: str

    @property
    def summary(self) -> dict[str, object]:
        """Metrics by name, and those of every candidate that was tried."""
        expected = self.promise.accuracy
        tried = [row for row in self.ranking if row.accuracy.mean is not None]
        found = {
            "expected_accuracy": expected.mean,
            "expected_accuracy_low": expected.low,
            "expected_accuracy_high": expected.high,
            "images": self.trained,
            "suspects": len(self.doubts.suspects),
            "candidates": {
                row.name: {
                    "accuracy": row.accuracy.mean,
                    "accuracy_low": row.accuracy.low,
                    "accuracy_high": row.accuracy.high,
                    "share": row.share,
                }
                for row in tried
            },
        }
        if self.on_test:
            found["test_accuracy"] = self.on_test.mean
        return found


def give(
    own: OwnImages, sources: Mapping[str, Source], settings: Settings, progress: Progress
) -> tuple[Advice, Made]:
    """Answer, and give what the chosen recipe made of all training images.

    Args:
        own: labelled images, perhaps with test images and unlabelled ones.
        sources: to start from.
        settings: recipes, seed, budget.
        progress: is told what is done.

    Raises:
        InputError: nothing can be tested, or no recipe fits so few images.
    """
    labelled = own.rows("train")
    labelled = _sampled(own.labels[labelled], labelled, MOST_LEARNED, settings.seed)
    rows = _sampled(own.labels[labelled], labelled, MOST, settings.seed)
    task = Task(own.images[rows], own.labels[rows], own.classes)
    groups = None if own.groups is None else own.groups[rows]
    frozen = {name: source.frozen for name, source in sources.items()}
    found = evidence.gather(task, groups, frozen, settings, progress)
    progress("learning curve", 1.0)
    law = found.curve
    progress("network of all images", 1.0)
    made = _make(found.learner, own, labelled, settings.seed)
    own = replace(own, remarks=(*own.remarks, *_sideways(found.learner, own, settings.seed)))
    n, more = len(labelled), MORE * len(own.classes)
    source, _, recipe = found.best.candidate.name.partition(": ")
    advice = Advice(
        own,
        int(found.tested.sum()),
        n,
        _alone(found, own.classes),
        ranking.rank(found.tried, found.sums, found.choice),
        found.promise(n),
        law,
        law.gain(n, n + more) if law else None,
        doubtful.confusion(found.best.predicted, task.labels, len(own.classes)),
        _doubts(found, own, rows),
        _on_test(made, own),
        _next(made, own),
        source,
        recipe,
    )
    return advice, made


def _sampled(labels: np.ndarray, rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    """About so many of the rows at most, with the classes' shares as far as two of each allow."""
    if len(rows) <= most:
        return rows
    order = generator(seed, "sample").permutation(len(rows))
    share, kept = most / len(rows), []
    for label in np.unique(labels):
        own = order[labels[order] == label]
        kept.append(own[: max(2, round(share * len(own)))])
    return rows[np.sort(np.concatenate(kept))]


def _alone(found: Evidence, classes: tuple[str, ...]) -> tuple[str, ...]:
    labels = found.task.labels
    never = set(labels[~found.tested].tolist()) - set(labels[found.tested].tolist())
    return tuple(classes[label] for label in sorted(never))


def _make(learner: Learner, own: OwnImages, rows: np.ndarray, seed: int) -> Made:
    """Learn from training images, and predict those of the test and unlabelled ones."""
    others = np.flatnonzero(own.splits != "train")
    labels = np.maximum(own.labels, 0)
    parts = [Split(own.images[r], labels[r], r.astype(np.int32)) for r in (rows, rows[:0], others)]
    images = ImageSet(own.classes, *parts)
    return learner.make(np.arange(len(rows)), generator(seed, "all images"), images)


def _sideways(learner: Learner, own: OwnImages, seed: int) -> list[Remark]:
    """Whether the source of the chosen recipe would rather see the images in another turn."""
    if learner.frozen is None:
        return []
    rows = generator(seed, "orientation").permutation(own.rows("train"))
    found = orientation.compare(own.images[rows], learner.frozen.classify)
    return orientation.doubt(found, "the source")


def _on_test(made: Made, own: OwnImages) -> Interval | None:
    others = np.flatnonzero(own.splits != "train")
    tested = own.splits[others] == "test"
    if not tested.any():
        return None
    right = made.outcome.test[tested].argmax(axis=1) == own.labels[others][tested]
    return share_interval(float(right.mean()), len(right))


def _next(made: Made, own: OwnImages) -> np.ndarray:
    others = np.flatnonzero(own.splits != "train")
    unlabelled = own.splits[others] == "unlabelled"
    rows = others[unlabelled]
    if not len(rows):
        return rows
    # images as the head sees them; a trained network's own features would need another pass
    features = own.images[rows].reshape(len(rows), -1).astype(np.float32)
    if made.head is not None and made.trained is None:
        features = made.source.of(own.images[rows], made.recipe.features)
    return rows[next_labels.pick(made.outcome.test[unlabelled], features, NEXT)]


def _doubts(found: Evidence, own: OwnImages, rows: np.ndarray) -> Doubts:
    best, labels, tested = found.best, found.task.labels, np.flatnonzero(found.tested)
    hits = best.hits(labels)
    groups = []
    if own.groups is not None:
        groups = doubtful.odd_ones(hits[tested], own.groups[rows][tested])
    classes = np.array(own.classes)[labels[tested]]
    suspects = doubtful.suspects(best.probabilities, labels, tested)
    labelled = own.rows("train")
    return Doubts(
        [doubtful.moved(each, rows) for each in suspects],
        groups,
        doubtful.odd_ones(hits[tested], classes),
        [labelled[copies] for copies in doubtful.copies(own.images[labelled])],
    )
