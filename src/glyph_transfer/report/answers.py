"""What the studies of a corpus answer, as data: page, screen, headlines and README say the same.

Networks that have not learned answer nothing: what rests on one is left out here, and only here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from glyph_transfer.analysis.rows import (
    CellRow,
    ClaimRow,
    DifferenceRow,
    ForecastRow,
    LabelWorthRow,
)
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.protocol import NO_SOURCE, Cell
from glyph_transfer.protocol.params import Params
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.times import Speedup, speedup

Compared = TypeVar("Compared", DifferenceRow, LabelWorthRow)


@dataclass(frozen=True)
class Saving:
    """How much faster a transferred network trains than its baseline."""

    row: DifferenceRow
    speedup: Speedup


@dataclass(frozen=True)
class ClaimCounts:
    """What became of the authors' claims.

    Attributes:
        confirmed, refuted: how many.
        undecided: rows of all others.
    """

    confirmed: int
    refuted: int
    undecided: list[ClaimRow]

    @property
    def claims(self) -> int:
        """How many there are."""
        return self.confirmed + self.refuted + len(self.undecided)


def answers_of(settings: Params) -> dict[str, list[str]]:
    """Give what of the question is answered -> names of the studies that answer it, in order."""
    answers: dict[str, list[str]] = {}
    for name, study in settings.studies.items():
        if study.answers:
            answers.setdefault(study.answers, []).append(name)
    return answers


def unlearned(study: StudyResults) -> list[Cell]:
    """Cells whose networks are not shown to do better than guessing."""
    return [row.cell for row in study.cells if row.learned is False]


def gains(study: StudyResults) -> list[DifferenceRow]:
    """Every comparison that can answer something, the highest difference first."""
    rows = [row for row in study.differences if row.verdict is not DifferenceVerdict.NOT_JUDGED]
    return sorted(_of_learned(study, rows), key=lambda row: -row.accuracy)


def gains_of_transfer(study: StudyResults) -> list[DifferenceRow]:
    """Those of `gains` that start from a source."""
    return [row for row in gains(study) if row.cell.source != NO_SOURCE]


def gains_by_depth(study: StudyResults) -> dict[str, list[DifferenceRow]]:
    """Give target -> what transfer gains with one depth of freezing and another, highest first.

    Variants with a batch size of their own are left out: they differ in more than what is frozen.
    """
    by_target: dict[str, list[DifferenceRow]] = {}
    targets = dict.fromkeys(row.cell.target for row in study.differences)
    for target in targets:
        rows = [
            row
            for row in gains_of_transfer(study)
            if row.cell.target == target and not study.has_own_batch_size(row.cell.variant)
        ]
        by_target |= {target: rows} if rows else {}
    return by_target


def highest(study: StudyResults, target: str, by: str) -> dict[object, CellRow]:
    """Give the cell that scores highest, of those with one target that have learned.

    Args:
        study: with the cells.
        target: that they learn.
        by: field of a row; there is a cell for each of its values. Of equals the first counts.
    """
    best: dict[object, CellRow] = {}
    for row in study.cells:
        value = getattr(row, by)
        if row.target != target or row.learned is False:
            continue
        if value not in best or row.accuracy > best[value].accuracy:
            best[value] = row
    return best


def shown_size(study: StudyResults) -> int | str | None:
    """Labels of the cell that is shown; None where no cell is."""
    return study.confusion[0].cell.n_train if study.confusion else None


def worth_in_labels(study: StudyResults) -> list[LabelWorthRow]:
    """What every source is worth in labels, with as many as the cell that is shown has."""
    size = shown_size(study)
    return _of_learned(study, [row for row in study.label_worth if row.cell.n_train == size])


def scores(study: StudyResults) -> list[ForecastRow]:
    """How well scores choose a source, over all targets, the least regret first."""
    rows = [row for row in study.forecasts if row.target is None]
    first = rows[:1]
    return sorted(
        (row for row in rows if (row.variant, row.n_train) == (first[0].variant, first[0].n_train)),
        key=lambda row: row.regret,
    )


def saving(study: StudyResults) -> Saving | None:
    """How much faster the best transferred network trains; None where that is not known."""
    best = next(iter(gains_of_transfer(study)), None)
    ratio = best and speedup(study, best.cell, best.baseline)
    return Saving(best, ratio) if ratio else None


def count_claims(claims: Iterable[ClaimRow]) -> ClaimCounts:
    """Count what became of claims."""
    rows = list(claims)
    decided = (ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED)
    numbers = (sum(row.verdict is verdict for row in rows) for verdict in decided)
    return ClaimCounts(*numbers, [row for row in rows if row.verdict not in decided])


def _of_learned(study: StudyResults, rows: list[Compared]) -> list[Compared]:
    """Rows whose cell and baseline have learned."""
    not_learned = {*unlearned(study)}
    return [row for row in rows if not {row.cell, row.baseline} & not_learned]
