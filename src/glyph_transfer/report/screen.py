"""The answers of a corpus in a few plain sentences, each with its interval and number of draws."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from glyph_transfer.analysis.formats import (
    format_accuracy,
    format_difference,
    format_label_worth,
    format_points,
    format_verdict,
)
from glyph_transfer.analysis.rows import DifferenceRow, LabelWorthRow
from glyph_transfer.analysis.verdicts import MOST_DRAWS, ClaimVerdict, DifferenceVerdict
from glyph_transfer.protocol import NO_SOURCE, Cell, Variant
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import answers, averages
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.findings import capitalised, enumerated, largest_size

QUESTION = (
    "A few labelled images of new characters: which source to start from, what to freeze, what for?"
)

Sentence = tuple[str, str]
"""What a sentence is about, in a word, and the sentence."""

_PARTS = {
    "source": "which source to start from",
    "depth": "what to freeze",
    "labels": "what a source is worth in labels",
    "averages": "what of a gain is batch norm's averages",
}
"""What is asked of every corpus. Times are known only where it was trained."""

_LAG = {
    DifferenceVerdict.BETTER: "lag behind",
    DifferenceVerdict.PRACTICALLY_EQUAL: "do not matter",
    DifferenceVerdict.WORSE: "do not lag behind",
}

BACKBONE, REST = "the whole backbone", "the rest of the backbone"

_LAYERS = {"conv": "convolution", "dense": "dense layer"}


@dataclass(frozen=True)
class Screen:
    """The sentences of a corpus.

    Attributes:
        settings: names of sets, and what variants freeze.
        studies: results by name; None for those that have not run.
    """

    settings: Params
    studies: dict[str, StudyResults | None]

    @property
    def sentences(self) -> list[Sentence]:
        """Every answer that the results give, in the order of the question."""
        told = [
            *self._each("source", self._source),
            *self._each("depth", self._depth),
            *self._each("labels", self._labels),
            *self._each("time", self._time),
            *self._averages(),
            *self._claims(),
            *self._not_used(),
        ]
        return [*told, *self._not_known()]

    def _each(self, part: str, tell: Callable[[StudyResults], list[Sentence]]) -> list[Sentence]:
        return [sentence for study in self._answering(part) for sentence in tell(study)]

    def _answering(self, part: str) -> list[StudyResults]:
        names = answers.answers_of(self.settings).get(part, [])
        return [study for name in names if (study := self.studies.get(name))]

    def _source(self, study: StudyResults) -> list[Sentence]:
        rows = answers.gains_of_transfer(study)
        if not rows:
            return []
        best, *others = rows
        cell, baseline = study.cell(best.cell), study.cell(best.baseline)
        name = self._set(best.cell.source)
        advice = {
            DifferenceVerdict.BETTER: f"Start from {name}",
            DifferenceVerdict.PRACTICALLY_EQUAL: f"No source helps: {name} comes closest",
            DifferenceVerdict.WORSE: f"Start from scratch: even {name} harms",
            DifferenceVerdict.ONE_DRAW: f"{capitalised(name)} came out highest",
        }.get(best.verdict, f"No source is shown to help: {name} comes closest")
        said = (
            f"{advice}. With {self._size(study, best.cell)} labelled "
            f"{self._set(best.cell.target)} it gets {format_accuracy(cell)} of the test images "
            f"right, scratch {format_accuracy(baseline)}: {_judged(best)} ({_draws([best])})."
        )
        if not others:
            return [("source", said)]
        rest = "; ".join(f"{self._set(row.cell.source)} {_judged(row)}" for row in others)
        return [
            ("source", said),
            ("others", f"Against scratch: {rest} ({_draws(others)})."),
        ]

    def _depth(self, study: StudyResults) -> list[Sentence]:
        rows = [row for rows in answers.gains_by_depth(study).values() for row in rows]
        if not rows:
            return []
        by_source: dict[tuple[str, str], list[DifferenceRow]] = {}
        for row in rows:
            by_source.setdefault((row.cell.target, row.cell.source), []).append(row)
        said = [
            f"{capitalised(self._set(target))} from {self._set(source)}: "
            f"{'; '.join(self._depths(study, rows))}."
            for (target, source), rows in by_source.items()
        ]
        against = f"Points gained or lost against learning all layers ({_draws(rows)})."
        return [("freeze", " ".join([against, *said]))]

    def _depths(self, study: StudyResults, rows: list[DifferenceRow]) -> list[str]:
        """Say what every depth of freezing costs or gains, from the shallowest on."""
        layers = {row.cell: frozen_layers(self._variant(study, row.cell)) for row in rows}
        said, before = [], set()
        for row in sorted(rows, key=lambda row: _depth(layers[row.cell])):
            own = layers[row.cell]
            more = [layer for layer in own if layer not in before]
            named = (
                f"{counted_layers(more)} too"
                if before and before < {*own}
                else f"{counted_layers(own)} frozen"
            )
            said.append(f"{named} {_judged(row, unit='')}")
            before = {*own}
        return said

    def _labels(self, study: StudyResults) -> list[Sentence]:
        rows = answers.worth_in_labels(study)
        if not rows:
            return []
        worth = [
            f"with {self._set(row.cell.source)} as "
            f"{format_label_worth(row, largest_size(row, study.cells))}"
            for row in rows
        ]
        size = self._size(study, rows[0].cell)
        said = f"{size} labels do as well {', '.join(worth)} from scratch ({_draws(rows)})."
        return [("labels", said)]

    def _time(self, study: StudyResults) -> list[Sentence]:
        saved = answers.saving(study)
        if not saved:
            return []
        ratio = saved.speedup
        layers = frozen_layers(self._variant(study, saved.row.cell))
        said = (
            f"With {counted_layers(layers)} frozen an epoch is {ratio.ratio:.1f} "
            f"times as fast ({ratio.low:.1f} to {ratio.high:.1f} over "
            f"{_counted(ratio.draws)})."
        )
        return [("time", said)]

    def _averages(self) -> list[Sentence]:
        pairs = zip(self._answering("averages")[:1], self._answering("source")[:1], strict=False)
        found = [averages.pair(default, protocol, stand_ins=False) for default, protocol in pairs]
        return [
            ("averages", self._unconverged(each))
            for each in found
            if each and each.effect.verdict is not DifferenceVerdict.NOT_JUDGED
        ]

    def _unconverged(self, found: averages.Averages) -> str:
        judged = [pair for pair in found.gains if pair[1].verdict != DifferenceVerdict.NOT_JUDGED]
        best = sorted(judged, key=lambda pair: -pair[1].accuracy)[:1]
        left = [
            f" The gain from {self._set(after.cell.source)} is then {_judged(after)}, instead of "
            f"{format_points(before.accuracy)}."
            for before, after in best
        ]
        lag = _LAG.get(found.effect.verdict, "may lag behind")
        return (
            f"Batch norm's averages {lag} at momentum {found.batch_norm_momentum:g}: true ones "
            f"change scratch by {_judged(found.effect)} ({_draws([found.effect])}).{''.join(left)}"
        )

    def _claims(self) -> list[Sentence]:
        counts = answers.count_claims(
            row for study in self.studies.values() if study for row in study.claims
        )
        if not counts.claims:
            return []
        return [
            (
                "claims",
                f"Of {counts.claims} claims of published studies {counts.confirmed} are "
                f"confirmed, {counts.refuted} refuted, {len(counts.undecided)} undecided"
                f"{_undecided(counts)}.",
            )
        ]

    def _not_used(self) -> list[Sentence]:
        ran = [study for study in self.studies.values() if study]
        unlearned = sum(len(answers.unlearned(study)) for study in ran)
        if not unlearned:
            return []
        cells = sum(len(study.cells) for study in ran)
        what = f"{unlearned} of {cells} cells, whose networks do no better than guessing"
        return [("not used", f"Left out of every answer: {what}.")]

    def _not_known(self) -> list[Sentence]:
        missing = [what for part, what in _PARTS.items() if not self._answering(part)]
        return [("not known", f"Not run yet: {enumerated(missing)}.")] if missing else []

    def _size(self, study: StudyResults, cell: Cell) -> str:
        return f"{study.cell(cell).n_images:,}"

    def _variant(self, study: StudyResults, cell: Cell) -> Variant:
        return self.settings.studies[study.name].variants[cell.variant]

    def _set(self, name: str) -> str:
        """Name a set as one says it: `digits 0-6`."""
        classes = self.settings.classes_of(name)
        if classes is None:
            return "no source" if name == NO_SOURCE else name
        in_row = [*map(ord, classes)] if all(len(each) == 1 for each in classes) else []
        is_range = in_row and in_row == [*range(in_row[0], in_row[-1] + 1)]
        listed = f"{classes[0]}-{classes[-1]}" if is_range else enumerated(classes)
        return f"{self.settings.role_of(name)} {listed}"


def frozen_layers(variant: Variant) -> list[str]:
    """Names of the layers that a variant takes from its source and that never learn.

    Where it takes the whole backbone it is that, or, where some of its layers learn, the rest. A
    head that is fitted to features changes none of it.
    """
    named = [phase.train for phase in variant.phases]
    trained = {layer for train in named if not isinstance(train, str) for layer in train}
    if "all" in named:
        return []
    if variant.load == "backbone" or not variant.phases:
        return [REST if trained else BACKBONE]
    return [layer for layer in variant.load if layer not in trained]


def _depth(frozen: list[str]) -> float:
    """How deep a network is frozen, to put depths in order."""
    return float("inf") if {*frozen} & {BACKBONE, REST} else len(frozen)


def counted_layers(names: list[str]) -> str:
    """Count layers by their kind: `2 convolutions and 1 dense layer`.

    Those of batch normalisation go with the layer before them.
    """
    if names in ([BACKBONE], [REST]):
        return names[0]
    kinds = [name.partition("_")[0] for name in names]
    counts = Counter(_LAYERS.get(kind, "other layer") for kind in kinds if kind != "bn")
    return enumerated(f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts.items() or [("layer", 0)])


def _judged(row: DifferenceRow, unit: str = " points") -> str:
    """Write a difference in points with its interval and verdict."""
    if row.verdict is DifferenceVerdict.ONE_DRAW:
        return f"{format_points(row.accuracy)}{unit}, which one draw does not show"
    if row.draws_needed is not None and row.draws_needed > MOST_DRAWS:
        return f"{format_difference(row)}{unit}, {row.verdict}, even {MOST_DRAWS:,}"
    return f"{format_difference(row)}{unit}, {format_verdict(row)}"


def _draws(rows: list[DifferenceRow] | list[LabelWorthRow]) -> str:
    """Say over how many draws rows are: `3 draws`, `3 to 10 draws`."""
    numbers = sorted({row.draws for row in rows})
    return _counted(*numbers[:1], *numbers[1:][-1:])


def _counted(fewest: int, most: int | None = None) -> str:
    if most is not None:
        return f"{fewest} to {most} draws"
    return f"{fewest} draw{'' if fewest == 1 else 's'}"


def _undecided(counts: answers.ClaimCounts) -> str:
    """Say why claims are undecided, and how many draws would decide those of which it is known."""
    needs = [row.draws_needed for row in counts.undecided if row.draws_needed is not None]
    near = sorted(n for n in needs if n <= MOST_DRAWS)
    untimed = sum(row.verdict is ClaimVerdict.NOT_TRACKED for row in counts.undecided)
    reasons = [
        *([f"{min(near):,} to {max(near):,} draws would decide {len(near)}"] if near else []),
        *([f"{n} would take more than {MOST_DRAWS:,}"] if (n := len(needs) - len(near)) else []),
        *([f"{untimed} of times, not measured here"] if untimed else []),
    ]
    return f" ({'; '.join(reasons)})" if reasons else ""
