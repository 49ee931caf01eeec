"""What the answers on a terminal are of; their sentences are in templates/terminal.j2."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from glyph_transfer.analysis.rows import DifferenceRow
from glyph_transfer.analysis.verdicts import MOST_DRAWS, DifferenceVerdict
from glyph_transfer.protocol import NO_SOURCE, Variant
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import answers, averages, rendering
from glyph_transfer.report.averages import Averages
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.findings import enumerated

BACKBONE, REST = "the whole backbone", "the rest of the backbone"

_LAYERS = {"conv": "convolution", "dense": "dense layer"}


def sentences(
    settings: Params, studies: Mapping[str, StudyResults | None]
) -> list[tuple[str, str]]:
    """Give every answer that results give, in the order of the question.

    Args:
        settings: names of sets, and what variants freeze.
        studies: results by name; None for those that have not run.

    Returns:
        What a sentence is about, in a word, and the sentence, with intervals and draws.
    """
    evidence = Evidence(settings.corpus, dict(studies), answers.answers_of(settings))
    lines = rendering.lines("terminal", screen=Screen(settings, evidence), most_draws=MOST_DRAWS)
    return [(about, sentence) for about, _, sentence in (line.partition("\t") for line in lines)]


class Depth(NamedTuple):
    """What a depth of freezing gains or costs.

    Attributes:
        row: the difference.
        layers: that it freezes, or, where the depth before freezes some of them, those beyond it.
        is_more: whether the depth before freezes some.
    """

    row: DifferenceRow
    layers: list[str]
    is_more: bool


@dataclass(frozen=True)
class Screen:
    """What the template asks for, beside `answers`."""

    settings: Params
    evidence: Evidence

    def answering(self, part: str) -> list[StudyResults]:
        """Give every study with results that answers a part of the question."""
        names = self.evidence.answers.get(part, [])
        return [study for name in names if (study := self.evidence.studies.get(name))]

    def depths(self, study: StudyResults) -> dict[tuple[str, str], list[Depth]]:
        """Give target and source -> what every depth of freezing gains, the shallowest first."""
        by_source: dict[tuple[str, str], list[DifferenceRow]] = {}
        for rows in answers.gains_by_depth(study).values():
            for row in rows:
                by_source.setdefault((row.cell.target, row.cell.source), []).append(row)
        return {start: self._steps(study, rows) for start, rows in by_source.items()}

    def _steps(self, study: StudyResults, rows: list[DifferenceRow]) -> list[Depth]:
        layers = {row.cell: self.frozen(study, row) for row in rows}
        ordered = sorted(rows, key=lambda row: _depth(layers[row.cell]))
        steps, before = [], set()
        for row in ordered:
            own = layers[row.cell]
            is_more = bool(before) and before < {*own}
            beyond = [layer for layer in own if layer not in before] if is_more else own
            steps.append(Depth(row, beyond, is_more))
            before = {*own}
        return steps

    def frozen(self, study: StudyResults, row: DifferenceRow) -> list[str]:
        """Give the layers that a cell freezes; see `frozen_layers`."""
        return frozen_layers(self.settings.studies[study.name].variants[row.cell.variant])

    @property
    def unconverged(self) -> Averages | None:
        """What averages of batch norm do, where both networks have learned."""
        found = averages.of(self.evidence)
        is_judged = found and found.effect.verdict is not DifferenceVerdict.NOT_JUDGED
        return found if is_judged else None

    def name(self, source: str) -> str:
        """Name a set as one says it: `digits 0-6`."""
        classes = self.settings.classes_of(source)
        if classes is None:
            return "no source" if source == NO_SOURCE else source
        in_row = [*map(ord, classes)] if all(len(each) == 1 for each in classes) else []
        is_range = in_row and in_row == [*range(in_row[0], in_row[-1] + 1)]
        listed = f"{classes[0]}-{classes[-1]}" if is_range else enumerated(classes)
        return f"{self.settings.role_of(source)} {listed}"

    def counted(self, layers: list[str]) -> str:
        """Count layers by their kind; see `counted_layers`."""
        return counted_layers(layers)


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
