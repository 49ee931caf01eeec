"""The sections of a report on what was found: answer, published figures, studies."""

from statistics import median

from glyph_transfer import figures
from glyph_transfer.evidence import Evidence, Study
from glyph_transfer.findings import (
    Averages,
    Row,
    answer,
    explain,
    interval,
    judge,
    percent,
    points,
    spread,
)
from glyph_transfer.page import Paragraph, Picture, Section, Table, Value
from glyph_transfer.params import NO_SOURCE
from glyph_transfer.statistics import mean_interval

PROTOCOL, AVERAGES = "few_labels", "batch_norm"
"""The study of the published protocol, and the one of its moving averages."""

_REESTIMATED = "_reestimated"
_OVER_DRAWS = (
    "Intervals are 95 % bootstrap intervals of the mean over draws of the labelled images."
)


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


def question(evidence: Evidence) -> Section:
    """The question of the first study, and its answer in three sentences."""
    name, asked = next(iter(evidence.questions.items()))
    study = evidence.studies[name]
    told = _answer(study, "lead") if study else missing(f"The study {name}", evidence)
    return Section("answer", "The question and the answer", [Paragraph(asked, "question"), told])


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
            f"the range of our single draws, not against the interval of their mean. {_OVER_DRAWS}"
        )
        columns = [
            "study", "cell", "published (%)", "ours (%)", "95 % interval", "draws",
            "single draws (%)", "the published figure lies",
        ]  # fmt: skip
        blocks.append(Table(caption, columns, rows, badge(evidence, roles)))
    late = [name for name, study in evidence.studies.items() if study is None]
    if late:
        blocks.append(missing(f"Studies not in this table ({', '.join(late)})", evidence))
    return Section("published", "Published figures and ours", [*blocks, _explanation(evidence)])


def study(evidence: Evidence, name: str) -> Section:
    """One study: its question, answer, cells, differences and curves."""
    found = evidence.studies[name]
    blocks = [Paragraph(evidence.questions[name], "question")]
    if found is None:
        blocks.append(missing(f"The study {name}", evidence))
    else:
        mark = badge(evidence, found.roles)
        blocks += [_answer(found), _cell_table(found, mark), _accuracies(found, mark)]
        if found.differences:
            blocks += [_difference_table(found, mark), _forest(found, mark)]
        blocks.append(_curves(found, mark))
    return Section(f"study-{name}", f"Study {name}", blocks)


def _answer(found: Study, style: str = "text") -> Paragraph:
    return Paragraph(" ".join(answer(found.cells, found.differences)), style)


def _percent(fraction: float) -> Value:
    return Value(percent(fraction), fraction)


def _count(number: float) -> Value:
    return Value(f"{number:.0f}", number)


def _ends(low: float | None, high: float | None, write: object = percent) -> Value:
    return Value(interval(low, high, write), low)


def _published_row(found: Study, row: Row) -> list[str | Value]:
    draws = spread(found.replicates, row["cell"])
    return [
        found.name,
        row["cell"],
        _percent(row["published"]),
        _percent(row["accuracy"]),
        _ends(row["accuracy_low"], row["accuracy_high"]),
        _count(row["draws"]),
        Value(f"{percent(draws.low)} to {percent(draws.high)}", draws.low),
        draws.place(row["published"]),
    ]


def _explanation(evidence: Evidence) -> Paragraph:
    protocol, default = evidence.studies.get(PROTOCOL), evidence.studies.get(AVERAGES)
    if protocol is None or default is None:
        return missing(
            f"What explains the difference takes the studies {PROTOCOL} and {AVERAGES}", evidence
        )
    found = averages(default, protocol)
    if found is None:
        return Paragraph("No network is scored with and without re-estimated statistics.", "notice")
    return Paragraph(" ".join(explain(found)))


def averages(default: Study, protocol: Study) -> Averages | None:
    """Pair the cells of a study with those whose statistics are taken anew.

    Args:
        default: with cells at a high momentum and their twins, `<variant>_reestimated`.
        protocol: with the same training from scratch at another momentum.

    Returns:
        None where training from scratch has no twin or is not in `protocol`.
    """
    cells = {row["cell"]: row for row in default.cells}
    gains = {row["cell"]: row for row in default.differences}
    theirs = {row["cell"] for row in protocol.cells}
    scratch = [
        name
        for name, row in cells.items()
        if row["source"] == NO_SOURCE and _twin(name) in cells and name in theirs
    ]
    if not scratch:
        return None
    plain = scratch[0]
    return Averages(
        momentum=default.momentum,
        plain=cells[plain],
        reestimated=cells[_twin(plain)],
        effect=_effect(default, plain),
        draws=spread(default.replicates, plain),
        gains=[(gains[name], gains[_twin(name)]) for name in gains if _twin(name) in gains],
        other_momentum=protocol.momentum,
        other_draws=spread(protocol.replicates, plain),
    )


def _twin(cell: str) -> str:
    parts = cell.split("/")
    return "/".join([*parts[:3], parts[3] + _REESTIMATED, *parts[4:]])


def _effect(found: Study, plain: str) -> Row:
    """Row of the difference that re-estimating makes; one comparison needs no correction."""
    before, after = (
        {row["draw"]: row["accuracy"] for row in found.replicates if row["cell"] == cell}
        for cell in (plain, _twin(plain))
    )
    made = mean_interval([after[draw] - before[draw] for draw in before], seed=0)
    return {
        "accuracy": made.mean,
        "corrected_low": made.low,
        "corrected_high": made.high,
        "draws": len(before),
    }


def _cell_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "accuracy (%)", "95 % interval", "loss (nats)", "95 % interval of loss", "draws",
        "test images", "seconds a replicate",
    ]  # fmt: skip
    return Table(
        f"Cells of {found.name}, each the mean over its draws, scored on the test images. "
        f"{_OVER_DRAWS} Seconds are medians.",
        columns,
        [_cell_row(found, row) for row in found.cells],
        mark,
    )


def _cell_row(found: Study, row: Row) -> list[str | Value]:
    seconds = found.seconds[row["cell"]]
    return [
        row["cell"],
        _percent(row["accuracy"]),
        _ends(row["accuracy_low"], row["accuracy_high"]),
        Value(f"{row['loss']:.3f}", row["loss"]),
        _ends(row["loss_low"], row["loss_high"], "{:.3f}".format),
        _count(row["draws"]),
        _count(row["test_images"]),
        Value(f"{median(seconds):.2f}", median(seconds)) if seconds else Value("not tracked"),
    ]


def _accuracies(found: Study, mark: str) -> Picture:
    return Picture(
        f"{found.name}-accuracy",
        figures.png(figures.accuracy_by_cell(found.cells, found.replicates)),
        f"Accuracy of every cell of {found.name}: "
        + "; ".join(f"{row['cell']} {percent(row['accuracy'])} %" for row in found.cells),
        "Accuracy of each cell. Pale dots: single draws. Black: mean and 95 % bootstrap interval "
        "of the mean over draws. White diamond: the published figure, a single run.",
        mark,
    )


def _difference_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "baseline", "difference (points)", "95 % interval", "corrected", "p",
        "does better", "draws", "verdict",
    ]  # fmt: skip
    return Table(
        f"Paired differences of {found.name}: accuracy of a cell less that of its baseline on the "
        "same draws, in percentage points, with 95 % bootstrap intervals over draws; corrected: "
        "for the number of comparisons in the study, after Holm, and so p of the two-sided "
        "sign-flip test. Does better: probability on a draw, ties as halves. The verdict follows "
        "from the corrected interval.",
        columns,
        [_difference_row(row) for row in found.differences],
        mark,
    )


def _difference_row(row: Row) -> list[str | Value]:
    return [
        row["cell"],
        row["baseline"],
        Value(points(row["accuracy"]), row["accuracy"]),
        _ends(row["accuracy_low"], row["accuracy_high"], points),
        _ends(row["corrected_low"], row["corrected_high"], points),
        Value("none" if row["p_holm"] is None else f"{row['p_holm']:.2g}", row["p_holm"]),
        Value(f"{row['improvement']:.2f}", row["improvement"]),
        _count(row["draws"]),
        str(judge(row)),
    ]


def _forest(found: Study, mark: str) -> Picture:
    return Picture(
        f"{found.name}-differences",
        figures.png(figures.forest(found.differences)),
        f"Paired differences of {found.name}: "
        + "; ".join(
            f"{row['cell']} {points(row['accuracy'])} points, {judge(row)}"
            for row in found.differences
        ),
        "Difference of each cell from its baseline. Dot: mean over draws. Thick line: 95 % "
        "interval. Thin line with caps: corrected for the number of comparisons; where it "
        "includes the dashed zero, no difference is shown.",
        mark,
    )


def _curves(found: Study, mark: str) -> Picture:
    return Picture(
        f"{found.name}-curves",
        figures.png(figures.study_curves(found.curves)),
        f"Training curves of {found.name}: accuracy and loss on the labelled images by epoch",
        "Accuracy and loss on the labelled training images by epoch, means over draws; the band "
        "holds the middle 95 % of the draws. Cells whose curves are the same share a line. These "
        "are not test scores: training images are soon learned by heart.",
        mark,
    )
