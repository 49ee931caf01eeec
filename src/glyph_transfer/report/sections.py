"""The first sections of a report, the answer and the authors' claims, and what all share."""

import math
from collections import Counter
from collections.abc import Callable

from glyph_transfer.report.answer import QUESTION, answer
from glyph_transfer.report.evidence import Evidence, Study
from glyph_transfer.report.findings import Row, interval, nats, percent, place, points, way
from glyph_transfer.report.page import Paragraph, Section, Table, Value


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


def late(evidence: Evidence) -> list[str]:
    """Names of the studies that have not run."""
    return [name for name, study in evidence.studies.items() if study is None]


def question(evidence: Evidence) -> Section:
    """The question, and its answer in three sentences."""
    blocks = [Paragraph(QUESTION, "question")]
    blocks += [Paragraph(told, "lead") for told in answer(evidence.studies)]
    blocks.append(Paragraph(WORDS))
    if evidence.finished:
        blocks.append(_overview(evidence))
    if late(evidence):
        blocks.append(missing(f"Studies {', '.join(late(evidence))}", evidence))
    return Section("answer", "The question and the answer", blocks)


WORDS = (
    "A source is the set that a network was pretrained on. A variant says which of its layers are "
    "taken over and which of them learn, in which phases. A draw is one random choice of labelled "
    "images, initial weights and orders of batches, the same for all that is compared. A cell is "
    "one target, model, source, variant and number of labelled images, written with slashes; a "
    "study is a set of cells that answers one question."
)


def _overview(evidence: Evidence) -> Table:
    return Table(
        "The studies of this page, and what became of the claims that they test.",
        ["study", "asks", "learns", "claims"],
        [
            [study.name, study.question, study.params["targets"], _verdicts(study)]
            for study in evidence.finished
        ],
    )


def _verdicts(found: Study) -> str:
    counts = Counter(row["verdict"] for row in found.claims)
    return ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) or "none"


def claims(evidence: Evidence) -> Section:
    """What the authors of the published studies claim, and what our draws make of it."""
    claimed = [(study, row) for study in evidence.finished for row in study.claims]
    blocks = []
    if claimed:
        roles = [role for study, _ in claimed for role in study.roles]
        caption = (
            "Claims of the authors of the published studies, in our words, and our tests of them: "
            "of accuracies in percentage points, of losses in nats. Confirmed: the whole interval "
            "lies where the claim says. Refuted: all of it lies outside. Not shown: it reaches "
            "both. Equal means nearer to zero than the margin, not lower means above minus the "
            "margin; margins are ours. Intervals are over draws and corrected for the number of "
            "claims of a study (Bonferroni), and so not those of the study's own table; those of "
            "ratios of spreads are Pitman's and Morgan's. Of times the brackets are the smallest "
            "and the largest of single draws, and a claim is confirmed where all draws agree."
        )
        columns = ["study", "claim", "verdict", "found", "draws", "published", "our test"]
        rows = [_claim_row(study, row) for study, row in claimed]
        blocks.append(Table(caption, columns, rows, badge(evidence, roles)))
    if late(evidence):
        blocks.append(missing(f"Claims of the studies {', '.join(late(evidence))}", evidence))
    if not blocks:
        blocks.append(Paragraph("No claim is listed for any study."))
    return Section("claims", "The authors' claims", blocks)


def _claim_row(found: Study, row: Row) -> list[str | Value]:
    test, write = _test(found, row)
    if row["estimate"] is None:
        estimated = Value("none")
    else:
        ends = interval(row["low"], row["high"], write)
        estimated = Value(f"{write(row['estimate'])} {ends}", row["estimate"])
    draws, theirs = count(row["draws"]), _theirs(found, row)
    return [found.name, row["claim"], row["verdict"], estimated, draws, theirs, test]


def _test(found: Study, row: Row) -> tuple[str, Callable[[float], str]]:
    """Say what is tested, and give how what is found is written."""
    among = [cell["cell"] for cell in found.cells]
    first, second = way(row["cell"], among), way(row["than"], among)
    where = place(row["cell"], among)
    if row["score"] == "time":
        told = f"time of training for an image and epoch: that of {second}{where}, divided by that"
        return f"{told} of {first}: above 1 on every draw", "{:.2f}".format
    if row["expects"] == "steadier":
        told = f"spread over draws of {first}{where}, divided by that of {second}: below 1"
        return told, "{:.2f}".format
    write = points if row["score"] == "accuracy" else nats
    unit = "points" if row["score"] == "accuracy" else "nats"
    margin = "" if row["margin"] is None else f"{write(row['margin']).lstrip('+')} {unit}"
    expected = {
        "higher": "above 0",
        "lower": "below 0",
        "equal": f"between \N{MINUS SIGN}{margin} and {margin}",
        "not_lower": f"above \N{MINUS SIGN}{margin}",
    }[row["expects"]]
    return f"{row['score']} of {first}{where} less that of {second}: {expected}", write


def _theirs(found: Study, row: Row) -> Value:
    """Give the published figures that a claim compares, or none where there are not both."""
    figures = {(p["cell"], p["score"]): p for p in found.published}
    pair = [figures.get((row[side], row["score"])) for side in ("cell", "than")]
    if row["score"] == "time" or row["expects"] == "steadier" or None in pair:
        return Value("none")
    unit = {"accuracy": "%", "loss": "nats"}[row["score"]]
    first, second = (figure(p) for p in pair)
    return Value(f"{first} against {second} {unit}", pair[0]["published"])


def figure(row: Row) -> str:
    """Write a published figure, in percent, nats or times."""
    about = "about " if row["about"] else ""
    if row["score"] == "speedup":  # a quotient of two times
        return f"{about}{row['published']:.2f}"
    unit = 100 if "accuracy" in row["score"] else 1
    digits = max(0, round(-math.log10(2 * unit * row["rounding"])))
    return f"{about}{unit * row['published']:.{digits}f}"
