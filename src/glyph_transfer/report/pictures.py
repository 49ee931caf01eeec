"""The pictures of a study, with captions that say how to read them and alternatives in words."""

from glyph_transfer.analysis.formats import (
    format_label_worth,
    format_percent,
    format_points,
    format_verdict,
)
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.findings import largest_size
from glyph_transfer.report.page import Picture


def accuracies(study: StudyResults, caveat: str) -> Picture:
    """Every draw of every cell, with means."""
    return Picture(
        f"{study.name}-accuracy",
        study.figures["accuracy"],
        f"Accuracy of every cell of {study.name}: "
        + "; ".join(f"{row.cell} {format_percent(row.accuracy)} %" for row in study.cells),
        "Accuracy of each cell. Pale dots: single draws. Black: mean and 95 % bootstrap interval "
        "of the mean over draws. White diamond: the published value, a single run.",
        caveat,
    )


def forest(study: StudyResults, caveat: str) -> Picture:
    """Paired differences with their intervals."""
    return Picture(
        f"{study.name}-differences",
        study.figures["differences"],
        f"Paired differences of {study.name}: "
        + "; ".join(
            f"{row.cell} {format_points(row.accuracy)} points, {format_verdict(row)}"
            for row in study.differences
        ),
        "Difference of each cell from its baseline. Dot: mean over draws. Thick line: 95 % "
        "interval. Thin line with caps: corrected for the number of comparisons; where it "
        "includes the dashed zero, no difference is shown.",
        caveat,
    )


def accuracy_by_labels(study: StudyResults, caveat: str) -> Picture:
    """Accuracy over the number of labels."""
    worth = "; ".join(
        f"{row.cell} is worth {format_label_worth(row, largest_size(row, study.cells))} labels"
        for row in study.label_worth
    )
    return Picture(
        f"{study.name}-labels",
        study.figures["labels"],
        f"Accuracy of {study.name} by the number of labelled images: {worth}",
        "Accuracy by the number of labelled images: means over draws; the bands are 95 % bootstrap "
        "intervals of the mean. Dotted: from a transferred network to the number of labels with "
        "which training from scratch matches it; in brackets its 95 % interval.",
        caveat,
    )


def curves(study: StudyResults, caveat: str) -> Picture:
    """Learning curves on the training images."""
    return Picture(
        f"{study.name}-curves",
        study.figures["curves"],
        f"Training curves of {study.name}: accuracy and loss on the labelled images by epoch",
        "Accuracy and loss on the labelled training images by epoch, means over draws; the bands "
        "hold the middle 95 % of the draws. Cells whose curves are the same share a line. These "
        "are not test scores: training images are soon learned by heart.",
        caveat,
    )


def test_curves(study: StudyResults, caveat: str) -> Picture:
    """Learning curves on the test images."""
    return Picture(
        f"{study.name}-test_curves",
        study.figures["test_curves"],
        f"Learning curves of {study.name}: accuracy and loss on the test images by epoch",
        "Accuracy and loss on the test images by epoch, as published charts show them: means over "
        "draws; the bands hold the middle 95 % of the draws. Nothing was chosen by them: training "
        "does not stop by them.",
        caveat,
    )


def confusion(study: StudyResults, caveat: str) -> Picture:
    """What was taken for what by the cell that is shown."""
    rows = study.confusion
    named = "shown" in study.params
    chosen = "chosen beforehand" if named else "the cell with the best validation accuracy"
    total = sum(row.predictions for row in rows)
    wrong = [row for row in rows if row.actual != row.predicted and row.predictions]
    worst = sorted(wrong, key=lambda row: -row.predictions)[:3]
    mistakes = "; ".join(
        f"{row.actual} taken for {row.predicted} {row.predictions} times" for row in worst
    )
    return Picture(
        f"{study.name}-confusion",
        study.figures["confusion"],
        f"Confusion matrix of {rows[0].cell}, most often: {mistakes or 'no mistakes'}",
        f"What the test images are taken for by {rows[0].cell}, {chosen}: percentages of each "
        f"true class, summed over {rows[0].draws} draws, {total:,} predictions. Empty: never.",
        caveat,
    )


def mistakes(study: StudyResults, caveat: str) -> Picture:
    """The worst mistakes of the cell that is shown."""
    rows = study.mistakes
    confused = "; ".join(f"{row.actual} taken for {row.predicted}" for row in rows)
    return Picture(
        f"{study.name}-mistakes",
        study.figures["mistakes"],
        f"The {len(rows)} worst mistakes of {rows[0].cell}: {confused}",
        f"Worst mistakes of {rows[0].cell}: the test images whose true class got the least "
        f"probability, mean over {rows[0].draws} draws, of those that any draw got wrong. "
        "Above each: true class, the class it was most often taken for, and how many draws got "
        "it wrong.",
        caveat,
    )
