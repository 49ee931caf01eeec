"""What the charts of a page are plotted of: rows chosen from tables, and how a chart is called."""

from collections.abc import Mapping
from typing import TypeVar

from glyph_transfer.analysis.rows import (
    CellRow,
    ConfusionRow,
    CurveRow,
    DifferenceRow,
    PublishedRow,
)
from glyph_transfer.charts import (
    accuracy_chart,
    choice_chart,
    confusion_chart,
    curve_chart,
    label_chart,
    network_chart,
    published_chart,
    trial_chart,
)
from glyph_transfer.report import answers
from glyph_transfer.report.evidence import SimilarityRow, StudyResults

PLOTS = {
    "accuracies": accuracy_chart.accuracy_by_cell,
    "answer": label_chart.accuracy_by_labels,
    "confusion": confusion_chart.confusion,
    "curves": curve_chart.study_curves,
    "differences": accuracy_chart.forest,
    "forecasts": choice_chart.choice_chart,
    "labels": label_chart.label_worth_chart,
    "published": published_chart.published_and_ours,
    "similarity": network_chart.heat_map,
    "source_curves": curve_chart.source_curves,
    "trials": trial_chart.trials,
}
"""Name in the templates -> what plots."""

MOST_LINES = 24
"""Of a chart with a line for each cell."""

MOST_ON_CARD = 5
"""Of the cells that score highest, on a study's card."""

Compared = TypeVar("Compared", CellRow, DifferenceRow)


def on_card(study: StudyResults) -> str:
    """Name the kind of chart that stands on a study's card: the others are in its details."""
    if published(study):
        return "published"
    if study.label_worth:
        return "labels"
    if study.forecasts:
        return "forecasts"
    return "best" if best(study) else "accuracies"


def at_shown_size(study: StudyResults, rows: list[Compared]) -> list[Compared]:
    """Give rows, but of many those with as many labels as the cell that is shown has.

    A chart has a line for each; all of them stand in the study's tables.
    """
    size = answers.shown_size(study)
    few = [row for row in rows if row.cell.n_train == size]
    return few if len(rows) > MOST_LINES and few else rows


def best(study: StudyResults) -> list[CellRow]:
    """Give the cells that score highest and those that they are compared with.

    None where that leaves few out.
    """
    rows = at_shown_size(study, study.cells)
    if len(rows) <= MOST_ON_CARD + 2:
        return []
    ranked = sorted(rows, key=lambda row: -row.accuracy)[:MOST_ON_CARD]
    shown = {row.cell for row in ranked}
    shown |= {row.baseline for row in study.differences if row.cell in shown}
    return [row for row in rows if row.cell in shown]


def published(study: StudyResults) -> list[PublishedRow]:
    """Give the published accuracies that there are ours of."""
    return [row for row in study.published if row.score == "accuracy" and row.ours is not None]


def pairs(study: StudyResults, rows: list[PublishedRow]) -> list[published_chart.Pair]:
    """Give published accuracies beside ours, as they are plotted."""
    return [
        published_chart.Pair(
            _on_lines(study.names.row(row.cell)),
            row.published,
            row.ours,
            (row.expected_low, row.expected_high),
        )
        for row in rows
    ]


def _on_lines(name: str) -> str:
    """Break a name in two where it is long."""
    words = name.split(", ", 1)
    return ",\n".join(words) if len(name) > 20 else name


def at_the_end(curves: list[CurveRow], split: str) -> list[float]:
    """Give the accuracies that learning curves end with, on training or test images, sorted."""
    accuracies = {row.cell: getattr(row, f"{split}_accuracy") for row in curves}
    return sorted(value for value in accuracies.values() if value is not None)


def confusions(study: StudyResults) -> list[ConfusionRow]:
    """Give the classes that were taken for another, the most often first."""
    wrong = [row for row in study.confusion if row.actual != row.predicted and row.predictions]
    return sorted(wrong, key=lambda row: -row.predictions)


def by_layers(rows: list[SimilarityRow]) -> Mapping[tuple[str, str], float]:
    """Give a pair of layers -> how similar they are."""
    return {(row.before, row.after): row.cka for row in rows}
