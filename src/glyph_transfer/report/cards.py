"""A study as a card: what was done, what came out, the verdict in words, and all the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.formats import format_label_worth
from glyph_transfer.analysis.rows import (
    ClaimRow,
    DifferenceRow,
    ForecastRow,
    LabelWorthRow,
    PublishedRow,
)
from glyph_transfer.analysis.words import in_words
from glyph_transfer.report import answers, drawings, tables
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.findings import enumerated, largest_size
from glyph_transfer.report.page import Chart, Picture, Table, Value, compact


@dataclass(frozen=True)
class Card:
    """What a page shows of a study.

    Attributes:
        study: whose card it is.
        chart: that stands on the card.
        pictures: that stand in its details, by kind.
        tables: in its details, of those that have rows.
        stand_ins: whether its images are other than published ones.
        caveat: what has to be known of its images; empty of official ones.
    """

    study: StudyResults
    chart: Chart
    pictures: Mapping[str, Picture]
    tables: Mapping[str, Table]
    stand_ins: bool
    caveat: str

    @property
    def anchor(self) -> str:
        """Fit for an address."""
        return f"study-{self.study.name}"

    @property
    def claims(self) -> list[tuple[ClaimRow, Value]]:
        """The author's claims with our verdicts."""
        return [(row, tables.verdict(row)) for row in self.study.claims]

    @property
    def worth(self) -> list[tuple[LabelWorthRow, str]]:
        """What each start is worth in labels, at the number of labels that is shown."""
        return [
            (row, format_label_worth(row, largest_size(row, self.study.cells)))
            for row in answers.worth_in_labels(self.study)
        ]

    @property
    def best(self) -> DifferenceRow | None:
        """The highest difference, or None."""
        rows = answers.gains_of_transfer(self.study) or answers.gains(self.study)
        return rows[0] if rows else None

    @property
    def tally(self) -> list[tuple[int, str, str]]:
        """How many claims have each verdict: number, word, and tone."""
        counts = answers.count_claims(self.study.claims)
        found = [
            (counts.confirmed, "confirmed", "good"),
            (counts.refuted, "refuted", "bad"),
            (len(counts.undecided), "undecided", "open"),
        ]
        return [each for each in found if each[0]]

    @property
    def scores(self) -> list[ForecastRow]:
        """How well scores choose a source, the best first."""
        return answers.scores(self.study)

    @property
    def judged(self) -> list[PublishedRow]:
        """Published values that can be held against ours."""
        known = (Agreement.AGREES, Agreement.HIGHER, Agreement.LOWER)
        return [row for row in self.study.published if row.agreement in known]

    @property
    def agree(self) -> list[PublishedRow]:
        """Those that lie where one more run of ours would."""
        return [row for row in self.judged if row.agreement == Agreement.AGREES]

    @property
    def apart(self) -> list[str]:
        """Those that do not, each with its direction."""
        return [
            f"{tables.score(self.study, row).partition(' (')[0]} of "
            f"{self.study.names.row(row.cell)}: {row.agreement}"
            for row in self.judged
            if row.agreement != Agreement.AGREES
        ]

    @property
    def models(self) -> str:
        """The networks that were trained."""
        return self._named(row.model for row in self.study.cells)

    @property
    def targets(self) -> str:
        """What they learn."""
        return self._named(row.target for row in self.study.cells)

    def _named(self, names: Iterable[str]) -> str:
        return enumerated(in_words(name, self.study.words) for name in dict.fromkeys(names))

    @property
    def epochs(self) -> str:
        """For how long."""
        counts = sorted({row.epochs for row in self.study.cells} - {0})
        return enumerated(map(str, counts)) if counts else "none"


def card(evidence: Evidence, study: StudyResults) -> Card:
    """Make the card of a study that has run."""
    pictures = drawings.of_study(study)
    chosen = (
        drawings.published(study)
        or pictures.get("labels")
        or pictures.get("forecasts")
        or drawings.best_accuracies(study)
        or pictures["accuracy"]
    )
    made = {
        "cells": tables.cells(study),
        "differences": tables.differences(study),
        "labels": tables.worth_in_labels(study),
        "claims": tables.claims(study),
        "published": tables.published(study),
        "forecasts": tables.forecasts(study),
    }
    return Card(
        study=study,
        chart=chosen,
        pictures={kind: each for kind, each in pictures.items() if each is not chosen},
        tables={name: compact(each) for name, each in made.items() if each.rows},
        stand_ins=evidence.has_stand_ins(study),
        caveat=caveat(evidence, study.roles),
    )


def caveat(evidence: Evidence, roles: list[str]) -> str:
    """What has to be said beside everything that rests on the images of `roles`."""
    by_provenance: dict[str, list[str]] = {}
    for role in dict.fromkeys(roles):
        by_provenance.setdefault(evidence.provenance(role), []).append(role)
    notes = {
        "other": "images of one's own ({}), against which nothing published is held",
        "unofficial": "unofficial files ({}): close to, but not comparable with, published values",
        "unknown": "where the images come from is not known ({})",
        "generated": "stand-ins for the published sets ({})",
    }
    return "; ".join(
        note.format(", ".join(by_provenance[kind]))
        for kind, note in notes.items()
        if kind in by_provenance
    )
