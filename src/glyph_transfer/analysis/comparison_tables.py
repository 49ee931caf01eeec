"""The tables of a study that hold its cells against others: baselines, published values, labels."""

from collections.abc import Collection
from dataclasses import asdict

from glyph_transfer.analysis.agreement import INFORMATIVE, Agreement, agreement
from glyph_transfer.analysis.cell_pairs import CellPair, networks_of
from glyph_transfer.analysis.comparisons import Comparison
from glyph_transfer.analysis.intervals import Interval, has_width
from glyph_transfer.analysis.label_worth import labels_needed
from glyph_transfer.analysis.rows import ClaimRow, DifferenceRow, LabelWorthRow, PublishedRow
from glyph_transfer.analysis.scored import ACCURACIES, Scored, ends
from glyph_transfer.analysis.statistics import (
    images_difference,
    improvement,
    paired,
    prediction_interval,
)
from glyph_transfer.analysis.verdicts import (
    PRACTICAL_MARGIN,
    DifferenceVerdict,
    judge_difference,
)
from glyph_transfer.protocol import ENSEMBLE, NO_SOURCE, Cell, Published, Study

FEWEST_SIZES = 3
"""Sizes of a learning curve over labels, at least."""


def asked(study: Study) -> list[tuple[CellPair, list[float]]]:
    """Pairs of every cell with its baseline, by accuracy, and the border: is there a difference?"""
    baselines = ((cell, study.baseline_of(cell)) for cell in study.cells)
    return [(CellPair(cell, baseline), [0.0]) for cell, baseline in baselines if baseline]


def differences(scored: Scored, compared: dict[CellPair, Comparison]) -> list[DifferenceRow]:
    """Compare every cell with its baseline, draw by draw.

    Args:
        scored: of the study.
        compared: what `asked` gives, compared together with all else that is judged.
    """
    return [_difference(scored, pair, compared[pair]) for pair, _ in asked(scored.study)]


def _difference(scored: Scored, pair: CellPair, comparison: Comparison) -> DifferenceRow:
    cell, baseline = pair.cell, pair.than
    accuracies, correct = scored.scores["accuracy"], scored.correct
    first, second = paired(accuracies[cell], accuracies[baseline])
    networks = networks_of(scored.networks, cell, baseline)
    improved = improvement(first - second, scored.seed, networks)
    if not has_width(improved.low, improved.high):  # the same on every draw
        improved = Interval(improved.mean, None, None)
    corrected = comparison.corrected.within(-1.0, 1.0)
    over_images = images_difference(correct[cell], correct[baseline], scored.seed)
    verdict = _judge(comparison)
    return DifferenceRow(
        comparison=f"{cell} - {baseline}",
        cell=cell,
        baseline=baseline,
        draws=comparison.draws,
        **ends("accuracy", comparison.estimate.within(-1.0, 1.0)),
        corrected_low=corrected.low,
        corrected_high=corrected.high,
        images_low=over_images.low,
        images_high=over_images.high,
        p_holm=comparison.p,
        **ends("improvement", improved),
        significant=verdict in (DifferenceVerdict.BETTER, DifferenceVerdict.WORSE),
        verdict=verdict,
        draws_needed=comparison.draws_needed((0.0,), (-PRACTICAL_MARGIN, PRACTICAL_MARGIN))
        if verdict is DifferenceVerdict.TOO_FEW_DRAWS
        else None,
    )


def _judge(comparison: Comparison) -> DifferenceVerdict:
    if not comparison.judged:
        return DifferenceVerdict.NOT_JUDGED
    return judge_difference(comparison.corrected.low, comparison.corrected.high)


def published_accuracy(study: Study, cell: Cell) -> float | None:
    """Give the accuracy that is published of a cell; None where none is."""
    own = [float(p.value) for p in study.published if (p.cell, p.score) == (str(cell), "accuracy")]
    return own[0] if own else None


def published(
    scored: Scored, claims: list[ClaimRow], not_learned: Collection[Cell]
) -> list[PublishedRow]:
    """Hold every published value against ours; a speedup is timed, and so it is not here."""
    verdicts = {row.name: row.verdict for row in claims}
    return [
        PublishedRow(
            cell=Cell.parse(each.cell),
            score=each.score,
            than=each.than and Cell.parse(each.than),
            published=float(each.value),
            rounding=each.rounding,
            about=each.about,
            **_beside(scored, each, not_learned),
            claim=each.claim,
            verdict=verdicts.get(each.claim),
        )
        for each in scored.study.published
    ]


def _beside(scored: Scored, value: Published, not_learned: Collection[Cell]) -> dict[str, object]:
    """What a published value is held against: the fields from `ours` to `agreement`."""
    if value.score == "speedup":
        mean = expected = Interval(None, None, None)
        draws = agrees = None
    else:
        cell = Cell.parse(value.cell)
        scores = scored.scores[value.score][cell]
        mean, expected = scored.mean(value.score, cell), prediction_interval(scores)
        informative = INFORMATIVE if value.score in ACCURACIES else None
        tolerance = value.about + value.rounding
        draws, agrees = len(scores), Agreement.NOT_JUDGED
        if cell not in not_learned:
            agrees = agreement(float(value.value), expected, tolerance, informative)
    return {
        "ours": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "expected_low": expected.low,
        "expected_high": expected.high,
        "draws": draws,
        "agreement": agrees,
    }


def label_worths(scored: Scored, not_learned: Collection[Cell]) -> list[LabelWorthRow]:
    """Say of transferred networks how many labels their baseline needs to match them.

    Cells that have not learned are left out, on either side.
    """
    accuracy, rows = scored.scores["accuracy"], []
    cells = {cell: done for cell, done in scored.cells.items() if cell not in not_learned}
    for cell, done in cells.items():
        baseline = None if cell.model == ENSEMBLE else scored.study.baseline_of(cell)
        if cell.source == NO_SOURCE or baseline is None:
            continue
        curve = {cells[each].index.shape[1]: each for each in cells if _on_curve(each, baseline)}
        if len(curve) < FEWEST_SIZES or done.index.shape[1] == max(curve):
            continue
        sizes = sorted(curve)
        needed = labels_needed(
            sizes,
            [accuracy[curve[size]] for size in sizes],
            accuracy[cell],
            scored.seed,
            scored.networks[cell],
        )
        rows.append(LabelWorthRow(cell, baseline, **asdict(needed), draws=len(done.index)))
    return rows


def _on_curve(cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in the number of labels alone."""
    return cell._replace(n_train=0) == other._replace(n_train=0)
