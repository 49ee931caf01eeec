"""Sentences from tables, by rule: nothing is concluded that an interval does not show.

Tables are lists of rows as the stage `evaluate` writes them, a dict each, with None for
what is missing, such as the interval of a single draw. Accuracies are fractions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from glyph_transfer.protocol import NO_SOURCE

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


def interval(low: float | None, high: float | None, write: Callable[[float], str] = percent) -> str:
    """Write an interval in brackets, ` (one draw)` where there is none."""
    return "(one draw)" if low is None else f"[{write(low)}, {write(high)}]"


def way(cell: str) -> str:
    """Name what a cell does: `transfer from letters (head_then_finetune)`."""
    _, _, source, variant, _ = cell.split("/")
    if source != NO_SOURCE:
        return f"transfer from {source} ({variant})"
    return "training from scratch" + ("" if variant == "scratch" else f" ({variant})")


def answer(
    cells: list[Row],
    differences: list[Row],
    seconds: dict[str, list[float]],
    params: dict[str, str],
) -> list[str]:
    """Answer in three sentences which cell does best, by how much, and how sure that is.

    Args:
        cells, differences: of one study.
        seconds: cell -> how long each replicate took, empty where that is not known.
        params: the study's, as tracked.
    """
    if not differences:
        return ["Nothing is compared with anything: no cell of this study has a baseline."]
    best = max(differences, key=lambda row: row["accuracy"])
    how_much = _how_much(best, len(differences), _time(best, seconds))
    return [_who(best, cells, differences), how_much, _limits(best, cells, params)]


def _time(best: Row, seconds: dict[str, list[float]]) -> str:
    taken = [seconds.get(best[key]) for key in ("cell", "baseline")]
    if not all(taken):
        return ""
    first, second = map(median, taken)
    return f"; training and scoring take {first:.2f} s instead of {second:.2f} s (medians)"


def _limits(best: Row, cells: list[Row], params: dict[str, str]) -> str:
    told = (
        "The intervals are over draws of the labelled images: they hold for these source networks, "
        "one each, and these test images"
    )
    untried = []
    if len({row["variant"] for row in cells if row["source"] != NO_SOURCE}) == 1:
        phases = params[f"variants.{best['cell'].split('/')[3]}.phases"]
        untried.append(f"what to freeze (all transfer was {phases})")
    if len({row["n_train"] for row in cells}) == 1:
        untried.append("how many labels it is worth (there was one number of them)")
    return f"{told}; this study does not show {' or '.join(untried)}." if untried else f"{told}."


def _who(best: Row, cells: list[Row], differences: list[Row]) -> str:
    cell, baseline = (_only(cells, best[key]) for key in ("cell", "baseline"))
    shared = len({row["baseline"] for row in differences}) == 1
    other = way(best["baseline"]) if shared else "its baseline"
    claim = {
        Verdict.BETTER: f"gains most over {other}",
        Verdict.ONE_DRAW: f"came out highest against {other}",
    }.get(judge(best), f"comes closest, but is not shown to beat {other}")
    compared = f", of {len(differences)} compared," if len(differences) > 1 else ""
    return (
        f"With {cell['n_train']} labelled {cell['target']}, {way(best['cell'])}{compared} {claim}: "
        f"it gets {_scored(cell)} of {cell['test_images']} test images right, "
        f"{way(best['baseline'])} {_scored(baseline)}."
    )


def _how_much(best: Row, compared: int, time: str) -> str:
    if judge(best) is Verdict.ONE_DRAW:
        return (
            f"The difference is {points(best['accuracy'])} percentage points on one draw, which "
            f"has no interval: whether it would repeat is not known{time}."
        )
    sure = {
        Verdict.BETTER: "the interval leaves out zero",
        Verdict.WORSE: "the interval lies below zero, so even this is a loss",
        Verdict.NOT_SHOWN: "the interval includes zero, so no difference is shown",
    }[judge(best)]
    corrected = f", corrected for {compared} comparisons" if compared > 1 else ""
    return (
        f"Draw by draw over {best['draws']} draws the difference is {difference(best)} percentage "
        f"points (95 % interval{corrected}; p = {best['p_holm']:.2g}): {sure}{time}."
    )


def verdicts(differences: list[Row]) -> list[str]:
    """Say in a sentence for each comparison what it shows."""
    return [_sentence(row) for row in differences]


def _sentence(row: Row) -> str:
    shown = {
        Verdict.BETTER: "is better than {}",
        Verdict.WORSE: "is worse than {}",
        Verdict.NOT_SHOWN: "is not shown to differ from {}",
        Verdict.ONE_DRAW: "is held against {} on one draw only, which shows nothing",
    }[judge(row)].format(way(row["baseline"]))
    subject = way(row["cell"])
    n_train = row["cell"].split("/")[-1]
    return (
        f"{subject[0].upper()}{subject[1:]} {shown} at {n_train} labelled images: "
        f"{difference(row)} points."
    )


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


def unstated(row: Row, default: Spread, chosen: Spread) -> str:
    """Say whether the momentum explains the published figure of a transferred network.

    Args:
        row: the cell, with its published figure.
        default, chosen: its single draws at the two momenta of batch normalisation.
    """
    places = [spread.place(row["published"]) for spread in (default, chosen)]
    told = f"The published figure for {way(row['cell'])}, {percent(row['published'])} %, lies "
    if places[0] == places[1]:
        told += f"{places[0]} at either momentum"
    else:
        told += f"{places[0]} at the one momentum and {places[1]} at the other"
    if any("inside" in place for place in places):
        return f"{told}: it is reproduced there."
    return (
        f"{told}: it is not reproduced, and the momentum is not why. The author does not state the "
        "optimizer, the batch size, how long the source was trained, or the hundred images."
    )


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


def _only(rows: list[Row], cell: str) -> Row:
    return next(row for row in rows if row["cell"] == cell)
