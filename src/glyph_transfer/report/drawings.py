"""The pictures of a page: charts drawn anew from tables, photographs as the stages made them.

A title is the finding, by rule; what a reader needs to know of a kind of chart is in the templates.
"""

from typing import TypeVar

from glyph_transfer.analysis.formats import format_label_worth, format_percent, format_verdict
from glyph_transfer.analysis.rows import CellRow, CurveRow, DifferenceRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
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
from glyph_transfer.charts.figures import svg
from glyph_transfer.report import answers, page
from glyph_transfer.report.evidence import SearchResults, Source, StudyResults, Visualisation
from glyph_transfer.report.findings import enumerated, largest_size
from glyph_transfer.report.page import Chart, Photo, Picture, photo

MOST_LINES = 24
"""Of a chart with a line for each cell."""

MOST_ON_CARD = 5
"""Of the cells that score highest, on a study's card."""

Compared = TypeVar("Compared", CellRow, DifferenceRow)


def chart(name: str, figure, title: str, alt: str) -> Chart:
    """Give a figure as a chart."""
    return Chart(name, svg(figure, name), title, alt)


def of_study(study: StudyResults) -> dict[str, Picture]:
    """Every picture of a study, by its kind."""
    made: dict[str, Picture] = {"accuracy": accuracies(study)}
    if study.differences:
        made["differences"] = _forest(study)
    if study.label_worth:
        made["labels"] = labels(study)
    if study.curves:
        made["curves"] = _curves(study, "train")
    if any(row.test_loss is not None for row in study.curves):
        made["test_curves"] = _curves(study, "test")
    if study.forecasts:
        made["forecasts"] = forecasts(study)
    if study.confusion:
        made["confusion"] = _confusion(study)
    if "mistakes" in study.pictures:
        made["mistakes"] = _mistakes(study)
    return made


def accuracies(study: StudyResults) -> Chart:
    """Every draw of every cell, with means."""
    return _accuracies(study, at_shown_size(study, study.cells), f"{study.name}-accuracy")


def best_accuracies(study: StudyResults) -> Chart | None:
    """The same, of the cells that score highest and those that they are compared with.

    None where that leaves few out.
    """
    rows = at_shown_size(study, study.cells)
    if len(rows) <= MOST_ON_CARD + 2:
        return None
    ranked = sorted(rows, key=lambda row: -row.accuracy)[:MOST_ON_CARD]
    best = {row.cell for row in ranked}
    best |= {row.baseline for row in study.differences if row.cell in best}
    return _accuracies(study, [row for row in rows if row.cell in best], f"{study.name}-best")


def _accuracies(study: StudyResults, rows: list[CellRow], file: str) -> Chart:
    name = study.names.row
    highest = max(rows, key=lambda row: row.accuracy)
    title = page.said("charts", "accuracy", name(highest.cell), highest)
    alt = "; ".join(f"{name(row.cell)} {_right(row)}" for row in rows)
    figure = accuracy_chart.accuracy_by_cell(rows, study.replicates, study.words)
    return chart(file, figure, title, f"Accuracy: {alt}")


def at_shown_size(study: StudyResults, rows: list[Compared]) -> list[Compared]:
    """Give rows, but of many those with as many labels as the cell that is shown has.

    A chart has a line for each; all of them stand in the study's tables.
    """
    size = answers.shown_size(study)
    few = [row for row in rows if row.cell.n_train == size]
    return few if len(rows) > MOST_LINES and few else rows


def _right(row: CellRow) -> str:
    return f"{format_percent(row.accuracy)} %"


def _forest(study: StudyResults) -> Chart:
    rows = at_shown_size(study, study.differences)
    counts = {each: sum(row.verdict is each for row in rows) for each in DifferenceVerdict}
    title = page.said("charts", "differences", {each: n for each, n in counts.items() if n})
    alt = "; ".join(
        f"{study.names.row(row.cell)} {100 * row.accuracy:+.1f} points, {format_verdict(row)}"
        for row in rows
    )
    figure = accuracy_chart.forest(rows, study.words)
    return chart(f"{study.name}-differences", figure, title, f"Differences: {alt}")


def labels(study: StudyResults) -> Chart:
    """Accuracy by the number of labels, with what sources are worth at the size that is shown."""
    shown = answers.worth_in_labels(study)
    worth = [
        f"{study.names.whole(row.cell)} is worth "
        f"{format_label_worth(row, largest_size(row, study.cells))} labels from scratch"
        for row in shown
    ]
    best = max(range(len(shown)), key=lambda n: shown[n].size, default=None)
    title = "Accuracy by the number of labels" if best is None else worth[best]
    figure = label_chart.label_worth_chart(study.cells, shown, study.words)
    return chart(f"{study.name}-labels", figure, title, f"Accuracy by labels: {'; '.join(worth)}")


def forecasts(study: StudyResults) -> Chart:
    """What following every score costs, and how well it ranks the sources."""
    best = answers.scores(study)
    figure = choice_chart.choice_chart(study.forecasts, study.words)
    alt = page.said("charts", "forecasts_alt", best, study.words)
    return chart(f"{study.name}-forecasts", figure, page.said("charts", "forecasts", best), alt)


def _curves(study: StudyResults, split: str) -> Chart:
    last: dict[object, CurveRow] = {}
    for row in study.curves:
        if getattr(row, f"{split}_accuracy") is not None:
            last[row.cell] = row
    ends = sorted(getattr(row, f"{split}_accuracy") for row in last.values())
    images = {"train": "training", "test": "test"}[split]
    name = f"{study.name}-{'test_' if split == 'test' else ''}curves"
    title = page.said("charts", "curves", images, ends)
    figure = curve_chart.study_curves(study.curves, split, study.words)
    return chart(name, figure, title, f"Accuracy and loss on {images} images by epoch")


def _confusion(study: StudyResults) -> Chart:
    rows = study.confusion
    wrong = [row for row in rows if row.actual != row.predicted and row.predictions]
    worst = sorted(wrong, key=lambda row: -row.predictions)[:3]
    said = [f"{row.actual} taken for {row.predicted} {row.predictions} times" for row in worst]
    title = page.said("charts", "confusion", worst)
    alt = f"Confusions of {study.names.whole(rows[0].cell)}: {'; '.join(said) or 'none'}"
    return chart(f"{study.name}-confusion", confusion_chart.confusion(rows), title, alt)


def _mistakes(study: StudyResults) -> Photo:
    rows = study.mistakes
    confused = "; ".join(f"{row.actual} taken for {row.predicted}" for row in rows)
    return photo(
        f"{study.name}-mistakes",
        study.pictures["mistakes"],
        f"The {len(rows)} worst mistakes",
        f"Worst mistakes of {study.names.whole(rows[0].cell)}: {confused}",
    )


def published(study: StudyResults) -> Chart | None:
    """Published accuracies beside ours; None where none is published."""
    rows = [row for row in study.published if row.score == "accuracy" and row.ours is not None]
    if not rows:
        return None
    pairs = [
        published_chart.Pair(
            _on_lines(study.names.row(row.cell)),
            row.published,
            row.ours,
            (row.expected_low, row.expected_high),
        )
        for row in rows
    ]
    apart = [100 * (row.ours - row.published) for row in rows]
    title = page.said("charts", "published", min(apart), max(apart))
    alt = "; ".join(
        f"{study.names.row(row.cell)}: published {format_percent(row.published)} %, "
        f"ours {format_percent(row.ours)} %"
        for row in rows
    )
    return chart(f"{study.name}-published", published_chart.published_and_ours(pairs), title, alt)


def _on_lines(name: str) -> str:
    """Break a name in two where it is long."""
    words = name.split(", ", 1)
    return ",\n".join(words) if len(name) > 20 else name


def trials(results: SearchResults) -> Chart:
    """The trials of a search."""
    best = enumerated(f"{name.replace('_', ' ')} {v:.3g}" for name, v in results.best.items())
    title = f"Best: {results.metrics['best_validation_loss']:.3f} nats, with {best}"
    alt = f"Validation loss of {results.metrics['trials']:.0f} trials by hyper-parameter"
    return chart("search-trials", trial_chart.trials(results.trials), title, alt)


def source_curves(source: Source, called: str) -> Chart:
    """How a source network learned."""
    reached = source.curves["validation_accuracy"][-1:]
    title = called + "".join(f": {format_percent(v)} % on validation images" for v in reached)
    figure = curve_chart.source_curves(source.curves)
    alt = f"Accuracy and loss of {called} by epoch, on training and validation images"
    return chart(f"source-{source.name}", figure, title, alt)


def inside(shown: Visualisation) -> dict[str, list[Picture]]:
    """What single networks have learned, by the kind of picture."""
    sources = enumerated(["no source", *shown.sources])
    return {
        "kernels": [
            photo(
                "networks-kernels",
                shown.pictures["kernels"],
                "First-layer kernels before and after",
                f"Kernels of the first layer, before and after training, from {sources}",
            )
        ],
        "maxima": [
            photo(
                "networks-maxima",
                shown.pictures["maxima"],
                "What excites each filter most",
                f"Images that excite each filter most, in networks from {sources}",
            )
        ],
        "similarity": [_similarity(shown, source) for source in shown.sources],
        "classes": [
            photo(
                f"networks-classes-{source}",
                shown.pictures[f"classes-{source}"],
                f"Classes of {source} and of {shown.roles[0]} on one plane",
                f"Classes of {source} and of {shown.roles[0]} in the features of the network that "
                f"was pretrained on {source}",
            )
            for source in shown.sources
        ],
    }


def _similarity(shown: Visualisation, source: str) -> Chart:
    rows = [row for row in shown.similarity if row.source == source]
    same = [row for row in rows if row.before == row.after]
    least = min(same, key=lambda row: row.cka)
    values = {(row.before, row.after): row.cka for row in rows}
    title = f"{source}: fine-tuning changes {least.before} most, similarity {least.cka:.2f}"
    alt = "; ".join(f"{row.before} {row.cka:.2f}" for row in same)
    figure = network_chart.heat_map(source, values)
    return chart(f"networks-similarity-{source}", figure, title, f"Similarity of layers: {alt}")
