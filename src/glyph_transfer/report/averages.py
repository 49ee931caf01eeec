"""How far unconverged moving averages of batch normalisation explain a published value."""

from dataclasses import dataclass

from glyph_transfer.analysis.formats import format_accuracy, format_difference, format_percent
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, ReplicateRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.protocol import NO_SOURCE, Cell
from glyph_transfer.report.cell_names import CellNames
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.findings import capitalised


@dataclass(frozen=True)
class Spread:
    """The smallest and the largest accuracy of single draws, as fractions."""

    low: float
    high: float

    def position(self, published: float) -> str:
        """Say where a published value, which is one run's, lies among the single draws."""
        if published < self.low:
            return "below all single draws"
        return "above all single draws" if published > self.high else "inside the single draws"


def spread(replicates: list[ReplicateRow], cell: Cell) -> Spread:
    """Spread of a cell's draws."""
    values = [row.accuracy for row in replicates if row.cell == cell]
    return Spread(min(values), max(values))


@dataclass(frozen=True)
class Averages:
    """What a study of moving averages says of training from scratch.

    Attributes:
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


def explain(averages: Averages) -> list[str]:
    """Say how far unconverged moving averages explain the published value."""
    published = averages.plain.published
    sentences = [
        f"At batch-norm momentum {averages.batch_norm_momentum:g} training from scratch scores "
        f"{format_accuracy(averages.plain)} (single draws {format_percent(averages.draws.low)} to "
        f"{format_percent(averages.draws.high)}); the same networks, with the statistics of all "
        "their training images in place of the moving averages, score "
        f"{format_accuracy(averages.reestimated)}: {format_difference(averages.effect)} percentage "
        f"points draw by draw, {averages.effect.draws} draws.",
        _cost(averages.effect.verdict),
        *(
            f"The gain of {averages.names.name(before.cell, with_variant=True)} over training from "
            f"scratch is {format_difference(before)} points with the averages as trained and "
            f"{format_difference(after)} with them re-estimated."
            for before, after in averages.gains
        ),
    ]
    if published is None:
        return sentences
    if averages.stand_ins:
        return [
            *sentences,
            "These are stand-in images: they show whether there is such an effect, and not whether "
            f"it is behind the published {format_percent(published)} %, which is for other images.",
        ]
    here, there = averages.draws.position(published), averages.other_draws.position(published)
    return [
        *sentences,
        f"The published value for training from scratch, {format_percent(published)} %, lies "
        f"{here} at momentum {averages.batch_norm_momentum:g} and {there} at "
        f"{averages.other_momentum:g}.",
        _explained(averages.effect.verdict, "inside" in here, "inside" in there),
    ]


def reproduced_at_either(transferred: list[tuple[str, float, Spread, Spread]], note: str) -> str:
    """Say whether the momentum explains the published values of transferred networks.

    Args:
        transferred: a cell's name, its published accuracy, and its single draws at the two
            momenta of batch normalisation.
        note: why a published value may differ from ours, said where one is not reproduced.
    """
    clauses, is_open = [], False
    for name, published, *spreads in transferred:
        here, there = (each.position(published) for each in spreads)
        lies = (
            f"{here} at either momentum"
            if here == there
            else f"{here} at the one momentum and {there} at the other"
        )
        is_reproduced = "inside" in here or "inside" in there
        is_open |= not is_reproduced
        clauses.append(
            f"the published {format_percent(published)} % for {name} lies {lies}: it is "
            f"{'' if is_reproduced else 'not '}reproduced"
        )
    sentence = f"{capitalised('; '.join(clauses))}."
    return f"{sentence} The momentum is not why. {note}".strip() if is_open else sentence


def remaining_gains(averages: Averages) -> str:
    """Say what is left of the gains when unconverged averages are out of the way."""
    clauses = [
        f"{averages.names.name(before.cell, with_variant=True)} "
        f"{_REMAINS[after.verdict]} ({format_difference(after)} points)"
        for before, after in averages.gains
    ]
    return f"What is left with converged statistics: {'; '.join(clauses)}."


_REMAINS = {
    DifferenceVerdict.BETTER: "helps",
    DifferenceVerdict.WORSE: "harms",
    DifferenceVerdict.PRACTICALLY_EQUAL: "makes no difference in practice",
    DifferenceVerdict.TOO_FEW_DRAWS: "is not shown to matter",
    DifferenceVerdict.NOT_JUDGED: "is not judged, for a network has not learned",
    DifferenceVerdict.ONE_DRAW: "was tried on one draw only",
}


def _cost(effect: DifferenceVerdict) -> str:
    return {
        DifferenceVerdict.BETTER: "So the moving averages have not converged when training ends, "
        "and that costs training from scratch accuracy which has nothing to do with transfer.",
        DifferenceVerdict.WORSE: "Taking the statistics anew makes it worse: unconverged averages "
        "are not what holds training from scratch back.",
        DifferenceVerdict.PRACTICALLY_EQUAL: "Unconverged averages make no difference in practice.",
        DifferenceVerdict.TOO_FEW_DRAWS: "No effect of unconverged averages is shown.",
        DifferenceVerdict.NOT_JUDGED: "The effect of the averages is not judged, for a network has "
        "not learned.",
        DifferenceVerdict.ONE_DRAW: "One draw does not tell whether the averages matter.",
    }[effect]


def _explained(effect: DifferenceVerdict, inside_here: bool, inside_there: bool) -> str:
    if effect is DifferenceVerdict.BETTER and inside_here and not inside_there:
        return (
            "Unconverged averages can therefore explain the published value; that they do is not "
            "proved."
        )
    if effect is DifferenceVerdict.BETTER and inside_here:
        return "It fits both, so it does not tell whether unconverged averages are behind it."
    return "Unconverged averages alone are not shown to explain the published value."


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
