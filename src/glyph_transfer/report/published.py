"""The section of a report that compares every published value with ours."""

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.analysis.rows import PublishedRow
from glyph_transfer.images import catalogue
from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report import averages
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.page import Column, Paragraph, Section, Table, Value, table
from glyph_transfer.report.sections import (
    caveat,
    estimate,
    format_published,
    missing,
    optional,
)
from glyph_transfer.report.times import Speedup, speedup

CAPTION = (
    "Every published value, a single run each, and ours. Ours: the mean with its 95 % bootstrap "
    "interval over draws. One more run of ours: where it would lie with 95 %, if runs are normal; "
    "a published value agrees if it lies there, give or take its rounding or, where it was read "
    "off a chart (about), so much. Accuracies in percent, losses in nats. Speedups: time of "
    "training for an image and epoch of the other cell divided by that of this one, the ratio of "
    "medians, in brackets the smallest and largest of single draws; the author's machine is not "
    "ours."
)
_NAMES = {
    "accuracy": "accuracy (%)",
    "loss": "loss (nats)",
    "first_epoch_accuracy": "accuracy after one epoch (%)",
    "train_accuracy": "accuracy on the training images (%)",
}
OTHER_MACHINE = "other machine"


def section(evidence: Evidence) -> Section:
    """Every published value beside ours, and why they differ."""
    blocks = []
    if any(study.published for study in evidence.finished):
        blocks.append(_table(evidence))
    if evidence.not_run:
        names = ", ".join(evidence.not_run)
        blocks.append(missing(f"Studies not in this table ({names})", evidence))
    for study in evidence.finished:
        if sentences := reproduced(study, _has_stand_ins(evidence, study)):
            fewer = fewer_images(evidence, study.roles)
            blocks.append(Paragraph(f"{sentences} {fewer}".strip()))
    blocks += _explanation(evidence)
    if not blocks:
        blocks.append(Paragraph("No published value is listed for any study."))
    return Section("published", "Published values and ours", blocks)


def _table(evidence: Evidence) -> Table:
    """A row for each published value, with the study that repeats it."""
    columns: list[Column[tuple[StudyResults, PublishedRow]]] = [
        Column("study", lambda each: each[0].name),
        Column("cell", lambda each: str(each[1].cell)),
        Column("score", lambda each: _score(each[1])),
        Column("published", lambda each: Value(format_published(each[1]), each[1].published)),
        Column("ours", lambda each: _ours(*each)),
        Column("one more run of ours", lambda each: _one_more_run(each[1])),
        Column("agreement", lambda each: str(each[1].agreement or OTHER_MACHINE)),
        Column("draws", lambda each: _draws(*each)),
        Column("supports the claim", lambda each: _claim(*each)),
        Column("our verdict", lambda each: str(each[1].verdict or "none")),
    ]
    rows = [(study, row) for study in evidence.finished for row in study.published]
    roles = [role for study, _ in rows for role in study.roles]
    return table(CAPTION, columns, rows, caveat(evidence, roles))


def _score(row: PublishedRow) -> str:
    return _NAMES.get(row.score) or f"speedup over {row.than}"


def _ours(study: StudyResults, row: PublishedRow) -> Value:
    if row.score != "speedup":
        return estimate(row.ours, row.low, row.high, lambda value: _write(row, value))
    ratio = _speedup(study, row)
    return Value(str(ratio), ratio.ratio) if ratio else Value("not tracked")


def _draws(study: StudyResults, row: PublishedRow) -> Value:
    ratio = _speedup(study, row) if row.score == "speedup" else None
    return optional(ratio.draws if ratio else row.draws, "{:.0f}".format)


def _speedup(study: StudyResults, row: PublishedRow) -> Speedup | None:
    return speedup(study, row.cell, row.than)


def _one_more_run(row: PublishedRow) -> Value:
    if row.expected_low is None:
        return Value("none")
    most = float("inf") if row.score == "loss" else 1.0
    low, high = max(row.expected_low, 0.0), min(row.expected_high, most)
    return Value(f"{_write(row, low)} to {_write(row, high)}", low)


def _write(row: PublishedRow, value: float) -> str:
    return f"{value:.3f}" if row.score == "loss" else f"{100 * value:.2f}"


def _claim(study: StudyResults, row: PublishedRow) -> str:
    return next((claim.claim for claim in study.claims if claim.name == row.claim), "none")


def reproduced(study: StudyResults, has_stand_ins: bool) -> str:
    """Say how many published values of a study agree with ours, which do not, and why.

    Args:
        study: whose published values they are.
        has_stand_ins: whether its images are other than those of the published values.

    Returns:
        Nothing where no value can be judged.
    """
    judged = [
        row
        for row in study.published
        if row.agreement in (Agreement.AGREES, Agreement.HIGHER, Agreement.LOWER)
    ]
    agree = [row for row in judged if row.agreement == Agreement.AGREES]
    if not judged:
        return ""
    counted = (
        f"{study.name}: {len(agree)} of {len(judged)} published accuracies and losses lie where "
        "one more run of ours would."
    )
    if has_stand_ins:
        return (
            f"{counted} Ours are on stand-in images, so nothing follows from either. {study.note}"
        )
    apart = [
        f"{str(agreement).capitalize()}: {'; '.join(map(_scored_cell, rows))}."
        for agreement in (Agreement.HIGHER, Agreement.LOWER, Agreement.TOO_WIDE)
        if (rows := [row for row in study.published if row.agreement == agreement])
    ]
    return " ".join([counted, *apart, study.note]).strip()


def _scored_cell(row: PublishedRow) -> str:
    return f"{_score(row).partition(' (')[0]} of {row.cell}"


def fewer_images(evidence: Evidence, roles: list[str]) -> str:
    """Say of which unofficial sets there are fewer images than published; empty if of none."""
    clauses = []
    for role in sorted({r for r in roles if evidence.provenance(r) == "unofficial"}):
        splits, published = evidence.images[role].facts["splits"], catalogue.ROLES[role]
        n_test = splits["test"]["images"]
        n_train = sum(split["images"] for split in splits.values()) - n_test
        if n_train < published.train_size or n_test < published.test_size:
            clauses.append(
                f"{role} has {n_train:,} of {published.train_size:,} images to train and validate "
                f"on, and {n_test:,} of {published.test_size:,} to be tested on"
            )
    missing_images = f"Not all published images are here: {'; '.join(clauses)}."
    return f"{missing_images} With fewer to learn from, ours can be lower." if clauses else ""


def _has_stand_ins(evidence: Evidence, study: StudyResults) -> bool:
    return any(evidence.provenance(role) == "generated" for role in study.roles)


def _explanation(evidence: Evidence) -> list[Paragraph]:
    """Say how much is unconverged batch norm, where a study is there to tell."""
    pair = [evidence.answers.get(question, [])[:1] for question in ("source", "averages")]
    if [] in pair:
        return []
    names = [name for (name,) in pair]
    protocol, default = (evidence.studies[name] for name in names)
    if protocol is None or default is None:
        what = f"What explains the difference takes the studies {' and '.join(names)}"
        return [missing(what, evidence)]
    has_stand_ins = _has_stand_ins(evidence, default)
    effect = averages.pair(default, protocol, has_stand_ins)
    if effect is None:
        sentence = "No network is scored with and without re-estimated statistics."
        return [Paragraph(sentence, "notice")]
    sentences = [" ".join(averages.explain(effect))]
    transferred = [
        (
            default.names.name(row.cell, with_variant=True),
            row.published,
            averages.spread(default.replicates, row.cell),
            averages.spread(protocol.replicates, row.cell),
        )
        for row in default.cells
        if row.cell.source != NO_SOURCE and row.published is not None
    ]
    if transferred and not has_stand_ins:
        sentences.append(averages.reproduced_at_either(transferred, default.note))
    if effect.gains:
        sentences.append(averages.remaining_gains(effect))
    return [Paragraph(each) for each in sentences]
