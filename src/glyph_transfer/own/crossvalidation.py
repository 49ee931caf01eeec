"""Candidates on the same folds: those that fall clearly behind are given up, and said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.own.resampling import Sums
from glyph_transfer.own.splits import Split
from glyph_transfer.seeds import generator

CLEARLY = 2.5
"""Standard errors behind the best from which a candidate is not repeated any more."""


@dataclass(frozen=True)
class Candidate:
    """A source with a recipe, or a baseline.

    Attributes:
        name: such as `letters: cosine`.
        learn: rows to train on, a random stream -> probabilities of all images, float32
            (n, n_classes).
        seconds: what one call is expected to take on one core. An estimate, not a measurement, so
            that what is tried does not hang on how busy the machine is.
        source: of its network. The first candidate of a source decides whether others of it are
            tried.
        is_baseline: whether it is shown in any case, and never dropped before its first repeat.
    """

    name: str
    learn: Callable[[np.ndarray, np.random.Generator], np.ndarray]
    seconds: float
    source: str = ""
    is_baseline: bool = False


@dataclass
class Tried:
    """What a candidate gave in cross-validation.

    Attributes:
        candidate: that was tried.
        predicted: int (repeats, n), -1 where an image was not tested.
        probabilities: float (n, n_classes), averaged over the repeats; 0 where not tested.
        stopped: why it was not tried, or not in all repeats; None if it was.
    """

    candidate: Candidate
    predicted: np.ndarray
    probabilities: np.ndarray
    stopped: str | None = None

    def hits(self, labels: np.ndarray) -> np.ndarray:
        """How often each image was right: float (n,)."""
        return (self.predicted == labels).mean(axis=0)


@dataclass
class Work:
    """Candidates on the same splits, within a budget.

    Args:
        candidates: in their order, the most trusted first.
        labels: int (n,).
        units: int (n,), what is resampled together.
        splits: one for each repeat.
        budget_s: seconds that all calls together may be expected to take.
        seed: of all that is random.
        progress: is told what is done next, and the share of the budget that is spent.
    """

    candidates: Sequence[Candidate]
    labels: np.ndarray
    units: np.ndarray
    splits: Sequence[Split]
    budget_s: float
    seed: int
    progress: Callable[[str, float], None] = lambda _name, _share: None
    spent_s: float = field(default=0.0, init=False)

    def run(self) -> list[Tried]:
        """Try every candidate that there is time for, and repeat the promising ones."""
        tried = [self._nothing(candidate) for candidate in self.candidates]
        leads = {each.candidate.source: each for each in reversed(tried)}
        for each in sorted(leads.values(), key=lambda each: self._price(each.candidate)):
            each.stopped = self._begin(each, tried)
        order = sorted(tried, key=lambda each: self._turn(each.candidate, leads))
        # sources of which the first candidate is clearly behind
        behind = dict(zip((id(each) for each in tried), self._behind(tried), strict=True))
        for each in order:
            lead = leads[each.candidate.source]
            if each is lead:
                continue
            if behind[id(lead)]:
                each.stopped = f"not tried: {lead.candidate.name} is clearly behind"
            else:
                each.stopped = self._begin(each, tried)
        for number in range(1, len(self.splits)):
            behind = self._behind(tried)
            for each, is_behind in zip(tried, behind, strict=True):
                if each.stopped is None and is_behind:
                    each.stopped = "clearly behind"
                if each.stopped is None and self._price(each.candidate) > self._left:
                    each.stopped = "no time for more repeats"
                if each.stopped is None:
                    self._repeat(each, number)
        return tried

    @property
    def _left(self) -> float:
        return self.budget_s - self.spent_s

    @property
    def _planned(self) -> float:
        wanted = sum(map(self._price, self.candidates)) * len(self.splits)
        return min(self.budget_s, wanted)

    def _price(self, candidate: Candidate) -> float:
        return candidate.seconds * self.splits[0].number

    def _nothing(self, candidate: Candidate) -> Tried:
        n, n_classes = len(self.labels), int(self.labels.max()) + 1
        return Tried(candidate, np.zeros((0, n), int), np.zeros((n, n_classes)))

    def _reason_against(self, candidate: Candidate, tried: Sequence[Tried]) -> str | None:
        if candidate.is_baseline and self._price(candidate) <= self._left:
            return None
        if self._price(candidate) > self._left:
            return f"not tried: would take about {self._price(candidate):.0f} s"
        accuracies = [self._sums([each]).accuracies[0] for each in tried if len(each.predicted)]
        if max(accuracies, default=0.0) == 1.0 and candidate.seconds > 1:
            return "not tried: another one has everything right"
        return None

    def _turn(self, candidate: Candidate, leads: Mapping[str, Tried]) -> tuple[float, float]:
        """Cheap ones come first, so that a dear one knows what it has to beat; the best source."""
        lead = leads[candidate.source]
        right = lead.hits(self.labels).sum() if len(lead.predicted) else 0.0
        return self._price(candidate), -right

    def _begin(self, tried: Tried, others: Sequence[Tried]) -> str | None:
        """Try a candidate once, or say why not."""
        reason = self._reason_against(tried.candidate, others)
        if reason is None:
            try:
                self._repeat(tried, 0)
            except InputError as error:  # a recipe that does not fit so few images
                return f"not tried: {error}"
        return reason

    def _repeat(self, tried: Tried, number: int) -> None:
        split, candidate = self.splits[number], tried.candidate
        predicted = np.full(len(self.labels), -1)
        given = np.zeros_like(tried.probabilities)
        for fold in range(split.number):
            self.progress(candidate.name, min(1.0, self.spent_s / self._planned))
            rows = split.tested(fold)
            rng = generator(self.seed, candidate.name, number, fold)
            given[rows] = candidate.learn(split.training(fold), rng)[rows]
            predicted[rows] = given[rows].argmax(axis=1)
            self.spent_s += candidate.seconds
        done = len(tried.predicted)
        tried.probabilities = (tried.probabilities * done + given) / (done + 1)
        tried.predicted = np.concatenate([tried.predicted, predicted[None]])

    def _sums(self, tried: Sequence[Tried]) -> Sums:
        tested = self.splits[0].fold >= 0
        hits = np.stack([each.hits(self.labels)[tested] for each in tried])
        return Sums.of(hits, self.units[tested])

    def _behind(self, tried: Sequence[Tried]) -> list[bool]:
        """Which candidates are clearly behind the best by what was done so far."""
        begun = [each for each in tried if len(each.predicted)]
        if not begun:
            return [False] * len(tried)
        sums = self._sums(begun)
        best = int(sums.accuracies.argmax())
        gap = sums.accuracies[best] - sums.accuracies
        is_behind = gap > CLEARLY * sums.deviations()[best]
        names = {id(each): bool(flag) for each, flag in zip(begun, is_behind, strict=True)}
        return [names.get(id(each), False) for each in tried]


def learning_hits(
    candidate: Candidate,
    labels: np.ndarray,
    splits: Sequence[Split],
    shares: Sequence[float],
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Train a candidate on parts of the training images, and test it on the same folds.

    Args:
        candidate: to train.
        labels: int (n,).
        splits: of the images; hits are averaged over them.
        shares: of each class's training images, one image at least.
        seed: of the choice of the parts.

    Returns:
        Images that were trained on, averaged, float (shares,); hits, float (shares, n), 0 where
        an image is not tested.
    """
    sizes, hits = np.zeros(len(shares)), np.zeros((len(shares), len(labels)))
    runs = sum(split.number for split in splits)
    for number, split in enumerate(splits):
        for fold in range(split.number):
            tested, training = split.tested(fold), split.training(fold)
            order = generator(seed, "parts", number, fold).permutation(training)
            for i, share in enumerate(shares):
                rows = _part(order, labels, share)
                rng = generator(seed, candidate.name, "part", number, fold, i)
                given = candidate.learn(rows, rng)[tested]
                hits[i, tested] += (given.argmax(axis=1) == labels[tested]) / len(splits)
                sizes[i] += len(rows) / runs
    return sizes, hits


def _part(order: np.ndarray, labels: np.ndarray, share: float) -> np.ndarray:
    """The first rows of each class in an order, so that smaller parts are in larger ones."""
    kept = []
    for label in np.unique(labels[order]):
        own = order[labels[order] == label]
        kept.append(own[: max(1, round(share * len(own)))])
    return np.sort(np.concatenate(kept))
