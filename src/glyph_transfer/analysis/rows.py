"""The tables of a study as typed rows.

A row type is a table: its fields are the columns of the CSV file, in their order. Accuracies are
fractions, losses are in nats; None is a value that is missing, such as the interval of a single
draw. Imports neither pandas nor TensorFlow, for programs that start at once.
"""

from dataclasses import dataclass

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.csv_tables import column
from glyph_transfer.analysis.csv_tables import read_csv as read_csv  # rows and their files are
from glyph_transfer.analysis.csv_tables import write_csv as write_csv  # imported from one place
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict, judge_difference
from glyph_transfer.protocol import Cell


@dataclass(frozen=True)
class ReplicateRow:
    """One cell on one draw.

    Attributes:
        draw: from 0.
        accuracy, loss: on the test images, after the last epoch.
        first_epoch_accuracy: on the test images after one epoch; None where not scored then.
        train_accuracy: in the last epoch; None of an ensemble, which is not trained.
        index_sha256: of the rows of the training images, in hexadecimal.
    """

    cell: Cell
    target: str
    model: str
    source: str
    variant: str
    n_train: int | str
    draw: int
    accuracy: float
    loss: float
    first_epoch_accuracy: float | None = column(gaps_as_floats=True)
    train_accuracy: float | None = column(gaps_as_floats=True)
    index_sha256: str


@dataclass(frozen=True)
class CellRow:
    """Means of a cell over its draws, with 95 % intervals.

    Attributes:
        n_images: labelled images that it learns, a number also where `n_train` is `all`.
        images_low, images_high: interval of the accuracy over test images.
        published: accuracy that is published of it.
        chance: accuracy of guessing among the classes of the target.
        learned: whether the accuracy is shown to be above chance; None where a table of an
            earlier version does not say.
    """

    cell: Cell
    target: str
    model: str
    source: str
    variant: str
    n_train: int | str
    n_images: int
    epochs: int
    draws: int
    test_images: int
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    loss: float
    loss_low: float | None
    loss_high: float | None
    images_low: float | None
    images_high: float | None
    published: float | None
    chance: float | None = None
    learned: bool | None = None


@dataclass(frozen=True)
class DifferenceRow:
    """A paired difference in accuracy, cell less baseline, with 95 % intervals.

    Attributes:
        comparison: `<cell> - <baseline>`.
        draws: that both have.
        accuracy, accuracy_low, accuracy_high: the difference, a fraction, -1 to 1.
        corrected_low, corrected_high: its interval, corrected for the number of comparisons.
        images_low, images_high: its interval over test images.
        p_holm: two-sided and corrected.
        improvement: probability that the cell does better on a draw, ties as halves.
        significant: whether the difference is judged, and the corrected interval leaves out
            zero; the column `shown`.
        verdict: what the corrected interval shows.
        draws_needed: with too few draws, how many would do, as an estimate; `MOST_DRAWS + 1` of
            `verdicts` for more than that. None where the verdict is another, or there is no
            interval to estimate from.
    """

    comparison: str
    cell: Cell
    baseline: Cell
    draws: int
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    corrected_low: float | None
    corrected_high: float | None
    images_low: float | None
    images_high: float | None
    p_holm: float | None
    improvement: float
    improvement_low: float | None
    improvement_high: float | None
    significant: bool = column("shown")
    verdict: DifferenceVerdict | None = None
    draws_needed: int | None = None

    def __post_init__(self) -> None:
        """Judge a difference in a table of an earlier version."""
        if self.verdict is None:
            verdict = judge_difference(self.corrected_low, self.corrected_high)
            object.__setattr__(self, "verdict", verdict)


@dataclass(frozen=True)
class CurveRow:
    """Losses and accuracies of a cell after an epoch, from 1: the mean over draws.

    `_low` and `_high` are the middle 95 % of the draws, 2.5 % on either side left out; the test
    images' are None after epochs that were not scored.
    """

    cell: Cell
    epoch: int
    train_loss: float | None
    train_loss_low: float | None
    train_loss_high: float | None
    train_accuracy: float | None
    train_accuracy_low: float | None
    train_accuracy_high: float | None
    test_loss: float | None
    test_loss_low: float | None
    test_loss_high: float | None
    test_accuracy: float | None
    test_accuracy_low: float | None
    test_accuracy_high: float | None


@dataclass(frozen=True)
class ClaimRow:
    """A claim of the author's, tested on our draws; see `protocol.Claim`.

    Attributes:
        name, claim: its name, and what it says.
        estimate, low, high: mean difference in the score, cell less than, with its interval; for
            `steadier` the ratio of standard deviations. None of times.
        draws: that both cells have.
        draws_needed: as of a difference.
    """

    name: str
    claim: str
    score: str
    cell: Cell
    than: Cell
    expects: str
    margin: float | None
    estimate: float | None
    low: float | None
    high: float | None
    draws: int | None
    verdict: ClaimVerdict
    draws_needed: int | None = None


@dataclass(frozen=True)
class PublishedRow:
    """A published value, a single run's, beside ours; see `protocol.Published`.

    Attributes:
        than: cell of a speedup, whose fields from `ours` to `agreement` are None.
        published: the value; `rounding` and `about` are by how much it is uncertain.
        ours, low, high: our mean with its interval.
        expected_low, expected_high: where one more run of ours would lie.
        claim, verdict: name of the claim that the value supports, and what our draws make of it.
    """

    cell: Cell
    score: str
    than: Cell | None
    published: float
    rounding: float
    about: float
    ours: float | None
    low: float | None
    high: float | None
    expected_low: float | None
    expected_high: float | None
    draws: int | None = column(gaps_as_floats=True)
    agreement: Agreement | None
    claim: str | None
    verdict: ClaimVerdict | None


@dataclass(frozen=True)
class LabelWorthRow:
    """How many labels the baseline needs to match a cell; see `labels.LabelsNeeded`."""

    cell: Cell
    baseline: Cell
    size: float
    low: float | None
    high: float | None
    never: float | None
    smallest: int
    draws: int


@dataclass(frozen=True)
class ConfusionRow:
    """How often images of one class were taken for another, summed over draws."""

    cell: Cell
    actual: str
    predicted: str
    predictions: int
    draws: int


@dataclass(frozen=True)
class MistakeRow:
    """A test image that draws got wrong.

    Attributes:
        image: row of the test split.
        actual, predicted: its class, and the most frequent wrong one.
        wrong_draws: of `draws`.
        probability: that the true class was given, mean over draws.
    """

    cell: Cell
    image: int
    actual: str
    predicted: str
    wrong_draws: int
    draws: int
    probability: float


@dataclass(frozen=True)
class ForecastRow:
    """How well a score, known before anything is trained, tells the best source.

    Intervals are 95 %: over targets where that is said, else over draws.

    Attributes:
        score: its name, or what scores are held against; see `forecasts.baselines`.
        target: None for all; `pairs` are of a target and a source.
        variant, n_train: whose accuracy is measured, on so many labelled images.
        tau: weighted Kendall's, of the order of sources by score and by mean accuracy, -1 to 1.
        regret: accuracy of the best source less that of the one with the highest score.
        saved: regret of the fixed order less that of the score, on the same draws.
    """

    score: str
    target: str | None
    variant: str
    n_train: int | str
    targets: int
    pairs: int
    draws: int
    tau: float
    tau_low: float | None
    tau_high: float | None
    tau_targets_low: float | None
    tau_targets_high: float | None
    regret: float
    regret_low: float | None
    regret_high: float | None
    regret_targets_low: float | None
    regret_targets_high: float | None
    saved: float
    saved_low: float | None
    saved_high: float | None


TABLES = {
    "replicates": ReplicateRow,
    "cells": CellRow,
    "differences": DifferenceRow,
    "curves": CurveRow,
    "claims": ClaimRow,
    "published": PublishedRow,
    "labels": LabelWorthRow,
    "confusion": ConfusionRow,
    "mistakes": MistakeRow,
    "forecasts": ForecastRow,
}
"""Row types by the names of the files, in the order in which these are written."""
