"""The pictures of a study, with captions that say how to read them and alternatives in words."""

from glyph_transfer.report.evidence import Study
from glyph_transfer.report.findings import judge, largest_size, percent, points, worth
from glyph_transfer.report.page import Picture


def accuracies(found: Study, mark: str) -> Picture:
    """Every draw of every cell, with means."""
    return Picture(
        f"{found.name}-accuracy",
        found.figures["accuracy"],
        f"Accuracy of every cell of {found.name}: "
        + "; ".join(f"{row['cell']} {percent(row['accuracy'])} %" for row in found.cells),
        "Accuracy of each cell. Pale dots: single draws. Black: mean and 95 % bootstrap interval "
        "of the mean over draws. White diamond: the published figure, a single run.",
        mark,
    )


def forest(found: Study, mark: str) -> Picture:
    """Paired differences with their intervals."""
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


def label_curve(found: Study, mark: str) -> Picture:
    """Accuracy over the number of labels."""
    told = "; ".join(
        f"{row['cell']} is worth {worth(row, largest_size(row, found.cells))} labels"
        for row in found.labels
    )
    return Picture(
        f"{found.name}-labels",
        found.figures["labels"],
        f"Accuracy of {found.name} by the number of labelled images: {told}",
        "Accuracy by the number of labelled images: means over draws; the bands are 95 % bootstrap "
        "intervals of the mean. Dotted: from a transferred network to the number of labels with "
        "which training from scratch matches it; in brackets its 95 % interval.",
        mark,
    )


def curves(found: Study, mark: str) -> Picture:
    """Learning curves on the training images."""
    return Picture(
        f"{found.name}-curves",
        found.figures["curves"],
        f"Training curves of {found.name}: accuracy and loss on the labelled images by epoch",
        "Accuracy and loss on the labelled training images by epoch, means over draws; the bands "
        "hold the middle 95 % of the draws. Cells whose curves are the same share a line. These "
        "are not test scores: training images are soon learned by heart.",
        mark,
    )


def test_curves(found: Study, mark: str) -> Picture:
    """Learning curves on the test images."""
    return Picture(
        f"{found.name}-test_curves",
        found.figures["test_curves"],
        f"Learning curves of {found.name}: accuracy and loss on the test images by epoch",
        "Accuracy and loss on the test images by epoch, as published figures show them: means over "
        "draws; the bands hold the middle 95 % of the draws. Nothing was chosen by them: training "
        "does not stop by them.",
        mark,
    )


def confusion(found: Study, mark: str) -> Picture:
    """What was taken for what by the cell that is shown."""
    rows = found.confusion
    named = "shown" in found.params
    chosen = "chosen beforehand" if named else "the cell with the best validation accuracy"
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
        f"What the test images are taken for by {rows[0]['cell']}, {chosen}: percentages of each "
        f"true class, summed over {rows[0]['draws']} draws, {total:,} predictions. Empty: never.",
        mark,
    )


def mistakes(found: Study, mark: str) -> Picture:
    """The worst mistakes of the cell that is shown."""
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
