"""The answer of a report in three sentences: what to start from, what to freeze, what it is worth.

Which studies answer what is said in published.yaml; of a study that has not run the sentence says
so.
"""

from collections.abc import Callable, Mapping

from glyph_transfer.analysis.formats import (
    format_accuracy,
    format_difference,
    format_label_worth,
    format_points,
    format_verdict,
)
from glyph_transfer.analysis.rows import DifferenceRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.report import answers
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.findings import capitalised, enumerated, largest_size

QUESTION = (
    "I have a few labelled images of a new character task. Which source should I transfer from, "
    "what should I freeze, and what does that buy me in accuracy, labels and time?"
)

Studies = Mapping[str, StudyResults | None]
"""Results by the names of studies; None for those that have not run."""


def answer(studies: Studies, answering: Mapping[str, list[str]]) -> list[str]:
    """Answer the question: a sentence for each study of its first two parts, one for the rest.

    Args:
        studies: in the order of the page, at least one.
        answering: part of the question, `source`, `depth`, `labels` or `time` -> names of the
            studies that answer it, in the order of the sentences. Where none answers any, the
            first study stands for the answer.
    """
    parts = {part: answering.get(part, []) for part in ("source", "depth", "labels", "time")}
    if not any(parts.values()):
        parts["source"] = [next(iter(studies))]

    def sentences(part: str, what: str, write: Callable[[StudyResults], str]) -> list[str]:
        return [
            write(study)
            if (study := studies[name])
            else f"{what} is not known: the study {name} has not run"
            for name in parts[part]
        ]

    told = {name: studies[name] for names in parts.values() for name in names}
    last = [
        *sentences("labels", "what a source is worth in labels", worth_in_labels),
        *sentences("time", "what freezing saves in time", worth_in_time),
        *_limits(studies, [study for study in told.values() if study]),
    ]
    return [
        f"{capitalised(sentence)}."
        for sentence in (
            *sentences("source", "which source helps", which_source),
            *sentences("depth", "what to freeze", what_to_freeze),
            "; ".join(last),
        )
        if sentence
    ]


def _limits(studies: Studies, answering: list[StudyResults]) -> list[str]:
    """Say what the intervals are over; nothing where no study has run."""
    if not any(studies.values()):
        return []
    limits = (
        "intervals in brackets are over draws (of labelled images, initial weights and orders of "
        "batches) and hold for these test images"
    )
    pretrained = [study.name for study in answering if study.has_pretrained_sources]
    if pretrained:
        limits += f", those of {enumerated(pretrained)} also for one source network each"
    return [limits]


def which_source(study: StudyResults) -> str:
    """Say which cell gains most over its baseline, how much, and what of the others."""
    if not study.differences:
        return f"Nothing is compared with anything: no cell of {study.name} has a baseline"
    name = study.names.name
    rows = answers.gains(study)
    if not rows:
        return (
            f"Nothing is judged of {study.name}: one of any two that are compared has not learned"
        )
    best, *others = rows
    cell, baseline = study.cell(best.cell), study.cell(best.baseline)
    gains = {
        DifferenceVerdict.BETTER: "gains most over",
        DifferenceVerdict.ONE_DRAW: "came out highest against",
    }.get(best.verdict, "comes closest, but is not shown to beat")
    rest = [f"{name(row.cell)} ({format_difference(row)}, {format_verdict(row)})" for row in others]
    return (
        f"With {best.cell.n_train} labelled {cell.target}, {name(best.cell)} {gains} "
        f"{name(best.baseline)}: it gets {format_accuracy(cell)} of {cell.test_images:,} test "
        f"images right instead of {format_accuracy(baseline)}, {_gained(best)}"
        + (f"; the difference of the others: {', '.join(rest)}" if rest else "")
    )


def _gained(row: DifferenceRow) -> str:
    if row.verdict is DifferenceVerdict.ONE_DRAW:
        return (
            f"{format_points(row.accuracy)} points on one draw, which has no interval: whether it "
            "would repeat is not known"
        )
    sure = {
        DifferenceVerdict.BETTER: "",
        DifferenceVerdict.WORSE: ", so even this is a loss",
        DifferenceVerdict.PRACTICALLY_EQUAL: ", so small that the two are practically equal",
        DifferenceVerdict.TOO_FEW_DRAWS: ", which includes zero, so no difference is shown: "
        f"{format_verdict(row)}",
    }[row.verdict]
    return f"a difference of {format_difference(row)} points over {row.draws} paired draws{sure}"


def what_to_freeze(study: StudyResults) -> str:
    """Say of every target which transferred network is highest and lowest against its baseline.

    Those with a batch size of their own are left out: they differ in more than what is frozen.
    """
    by_target = answers.gains_by_depth(study)
    if not by_target:
        return f"What to freeze is not known: {study.name} compares no transferred network"
    compared = [row for rows in by_target.values() for row in rows]
    targets = [f"on {target} {_extremes(study, rows)}" for target, rows in by_target.items()]
    draws = enumerated(sorted({str(row.draws) for row in compared}))
    baselines = enumerated(sorted({study.names.name(row.baseline) for row in compared}))
    return (
        f"Of what was frozen, {'; '.join(targets)}; points against {baselines}, over {draws} "
        f"draw{'' if draws == '1' else 's'}"
    )


def _extremes(study: StudyResults, rows: list[DifferenceRow]) -> str:
    highest, lowest = rows[0], rows[-1]
    sentence = f"{highest.cell.variant} is highest ({_judged(study, highest)})"
    if len(rows) > 1:
        sentence += f" and {lowest.cell.variant} lowest ({_judged(study, lowest)})"
    return sentence


def _judged(study: StudyResults, row: DifferenceRow) -> str:
    """Write a difference, its verdict, and what is made of a claim that it is none."""
    equal = [
        f"; equal within {100 * claim.margin:g}: {format_verdict(claim)}"
        for claim in study.claims
        if (claim.cell, claim.than) == (row.cell, row.baseline) and claim.expects == "equal"
    ]
    return f"{format_difference(row)}, {format_verdict(row)}{''.join(equal)}"


def worth_in_labels(study: StudyResults) -> str:
    """Say what every source is worth in labels, with as many as the cell that is shown has."""
    shown, rows = answers.shown_size(study), answers.worth_in_labels(study)
    if not rows:
        return f"what a source is worth at {shown} labels is not known from {study.name}"
    worth = [
        f"transfer from {row.cell.source} is worth "
        f"{format_label_worth(row, largest_size(row, study.cells))}"
        for row in rows
    ]
    return f"with {shown} labels, {enumerated(worth)} labels of training from scratch"


def worth_in_time(study: StudyResults) -> str:
    """Say how much faster the best transferred network trains than its baseline."""
    saved = answers.saving(study)
    if not saved:
        return f"what freezing saves in time is not known from {study.name}"
    best, ratio = saved.row, saved.speedup
    return (
        f"{study.names.name(best.baseline)} takes {ratio.ratio:.1f} times as long for an image "
        f"and epoch as {study.names.name(best.cell, with_variant=True)} (single draws of "
        f"{ratio.draws}: {ratio.low:.1f} to {ratio.high:.1f})"
    )
