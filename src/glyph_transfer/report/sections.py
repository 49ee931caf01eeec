"""The first sections of a report, the answer and the published figures, and what all share."""

from collections.abc import Callable

from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report.evidence import Evidence, Study
from glyph_transfer.report.findings import (
    Averages,
    Row,
    answer,
    explain,
    interval,
    percent,
    points,
    spread,
    unstated,
    way,
)
from glyph_transfer.report.page import Paragraph, Section, Table, Value

PROTOCOL, AVERAGES = "few_labels", "batch_norm"
"""The study of the published protocol, and the one of its moving averages."""

_REESTIMATED = "_reestimated"
OVER_DRAWS = "In brackets: 95 % bootstrap intervals of the mean over draws of the labelled images."


def badge(evidence: Evidence, roles: list[str]) -> str:
    """What has to be said beside everything that rests on the images of `roles`."""
    found: dict[str, list[str]] = {}
    for role in dict.fromkeys(roles):
        found.setdefault(evidence.provenance(role), []).append(role)
    notes = {
        "unofficial": "unofficial files ({}): close to, but not comparable with, published figures",
        "unknown": "where the images come from is not known ({})",
        "generated": "stand-ins for the published sets ({})",
    }
    return "; ".join(
        note.format(", ".join(found[kind])) for kind, note in notes.items() if kind in found
    )


def mark(evidence: Evidence) -> str:
    """What the corpus is, to be read before anything else."""
    if evidence.corpus == "embedded":
        return (
            "Corpus embedded: generated images and small stand-ins, not the published sets "
            "(MNIST, EMNIST, Fashion-MNIST). Its figures hold for these images only."
        )
    caveat = badge(evidence, list(evidence.images))
    return f"Corpus {evidence.corpus}: MNIST, EMNIST and Fashion-MNIST" + (
        f". Mind: {caveat}." if caveat else "; every file has its published checksum."
    )


def missing(what: str, evidence: Evidence) -> Paragraph:
    """Say that something has not run, and what runs it."""
    return Paragraph(f"{what}: not run yet. {evidence.command} runs what is missing.", "notice")


def count(number: float) -> Value:
    """A whole number."""
    return Value(f"{number:.0f}", number)


def estimate(row: Row, score: str, write: Callable[[float], str] = percent) -> Value:
    """A mean with its interval, sorted by the mean."""
    ends = interval(row[f"{score}_low"], row[f"{score}_high"], write)
    return Value(f"{write(row[score])} {ends}", row[score])


def question(evidence: Evidence) -> Section:
    """The question of the first study, and its answer in three sentences."""
    name, study = next(iter(evidence.studies.items()))
    if study is None:
        blocks = [missing(f"The study {name}", evidence)]
    else:
        told = answer(study.cells, study.differences, study.seconds, study.params)
        blocks = [Paragraph(study.question, "question"), Paragraph(" ".join(told), "lead")]
    return Section("answer", "The question and the answer", blocks)


def claims(evidence: Evidence) -> Section:
    """What the authors of the published studies claim, and what our draws make of it."""
    claimed = [(study, row) for study in evidence.finished for row in study.claims]
    late = [name for name, study in evidence.studies.items() if study is None]
    blocks = []
    if claimed:
        roles = [role for study, _ in claimed for role in study.roles]
        caption = (
            "Claims of the author of the published study, in our words, and our tests of them. In "
            "brackets: intervals over draws that hold with 95 % for all claims of a study "
            "together; for ratios after Pitman and Morgan. A claim is confirmed or refuted where "
            "its interval leaves out equality, and otherwise not shown."
        )
        columns = ["study", "claim", "published (%)", "our test", "found", "draws", "verdict"]
        rows = [_claim_row(study, row) for study, row in claimed]
        blocks.append(Table(caption, columns, rows, badge(evidence, roles)))
    if late:
        blocks.append(missing(f"Claims of the studies {', '.join(late)}", evidence))
    if not blocks:
        blocks.append(Paragraph("No claim is listed for any study."))
    return Section("claims", "The author's claims", blocks)


def _claim_row(found: Study, row: Row) -> list[str | Value]:
    figures = {cell["cell"]: cell["published"] for cell in found.cells}
    theirs = [figures[row[side]] for side in ("cell", "than")]
    is_steadier = row["expects"] == "steadier"  # no author gives a spread
    unknown = is_steadier or None in theirs
    both = "none" if unknown else " and ".join(f"{100 * value:g}" for value in theirs)
    first, second = way(row["cell"]), way(row["than"])
    if is_steadier:
        test, write = f"spread over draws of {first}, divided by that of {second}", "{:.2f}".format
    else:
        test, write = f"accuracy of {first} less that of {second}, in points", points
    if row["estimate"] is None:
        estimated = Value("none")
    else:
        ends = interval(row["low"], row["high"], write)
        estimated = Value(f"{write(row['estimate'])} {ends}", row["estimate"])
    return [found.name, row["claim"], both, test, estimated, count(row["draws"]), row["verdict"]]


def published(evidence: Evidence) -> Section:
    """Published figures and ours, and what explains the difference."""
    rows = [
        _published_row(study, row)
        for study in evidence.finished
        for row in study.cells
        if row["published"] is not None
    ]
    roles = [role for study in evidence.finished for role in study.roles]
    blocks = []
    if rows:
        caption = (
            "Published accuracies and ours. A published figure is a single run: it is held against "
            f"the range of our single draws, not against the interval of their mean. {OVER_DRAWS}"
        )
        columns = [
            "study", "cell", "published (%)", "ours (%)", "draws", "single draws (%)",
            "the published figure lies",
        ]  # fmt: skip
        blocks.append(Table(caption, columns, rows, badge(evidence, roles)))
    late = [name for name, study in evidence.studies.items() if study is None]
    if late:
        blocks.append(missing(f"Studies not in this table ({', '.join(late)})", evidence))
    if {PROTOCOL, AVERAGES} <= set(evidence.studies):
        blocks.append(_explanation(evidence))
    return Section("published", "Published figures and ours", blocks)


def _published_row(found: Study, row: Row) -> list[str | Value]:
    draws = spread(found.replicates, row["cell"])
    return [
        found.name,
        row["cell"],
        Value(f"{100 * row['published']:g}", row["published"]),
        estimate(row, "accuracy"),
        count(row["draws"]),
        Value(f"{percent(draws.low)} to {percent(draws.high)}", draws.low),
        draws.place(row["published"]),
    ]


def _explanation(evidence: Evidence) -> Paragraph:
    protocol, default = evidence.studies[PROTOCOL], evidence.studies[AVERAGES]
    if protocol is None or default is None:
        return missing(
            f"What explains the difference takes the studies {PROTOCOL} and {AVERAGES}", evidence
        )
    stand_ins = any(evidence.provenance(role) == "generated" for role in default.roles)
    found = averages(default, protocol, stand_ins)
    if found is None:
        return Paragraph("No network is scored with and without re-estimated statistics.", "notice")
    told = explain(found)
    if not stand_ins:
        told += [
            unstated(row, spread(default.replicates, name), spread(protocol.replicates, name))
            for name, row in ((row["cell"], row) for row in default.cells)
            if row["source"] != NO_SOURCE and row["published"] is not None
        ]
    return Paragraph(" ".join(told))


def averages(default: Study, protocol: Study, stand_ins: bool) -> Averages | None:
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
