"""The section of a report on one study: cells, paired differences, curves, mistakes."""

from statistics import median

from glyph_transfer.report.evidence import Evidence, Study
from glyph_transfer.report.findings import Row, interval, judge, percent, points, verdicts
from glyph_transfer.report.page import Paragraph, Picture, Section, Table, Value
from glyph_transfer.report.sections import OVER_DRAWS, badge, count, estimate, missing


def section(evidence: Evidence, name: str) -> Section:
    """One study: its question, answer, cells, differences, curves and mistakes."""
    found = evidence.studies[name]
    if found is None:
        blocks = [missing(f"The study {name}", evidence)]
    else:
        blocks = _blocks(found, badge(evidence, found.roles))
    return Section(f"study-{name}", f"Study {name}", blocks)


def _blocks(found: Study, mark: str) -> list[Paragraph | Table | Picture]:
    blocks = [Paragraph(found.question, "question")]
    if found.differences:
        blocks.append(Paragraph(" ".join(verdicts(found.differences))))
    blocks += [_cell_table(found, mark), _accuracies(found, mark)]
    if found.differences:
        blocks += [_difference_table(found, mark), _forest(found, mark)]
    blocks += [_curves(found, mark), _confusion(found, mark)]
    if found.mistakes:
        blocks.append(_mistakes(found, mark))
    return blocks


def _cell_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "accuracy (%)", "published (%)", "loss (nats)", "draws", "test images",
        "seconds per replicate",
    ]  # fmt: skip
    return Table(
        f"Cells of {found.name}, each the mean over its draws, scored on the test images. "
        f"{OVER_DRAWS} Seconds are medians.",
        columns,
        [_cell_row(found, row) for row in found.cells],
        mark,
    )


def _cell_row(found: Study, row: Row) -> list[str | Value]:
    seconds = found.seconds[row["cell"]]
    return [
        row["cell"],
        estimate(row, "accuracy"),
        Value(
            "none" if row["published"] is None else f"{100 * row['published']:g}", row["published"]
        ),
        estimate(row, "loss", "{:.3f}".format),
        count(row["draws"]),
        count(row["test_images"]),
        Value(f"{median(seconds):.2f}", median(seconds)) if seconds else Value("not tracked"),
    ]


def _accuracies(found: Study, mark: str) -> Picture:
    return Picture(
        f"{found.name}-accuracy",
        found.figures["accuracy"],
        f"Accuracy of every cell of {found.name}: "
        + "; ".join(f"{row['cell']} {percent(row['accuracy'])} %" for row in found.cells),
        "Accuracy of each cell. Pale dots: single draws. Black: mean and 95 % bootstrap interval "
        "of the mean over draws. White diamond: the published figure, a single run.",
        mark,
    )


def _difference_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "baseline", "difference (points)", "corrected interval", "p", "does better",
        "draws", "verdict",
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
        estimate(row, "accuracy", points),
        Value(interval(row["corrected_low"], row["corrected_high"], points), row["corrected_low"]),
        Value("none" if row["p_holm"] is None else f"{row['p_holm']:.2g}", row["p_holm"]),
        Value(f"{row['improvement']:.2f}", row["improvement"]),
        count(row["draws"]),
        str(judge(row)),
    ]


def _forest(found: Study, mark: str) -> Picture:
    return Picture(
        f"{found.name}-differences",
        found.figures["differences"],
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
        found.figures["curves"],
        f"Training curves of {found.name}: accuracy and loss on the labelled images by epoch",
        "Accuracy and loss on the labelled training images by epoch, means over draws; the bands "
        "hold the middle 95 % of the draws. Cells whose curves are the same share a line. These "
        "are not test scores: training images are soon learned by heart.",
        mark,
    )


def _confusion(found: Study, mark: str) -> Picture:
    rows = found.confusion
    total = sum(row["predictions"] for row in rows)
    wrong = [row for row in rows if row["actual"] != row["predicted"] and row["predictions"]]
    worst = sorted(wrong, key=lambda row: -row["predictions"])[:3]
    told = "; ".join(
        f"{row['actual']} taken for {row['predicted']} {row['predictions']} times" for row in worst
    )
    return Picture(
        f"{found.name}-confusion",
        found.figures["confusion"],
        f"Confusion matrix of {rows[0]['cell']}, most often: {told or 'no mistakes'}",
        f"What the test images are taken for by {rows[0]['cell']}, the cell with the best "
        f"validation accuracy: percentages of each true class, summed over {rows[0]['draws']} "
        f"draws, {total:,} predictions. Empty: never.",
        mark,
    )


def _mistakes(found: Study, mark: str) -> Picture:
    rows = found.mistakes
    told = "; ".join(f"{row['actual']} taken for {row['predicted']}" for row in rows)
    return Picture(
        f"{found.name}-mistakes",
        found.figures["mistakes"],
        f"The {len(rows)} worst mistakes of {rows[0]['cell']}: {told}",
        f"Worst mistakes of {rows[0]['cell']}: the test images whose true class got the least "
        f"probability, mean over {rows[0]['draws']} draws, of those that any draw got wrong. "
        "Above each: true class, the class it was most often taken for, and how many draws got "
        "it wrong.",
        mark,
    )
