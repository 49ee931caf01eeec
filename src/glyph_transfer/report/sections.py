"""The first sections of a report, the answer and the authors' claims, and what all share."""

import math
from collections import Counter
from collections.abc import Callable

from glyph_transfer.analysis.formats import (
    format_interval,
    format_nats,
    format_percent,
    format_points,
    format_verdict,
)
from glyph_transfer.analysis.rows import ClaimRow, PublishedRow
from glyph_transfer.report.answer import QUESTION, answer
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.page import Column, Paragraph, Section, Table, Value, table

Write = Callable[[float], str]


def caveat(evidence: Evidence, roles: list[str]) -> str:
    """What has to be said beside everything that rests on the images of `roles`."""
    by_provenance: dict[str, list[str]] = {}
    for role in dict.fromkeys(roles):
        by_provenance.setdefault(evidence.provenance(role), []).append(role)
    notes = {
        "unofficial": "unofficial files ({}): close to, but not comparable with, published values",
        "unknown": "where the images come from is not known ({})",
        "generated": "stand-ins for the published sets ({})",
    }
    return "; ".join(
        note.format(", ".join(by_provenance[kind]))
        for kind, note in notes.items()
        if kind in by_provenance
    )


def corpus_notice(evidence: Evidence) -> str:
    """What the corpus is, to be read before anything else."""
    if evidence.corpus == "embedded":
        return (
            "Corpus embedded: few real digits, drawn letters and clothes. Its numbers hold for "
            "these images only."
        )
    of_all = caveat(evidence, list(evidence.images))
    return f"Corpus {evidence.corpus}: MNIST, EMNIST and Fashion-MNIST" + (
        f". Mind: {of_all}." if of_all else "; every file has its published checksum."
    )


def missing(what: str, evidence: Evidence) -> Paragraph:
    """Say that something has not run, and what runs it."""
    return Paragraph(f"{what}: not run yet. {evidence.command} runs what is missing.", "notice")


def count(number: float) -> Value:
    """A whole number: `1,797`."""
    return Value(f"{number:,.0f}", number)


def optional(number: float | None, write: Write) -> Value:
    """A number that may be missing."""
    return Value("none" if number is None else write(number), number)


def interval(low: float | None, high: float | None, write: Write = format_percent) -> Value:
    """An interval, sorted by its lower end."""
    return Value(format_interval(low, high, write), low)


def estimate(
    mean: float, low: float | None, high: float | None, write: Write = format_percent
) -> Value:
    """A mean with its interval, sorted by the mean."""
    return Value(f"{write(mean)} {format_interval(low, high, write)}", mean)


def question(evidence: Evidence) -> Section:
    """The question, and its answer in three sentences."""
    blocks = [Paragraph(QUESTION, "question")]
    sentences = answer(evidence.studies, evidence.answers)
    blocks += [Paragraph(sentence, "lead") for sentence in sentences]
    blocks.append(Paragraph(WORDS))
    if evidence.finished:
        blocks.append(_overview(evidence))
    if evidence.not_run:
        blocks.append(missing(f"Studies {', '.join(evidence.not_run)}", evidence))
    return Section("answer", "The question and the answer", blocks)


WORDS = (
    "A source is the set that a network was pretrained on. A variant says which of its layers are "
    "taken over and which of them learn, in which phases. A draw is one random choice of labelled "
    "images, initial weights and orders of batches, the same for all that is compared. A cell is "
    "one target, model, source, variant and number of labelled images, written with slashes; a "
    "study is a set of cells that answers one question."
)


def _overview(evidence: Evidence) -> Table:
    return table(
        "The studies of this page, and what became of the claims that they test.",
        [
            Column("study", lambda study: study.name),
            Column("asks", lambda study: study.question),
            Column("learns", lambda study: study.params["targets"]),
            Column("claims", _verdicts),
        ],
        evidence.finished,
    )


def _verdicts(study: StudyResults) -> str:
    counts = Counter(row.verdict for row in study.claims)
    return ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) or "none"


CLAIMS = (
    "Claims of the authors of the published studies, in our words, and our tests of them: "
    "of accuracies in percentage points, of losses in nats. Confirmed: the whole interval "
    "lies where the claim says. Refuted: all of it lies outside. Too few draws: it reaches "
    "both; how many would do is an estimate. Not judged: one of the cells has not learned, or "
    "may be guessing. Equal means nearer to zero than the margin, not lower means above minus the "
    "margin; margins are ours. Intervals are over draws and corrected, as in the study's own "
    "table, for all its comparisons together; those of ratios of spreads are Pitman's and "
    "Morgan's. Of times the brackets are the smallest and the largest of single draws, and a "
    "claim is confirmed where all draws agree."
)

Claimed = tuple[StudyResults, ClaimRow]


def claims(evidence: Evidence) -> Section:
    """What the authors of the published studies claim, and what our draws make of it."""
    claimed = [(study, row) for study in evidence.finished for row in study.claims]
    blocks = []
    if claimed:
        columns: list[Column[Claimed]] = [
            Column("study", lambda each: each[0].name),
            Column("claim", lambda each: each[1].claim),
            Column("verdict", lambda each: format_verdict(each[1])),
            Column("ours", lambda each: _estimated(each[1])),
            Column("draws", lambda each: count(each[1].draws)),
            Column("published", lambda each: _published_pair(*each)),
            Column("our test", lambda each: _test(*each)),
        ]
        roles = [role for study, _ in claimed for role in study.roles]
        blocks.append(table(CLAIMS, columns, claimed, caveat(evidence, roles)))
    if evidence.not_run:
        blocks.append(missing(f"Claims of the studies {', '.join(evidence.not_run)}", evidence))
    if not blocks:
        blocks.append(Paragraph("No claim is listed for any study."))
    return Section("claims", "The authors' claims", blocks)


def _estimated(row: ClaimRow) -> Value:
    if row.estimate is None:
        return Value("none")
    return estimate(row.estimate, row.low, row.high, _writer(row))


def _writer(row: ClaimRow) -> Write:
    """Give how the estimate of a claim is written: a ratio, or a difference in its unit."""
    if row.score == "time" or row.expects == "steadier":
        return "{:.2f}".format
    return format_points if row.score == "accuracy" else format_nats


def _test(study: StudyResults, row: ClaimRow) -> str:
    """Say what is tested."""
    first, second = study.names.name(row.cell), study.names.name(row.than)
    target = study.names.on_target(row.cell)
    if row.score == "time":
        return (
            f"time of training for an image and epoch: that of {second}{target}, divided by that "
            f"of {first}: above 1 on every draw"
        )
    if row.expects == "steadier":
        return f"spread over draws of {first}{target}, divided by that of {second}: below 1"
    unit = "points" if row.score == "accuracy" else "nats"
    margin = "" if row.margin is None else f"{_writer(row)(row.margin).lstrip('+')} {unit}"
    expected = {
        "higher": "above 0",
        "lower": "below 0",
        "equal": f"between \N{MINUS SIGN}{margin} and {margin}",
        "not_lower": f"above \N{MINUS SIGN}{margin}",
    }[row.expects]
    return f"{row.score} of {first}{target} less that of {second}: {expected}"


def _published_pair(study: StudyResults, row: ClaimRow) -> Value:
    """Give the published values that a claim compares, or none where there are not both."""
    by_cell = {(each.cell, each.score): each for each in study.published}
    pair = [by_cell.get((cell, row.score)) for cell in (row.cell, row.than)]
    if row.score == "time" or row.expects == "steadier" or None in pair:
        return Value("none")
    unit = {"accuracy": "%", "loss": "nats"}[row.score]
    first, second = map(format_published, pair)
    return Value(f"{first} against {second} {unit}", pair[0].published)


def format_published(row: PublishedRow) -> str:
    """Write a published value as published, in percent, nats or times."""
    about = "about " if row.about else ""
    if row.score == "speedup":  # a quotient of two times
        return f"{about}{row.published:.2f}"
    unit = 100 if "accuracy" in row.score else 1
    digits = max(0, round(-math.log10(2 * unit * row.rounding)))
    return f"{about}{unit * row.published:.{digits}f}"
