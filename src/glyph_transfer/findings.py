"""Sentences from tables, by rule: nothing is concluded that an interval does not show.

Tables are lists of rows as the stage `evaluate` writes them, a dict each, with None for
what is missing, such as the interval of a single draw. Accuracies are fractions.
"""

from dataclasses import dataclass
from enum import StrEnum

from glyph_transfer.params import NO_SOURCE

Row = dict[str, object]


class Verdict(StrEnum):
    """What the corrected interval of a paired difference shows."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no difference shown"
    ONE_DRAW = "one draw, no interval"


def verdict(low: float | None, high: float | None) -> Verdict:
    """Judge a difference by its corrected interval; an end at zero shows nothing."""
    if low is None or high is None:
        return Verdict.ONE_DRAW
    if low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if high < 0 else Verdict.NOT_SHOWN


def judge(difference: Row) -> Verdict:
    """Judge a row of the table of differences."""
    return verdict(difference["corrected_low"], difference["corrected_high"])


def percent(fraction: float) -> str:
    """Write 0.6712 as `67.1`."""
    return f"{100 * fraction:.1f}"


def points(fraction: float) -> str:
    """Write a difference of fractions in signed percentage points: 0.02 as `+2.0`."""
    return f"{100 * fraction:+.1f}".replace("-", "\N{MINUS SIGN}")


def interval(low: float | None, high: float | None, write: object = percent) -> str:
    """Write an interval in brackets, ` (one draw)` where there is none."""
    return "(one draw)" if low is None else f"[{write(low)}, {write(high)}]"


def way(cell: str) -> str:
    """Name what a cell does: `transfer from letters (head_then_finetune)`."""
    _, _, source, variant, _ = cell.split("/")
    if source != NO_SOURCE:
        return f"transfer from {source} ({variant})"
    return "training from scratch" + ("" if variant == "scratch" else f" ({variant})")


def answer(cells: list[Row], differences: list[Row]) -> list[str]:
    """Answer in three sentences which cell does best, by how much, and how sure that is."""
    if not differences:
        return ["Nothing is compared with anything: no cell of this study has a baseline."]
    best = max(differences, key=lambda row: row["accuracy"])
    cell, baseline = (_only(cells, best[key]) for key in ("cell", "baseline"))
    return [
        _who(best, cell, baseline, len(differences)),
        _how_much(best, len(differences)),
        _others(best, differences),
    ]


def _who(best: Row, cell: Row, baseline: Row, compared: int) -> str:
    lead = {
        Verdict.BETTER: f"{way(best['cell'])} does best",
        Verdict.ONE_DRAW: f"{way(best['cell'])} did best on the one draw there is",
    }.get(judge(best), f"nothing is shown to beat {way(best['baseline'])}")
    return (
        f"With {cell['n_train']} labelled {cell['target']}, {lead}, in {_count(compared)}: "
        f"{way(best['cell'])} reaches {_scored(cell)} of {cell['test_images']} test images, "
        f"{way(best['baseline'])} {_scored(baseline)}."
    )


def _how_much(best: Row, compared: int) -> str:
    if judge(best) is Verdict.ONE_DRAW:
        return (
            f"The difference is {points(best['accuracy'])} percentage points on 1 draw, which "
            "has no interval: whether it would repeat is not known."
        )
    sure = {
        Verdict.BETTER: "the interval leaves out zero",
        Verdict.WORSE: "the interval lies below zero: this is a loss",
        Verdict.NOT_SHOWN: "the interval includes zero: no difference shown",
    }[judge(best)]
    return (
        f"Draw by draw over {best['draws']} draws the difference is {difference(best)} percentage "
        f"points (95 % interval, corrected for {_count(compared)}), p = {best['p_holm']:.2g} after "
        f"Holm's correction; {sure}."
    )


def _others(best: Row, differences: list[Row]) -> str:
    limits = (
        "the intervals are over draws of the labelled images and hold for these networks, one "
        "for each source, and these test images"
    )
    rest = [row for row in differences if row is not best]
    if not rest:
        return f"{limits[0].upper()}{limits[1:]}."
    listed = "; ".join(
        f"{way(row['cell'])} with {row['cell'].split('/')[-1]} labelled: {judge(row)} than "
        f"{way(row['baseline'])}, {difference(row)}"
        if judge(row) in (Verdict.BETTER, Verdict.WORSE)
        else f"{way(row['cell'])} with {row['cell'].split('/')[-1]} labelled: {judge(row)} "
        f"({difference(row)})"
        for row in rest
    )
    return f"Of the others, {listed}; {limits}."


def difference(row: Row) -> str:
    """Write a paired difference with its corrected interval, in percentage points."""
    ends = interval(row["corrected_low"], row["corrected_high"], points)
    return f"{points(row['accuracy'])} {ends}"


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
    """

    momentum: float
    plain: Row
    reestimated: Row
    effect: Row
    draws: Spread
    gains: list[tuple[Row, Row]]
    other_momentum: float
    other_draws: Spread


def explain(averages: Averages) -> list[str]:
    """Say how far unconverged moving averages explain the published figure."""
    published = averages.plain["published"]
    sentences = [
        f"At batch-norm momentum {averages.momentum:g} training from scratch scores "
        f"{_scored(averages.plain)} (single draws {percent(averages.draws.low)} to "
        f"{percent(averages.draws.high)}); the same networks, with the statistics of all their "
        f"training images in place of the moving averages, score {_scored(averages.reestimated)}: "
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
    here, there = averages.draws.place(published), averages.other_draws.place(published)
    return [
        *sentences,
        f"The published figure for training from scratch, {percent(published)} %, lies {here} at "
        f"momentum {averages.momentum:g} and {there} at {averages.other_momentum:g}.",
        _explained(judge(averages.effect), "inside" in here, "inside" in there),
    ]


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


def _scored(row: Row) -> str:
    ends = interval(row["accuracy_low"], row["accuracy_high"])
    return f"{percent(row['accuracy'])} % {ends}"


def _count(compared: int) -> str:
    return "1 comparison" if compared == 1 else f"{compared} comparisons"


def _only(rows: list[Row], cell: str) -> Row:
    return next(row for row in rows if row["cell"] == cell)
