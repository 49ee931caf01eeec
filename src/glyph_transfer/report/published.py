"""The section of a report that holds every published figure against ours."""

from glyph_transfer.analysis.agreement import Agreement
from glyph_transfer.images import catalogue
from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report import averages
from glyph_transfer.report.evidence import Evidence, Study
from glyph_transfer.report.findings import Row
from glyph_transfer.report.page import Paragraph, Section, Table, Value
from glyph_transfer.report.sections import badge, count, figure, late, missing
from glyph_transfer.report.times import speedup

PROTOCOL, AVERAGES = "few_labels", "batch_norm"
"""The study of the published protocol, and the one of its moving averages."""

COLUMNS = [
    "study", "cell", "figure", "published", "ours", "one more run of ours", "agreement", "draws",
    "supports the claim", "our verdict",
]  # fmt: skip
CAPTION = (
    "Every published figure, a single run each, and ours. Ours: the mean with its 95 % bootstrap "
    "interval over draws. One more run of ours: where it would lie with 95 %, if runs are normal; "
    "a published figure agrees if it lies there, give or take its rounding or, where it was read "
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
    """Every published figure beside ours, and why they differ."""
    held = [(study, row) for study in evidence.finished for row in study.published]
    blocks = []
    if held:
        roles = [role for study, _ in held for role in study.roles]
        rows = [_row(study, row) for study, row in held]
        blocks.append(Table(CAPTION, COLUMNS, rows, badge(evidence, roles)))
    if late(evidence):
        names = ", ".join(late(evidence))
        blocks.append(missing(f"Studies not in this table ({names})", evidence))
    for study in evidence.finished:
        if told := reproduced(study, _stand_ins(evidence, study)):
            blocks.append(Paragraph(f"{told} {fewer_images(evidence, study.roles)}".strip()))
    if {PROTOCOL, AVERAGES} <= set(evidence.studies):
        blocks += _explanation(evidence)
    if not blocks:
        blocks.append(Paragraph("No published figure is listed for any study."))
    return Section("published", "Published figures and ours", blocks)


def _row(found: Study, row: Row) -> list[str | Value]:
    claims = {claim["name"]: claim["claim"] for claim in found.claims}
    ours = _timed(found, row) if row["score"] == "speedup" else _scored(row)
    claim, verdict = claims.get(row["claim"], "none"), row["verdict"] or "none"
    return [
        found.name, row["cell"], _name(row), Value(figure(row), row["published"]), *ours, claim,
        verdict,
    ]  # fmt: skip


def _name(row: Row) -> str:
    return _NAMES.get(row["score"]) or f"speedup over {row['than']}"


def _scored(row: Row) -> list[str | Value]:
    def write(value: float) -> str:
        return f"{value:.3f}" if row["score"] == "loss" else f"{100 * value:.2f}"

    if row["low"] is None:
        ours, more = f"{write(row['ours'])} (one draw)", Value("none")
    else:
        most = float("inf") if row["score"] == "loss" else 1.0
        low, high = max(row["expected_low"], 0.0), min(row["expected_high"], most)
        ours = f"{write(row['ours'])} [{write(row['low'])}, {write(row['high'])}]"
        more = Value(f"{write(low)} to {write(high)}", low)
    return [Value(ours, row["ours"]), more, row["agreement"], count(row["draws"])]


def _timed(found: Study, row: Row) -> list[str | Value]:
    ours = speedup(found, row["cell"], row["than"])
    if ours is None:
        return [Value("not tracked"), Value("none"), OTHER_MACHINE, Value("none")]
    return [Value(str(ours), ours.ratio), Value("none"), OTHER_MACHINE, count(ours.draws)]


def reproduced(found: Study, stand_ins: bool) -> str:
    """Say how many published figures of a study agree with ours, which do not, and why.

    Args:
        found: the study.
        stand_ins: whether its images are other than those of the published figures.

    Returns:
        Nothing where no figure can be judged.
    """
    judged = [
        row
        for row in found.published
        if row["score"] != "speedup" and row["agreement"] != Agreement.NOT_KNOWN
    ]
    agree = [row for row in judged if row["agreement"] == Agreement.AGREES]
    if not judged:
        return ""
    told = (
        f"{found.name}: {len(agree)} of {len(judged)} published accuracies and losses lie where "
        "one more run of ours would."
    )
    if stand_ins:
        return f"{told} Ours are on stand-in images, so nothing follows from either. {found.note}"
    apart = [
        f"{str(agreement).capitalize()}: {'; '.join(map(_cell, rows))}."
        for agreement in (Agreement.HIGHER, Agreement.LOWER)
        if (rows := [row for row in judged if row["agreement"] == agreement])
    ]
    return " ".join([told, *apart, found.note]).strip()


def _cell(row: Row) -> str:
    return f"{_name(row).partition(' (')[0]} of {row['cell']}"


def fewer_images(evidence: Evidence, roles: list[str]) -> str:
    """Say of which unofficial sets there are fewer images than published; empty if of none."""
    told = []
    for role in sorted({r for r in roles if evidence.provenance(r) == "unofficial"}):
        splits, published = evidence.images[role].facts["splits"], catalogue.ROLES[role]
        n_test = splits["test"]["images"]
        n_train = sum(split["images"] for split in splits.values()) - n_test
        if n_train < published.train_size or n_test < published.test_size:
            told.append(
                f"{role} has {n_train:,} of {published.train_size:,} images to train and validate "
                f"on, and {n_test:,} of {published.test_size:,} to be tested on"
            )
    missing_images = f"Not all published images are here: {'; '.join(told)}."
    return f"{missing_images} With fewer to learn from, ours can be lower." if told else ""


def _stand_ins(evidence: Evidence, study: Study) -> bool:
    return any(evidence.provenance(role) == "generated" for role in study.roles)


def _explanation(evidence: Evidence) -> list[Paragraph]:
    protocol, default = evidence.studies[PROTOCOL], evidence.studies[AVERAGES]
    if protocol is None or default is None:
        what = f"What explains the difference takes the studies {PROTOCOL} and {AVERAGES}"
        return [missing(what, evidence)]
    stand_ins = _stand_ins(evidence, default)
    found = averages.pair(default, protocol, stand_ins)
    if found is None:
        told = "No network is scored with and without re-estimated statistics."
        return [Paragraph(told, "notice")]
    told = [" ".join(averages.explain(found))]
    transferred = [
        (
            row,
            averages.spread(default.replicates, row["cell"]),
            averages.spread(protocol.replicates, row["cell"]),
        )
        for row in default.cells
        if row["source"] != NO_SOURCE and row["published"] is not None
    ]
    if transferred and not stand_ins:
        told.append(averages.unstated(transferred))
    if found.gains:
        told.append(averages.left(found))
    return [Paragraph(each) for each in told]
