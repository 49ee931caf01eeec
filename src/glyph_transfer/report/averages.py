"""How far unconverged moving averages of batch normalisation explain a published value."""

from dataclasses import dataclass

from glyph_transfer.analysis.rows import CellRow, DifferenceRow, ReplicateRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.protocol import NO_SOURCE, Cell
from glyph_transfer.report.cell_names import CellNames
from glyph_transfer.report.evidence import Evidence, StudyResults

INSIDE = "inside the single draws"


@dataclass(frozen=True)
class Spread:
    """The smallest and the largest accuracy of single draws, as fractions."""

    low: float
    high: float

    def position(self, published: float) -> str:
        """Say where a published value, which is one run's, lies among the single draws."""
        if published < self.low:
            return "below all single draws"
        return "above all single draws" if published > self.high else INSIDE


def spread(replicates: list[ReplicateRow], cell: Cell) -> Spread:
    """Spread of a cell's draws."""
    values = [row.accuracy for row in replicates if row.cell == cell]
    return Spread(min(values), max(values))


@dataclass(frozen=True)
class Averages:
    """What a study of moving averages says of training from scratch.

    Attributes:
        study: its name.
        batch_norm_momentum: in that study.
        names: of its cells.
        plain, reestimated: the cells with the averages as trained and taken anew.
        effect: the paired difference of the two, re-estimated less plain.
        draws: of the plain cell.
        gains: pairs of differences, as trained and re-estimated, one a source.
        other_momentum, other_draws: the same training from scratch at another momentum of batch
            normalisation.
        stand_ins: whether the images are other than those of the published value.
    """

    study: str
    batch_norm_momentum: float
    names: CellNames
    plain: CellRow
    reestimated: CellRow
    effect: DifferenceRow
    draws: Spread
    gains: list[tuple[DifferenceRow, DifferenceRow]]
    other_momentum: float
    other_draws: Spread
    stand_ins: bool

    @property
    def may_explain(self) -> bool:
        """Whether the published value of scratch fits runs at this momentum, and not others."""
        published = self.plain.published
        return (
            self.effect.verdict is DifferenceVerdict.BETTER
            and published is not None
            and self.draws.position(published) == INSIDE
            and self.other_draws.position(published) != INSIDE
        )


def of(evidence: Evidence) -> Averages | None:
    """Give what a corpus's studies say of moving averages; None where no two of them tell."""
    default, protocol = evidence.answering("averages"), evidence.answering("source")
    if default is None or protocol is None:
        return None
    return pair(default, protocol, evidence.has_stand_ins(default))


def pair(default: StudyResults, protocol: StudyResults, stand_ins: bool) -> Averages | None:
    """Pair the cells of a study with those whose statistics are taken anew.

    Args:
        default: with cells at a high momentum, and the same ones re-estimated.
        protocol: with the same training from scratch at another momentum.
        stand_ins: whether the images are other than those of the published values.

    Returns:
        None where no re-estimated training from scratch is compared with the same one as trained,
        or that is not in `protocol`.
    """
    gains = {row.cell: row for row in default.differences}
    twins = {
        row.cell: twin for row in default.cells if (twin := default.reestimated(row.cell)) in gains
    }
    theirs = {row.cell for row in protocol.cells}
    plain = next(
        (
            cell
            for cell, twin in twins.items()
            if cell.source == NO_SOURCE and gains[twin].baseline == cell and cell in theirs
        ),
        None,
    )
    if plain is None:
        return None
    return Averages(
        study=default.name,
        batch_norm_momentum=default.batch_norm_momentum,
        names=default.names,
        plain=default.cell(plain),
        reestimated=default.cell(twins[plain]),
        effect=gains[twins[plain]],
        draws=spread(default.replicates, plain),
        gains=[(gains[cell], gains[twins[cell]]) for cell in gains if cell in twins],
        other_momentum=protocol.batch_norm_momentum,
        other_draws=spread(protocol.replicates, plain),
        stand_ins=stand_ins,
    )
