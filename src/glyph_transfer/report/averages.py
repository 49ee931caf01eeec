"""How far unconverged moving averages of batch normalisation explain a published figure."""

from dataclasses import dataclass

from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report.evidence import Study
from glyph_transfer.report.findings import (
    Row,
    Verdict,
    difference,
    judge,
    percent,
    scored,
    way,
)

_REESTIMATED = "_reestimated"


@dataclass(frozen=True)
class Spread:
    """The smallest and the largest accuracy of single draws."""

    low: float
    high: float

    def place(self, published: float) -> str:
        """Say where a published figure, which is one run, lies among the single draws."""
        if published < self.low:
            return "below all single draws"
        return "above all single draws" if published > self.high else "inside the single draws"


def spread(replicates: list[Row], cell: str) -> Spread:
    """Spread of a cell's draws."""
    values = [row["accuracy"] for row in replicates if row["cell"] == cell]
    return Spread(min(values), max(values))


@dataclass(frozen=True)
class Averages:
    """What the study of moving averages says of training from scratch.

    Attributes:
        momentum: of batch normalisation in that study.
        plain, reestimated: rows of the cells with the averages as trained and taken anew.
        effect: a row with the paired difference of the two, re-estimated less plain.
        draws: of the plain cell.
        gains: pairs of rows of differences, as trained and re-estimated, one a source.
        other_momentum, other_draws: the same training from scratch at another momentum.
        stand_ins: whether the images are other than those of the published figure.
    """

    momentum: float
    plain: Row
    reestimated: Row
    effect: Row
    draws: Spread
    gains: list[tuple[Row, Row]]
    other_momentum: float
    other_draws: Spread
    stand_ins: bool


def explain(averages: Averages) -> list[str]:
    """Say how far unconverged moving averages explain the published figure."""
    published = averages.plain["published"]
    sentences = [
        f"At batch-norm momentum {averages.momentum:g} training from scratch scores "
        f"{scored(averages.plain)} (single draws {percent(averages.draws.low)} to "
        f"{percent(averages.draws.high)}); the same networks, with the statistics of all their "
        f"training images in place of the moving averages, score {scored(averages.reestimated)}: "
        f"{difference(averages.effect)} percentage points draw by draw, "
        f"{averages.effect['draws']} draws.",
        _cost(judge(averages.effect)),
        *(
            f"The gain of {way(before['cell'])} over training from scratch is "
            f"{difference(before)} points with the averages as trained and {difference(after)} "
            "with them re-estimated."
            for before, after in averages.gains
        ),
    ]
    if published is None:
        return sentences
    if averages.stand_ins:
        return [
            *sentences,
            "These are stand-in images: they show whether there is such an effect, and not whether "
            f"it is behind the published {percent(published)} %, which is for other images.",
        ]
    here, there = averages.draws.place(published), averages.other_draws.place(published)
    return [
        *sentences,
        f"The published figure for training from scratch, {percent(published)} %, lies {here} at "
        f"momentum {averages.momentum:g} and {there} at {averages.other_momentum:g}.",
        _explained(judge(averages.effect), "inside" in here, "inside" in there),
    ]


def unstated(transferred: list[tuple[Row, Spread, Spread]]) -> str:
    """Say whether the momentum explains the published figures of transferred networks.

    Args:
        transferred: a cell, with its published figure, and its single draws at the two momenta
            of batch normalisation.
    """
    told, is_open = [], False
    for row, *spreads in transferred:
        places = [spread.place(row["published"]) for spread in spreads]
        figure = f"the published {percent(row['published'])} % for {way(row['cell'])} lies "
        if places[0] == places[1]:
            figure += f"{places[0]} at either momentum"
        else:
            figure += f"{places[0]} at the one momentum and {places[1]} at the other"
        is_reproduced = any("inside" in place for place in places)
        is_open |= not is_reproduced
        told.append(f"{figure}: it is {'' if is_reproduced else 'not '}reproduced")
    sentence = f"{'; '.join(told)}."
    reason = (
        " The momentum is not why. The author does not state the optimizer, the batch size, how "
        "long the sources were trained, or which hundred images these were."
    )
    return sentence[0].upper() + sentence[1:] + (reason if is_open else "")


def left(averages: Averages) -> str:
    """Say what is left of the gains when unconverged averages are out of the way."""
    told = [
        f"{way(after['cell'].replace(_REESTIMATED, ''))} "
        f"{_LEFT[judge(after)]} ({difference(after)} points)"
        for _, after in averages.gains
    ]
    return f"What is left with converged statistics: {'; '.join(told)}."


_LEFT = {
    Verdict.BETTER: "helps",
    Verdict.WORSE: "harms",
    Verdict.NOT_SHOWN: "is not shown to matter",
    Verdict.ONE_DRAW: "was tried on one draw only",
}


def _cost(effect: Verdict) -> str:
    return {
        Verdict.BETTER: "So the moving averages have not converged when training ends, and that "
        "costs training from scratch accuracy which has nothing to do with transfer.",
        Verdict.WORSE: "Taking the statistics anew makes it worse: unconverged averages are not "
        "what holds training from scratch back.",
        Verdict.NOT_SHOWN: "No effect of unconverged averages is shown.",
        Verdict.ONE_DRAW: "One draw does not tell whether the averages matter.",
    }[effect]


def _explained(effect: Verdict, inside_here: bool, inside_there: bool) -> str:
    if effect is Verdict.BETTER and inside_here and not inside_there:
        return (
            "Unconverged averages can therefore explain the published figure; that they do is not "
            "proved, since the author does not state the momentum."
        )
    if effect is Verdict.BETTER and inside_here:
        return "It fits both, so it does not tell whether unconverged averages are behind it."
    return "Unconverged averages alone are not shown to explain the published figure."


def pair(default: Study, protocol: Study, stand_ins: bool) -> Averages | None:
    """Pair the cells of a study with those whose statistics are taken anew.

    Args:
        default: with cells at a high momentum and their twins, `<variant>_reestimated`.
        protocol: with the same training from scratch at another momentum.
        stand_ins: whether the images are other than those of the published figures.

    Returns:
        None where training from scratch has no twin or is not in `protocol`.
    """
    cells = {row["cell"]: row for row in default.cells}
    gains = {row["cell"]: row for row in default.differences}
    theirs = {row["cell"] for row in protocol.cells}
    scratch = [
        name
        for name, row in cells.items()
        if row["source"] == NO_SOURCE and _twin(name) in gains and name in theirs
    ]
    if not scratch:
        return None
    plain = scratch[0]
    return Averages(
        momentum=default.momentum,
        plain=cells[plain],
        reestimated=cells[_twin(plain)],
        effect=gains[_twin(plain)],
        draws=spread(default.replicates, plain),
        gains=[(gains[name], gains[_twin(name)]) for name in gains if _twin(name) in gains],
        other_momentum=protocol.momentum,
        other_draws=spread(protocol.replicates, plain),
        stand_ins=stand_ins,
    )


def _twin(cell: str) -> str:
    parts = cell.split("/")
    return "/".join([*parts[:3], parts[3] + _REESTIMATED, *parts[4:]])
