"""The tables of a study as typed rows, and the rows as CSV.

A row type is a table: its fields are the columns of the CSV file, in their order. Accuracies are
fractions, losses are in nats; None is a value that is missing, such as the interval of a single
draw. Imports neither pandas nor TensorFlow, for programs that start at once.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import TypeVar, get_args, get_type_hints

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict, judge_difference
from glyph_transfer.errors import InputError
from glyph_transfer.files import write_text
from glyph_transfer.protocol import Cell

Row = TypeVar("Row")


def _column(name: str | None = None, *, gaps_as_floats: bool = False) -> object:
    """Describe a column whose name, or whose numbers, are written otherwise than the field's.

    `gaps_as_floats`: whole numbers and those of single precision are written as doubles where a
    row has none. Committed tables have them so.
    """
    return field(metadata={"name": name, "gaps_as_floats": gaps_as_floats})


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
    first_epoch_accuracy: float | None = _column(gaps_as_floats=True)
    train_accuracy: float | None = _column(gaps_as_floats=True)
    index_sha256: str


@dataclass(frozen=True)
class CellRow:
    """Means of a cell over its draws, with 95 % intervals.

    Attributes:
        n_images: labelled images that it learns, a number also where `n_train` is `all`.
        images_low, images_high: interval of the accuracy over test images.
        published: accuracy that is published of it.
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
        significant: whether the corrected interval leaves out zero; the column `shown`.
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
    significant: bool = _column("shown")

    @property
    def verdict(self) -> DifferenceVerdict:
        """What the corrected interval shows."""
        return judge_difference(self.corrected_low, self.corrected_high)


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
    draws: int | None = _column(gaps_as_floats=True)
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
}
"""Row types by the names of the files, in the order in which these are written."""


def columns(row_type: type[Row]) -> list[str]:
    """Names of the columns of a table, as in its CSV file."""
    return [_name(each) for each in fields(row_type)]


def write_csv(path: Path, rows: list[Row], row_type: type[Row]) -> None:
    """Write a table, whole or not at all; equal rows give equal bytes."""
    values = [_texts(each, [getattr(row, each.name) for row in rows]) for each in fields(row_type)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns(row_type))
    writer.writerows(zip(*values, strict=True))
    write_text(path, text.getvalue())


def read_csv(path: Path, row_type: type[Row]) -> list[Row]:
    """Read a table that `write_csv` has written.

    Raises:
        FileNotFoundError: where there is none.
        InputError: where the columns are others, or a value is not what its column holds.
    """
    kinds = get_type_hints(row_type).values()
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != columns(row_type):
            raise InputError(
                f"{path}: has the columns {header}, but those of a {row_type.__name__} are "
                f"{columns(row_type)}. `dvc repro` makes it again."
            )
        try:
            return [row_type(*_values(kinds, texts)) for texts in reader]
        except ValueError as error:
            raise InputError(
                f"{path}: line {reader.line_num} is no {row_type.__name__} ({error}). "
                "`dvc repro` makes it again."
            ) from error


def _name(column: Field) -> str:
    return column.metadata.get("name") or column.name


def _texts(column: Field, values: list[object]) -> list[str]:
    if column.metadata.get("gaps_as_floats") and None in values:
        values = [None if value is None else float(value) for value in values]
    return ["" if value is None else str(value) for value in values]


def _values(kinds: Iterable[object], texts: list[str]) -> list[object]:
    return [_value(kind, text) for kind, text in zip(kinds, texts, strict=True)]


def _value(kind: object, text: str) -> object:
    """Parse the text of a column of a type, or of a type and None."""
    options = get_args(kind)
    if NoneType in options:
        if not text:
            return None
        (kind,) = (each for each in options if each is not NoneType)
    parse = {Cell: Cell.parse, bool: _boolean, int: _whole, int | str: _size}.get(kind, kind)
    return parse(text)


def _boolean(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"'{text}' is neither True nor False")
    return text == "True"


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"'{text}' is no whole number")
    return int(number)


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text
