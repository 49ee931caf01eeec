"""What the first screen of a page is of: what the best start and recipe gain, and their curves."""

from dataclasses import dataclass

from glyph_transfer.analysis.rows import CellRow, DifferenceRow
from glyph_transfer.analysis.words import in_words
from glyph_transfer.charts.figures import GREY
from glyph_transfer.charts.label_chart import Line
from glyph_transfer.protocol import NO_SOURCE, Cell
from glyph_transfer.report import answers
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.findings import without_size


@dataclass(frozen=True)
class Gain:
    """What the best start and recipe gain over training from scratch.

    Attributes:
        study: that shows it.
        row: the difference.
        best, baseline: the two cells.
    """

    study: StudyResults
    row: DifferenceRow
    best: CellRow
    baseline: CellRow


def gain(evidence: Evidence) -> Gain | None:
    """Give the best of the study of recipes, at the number of labels that is shown elsewhere.

    Without a study of recipes, that of the study of sources; None where neither has run.
    """
    study = evidence.answering("recipe")
    rows = answers.gains_of_transfer(study) if study else []
    labels = evidence.answering("labels")
    size = answers.shown_size(labels or study) if rows else None
    rows = [row for row in rows if row.cell.n_train == size] or rows
    if not rows:
        study = evidence.answering("source") or next(iter(evidence.finished), None)
        rows = answers.gains_of_transfer(study) if study else []
    if not rows:
        return None
    row = rows[0]
    return Gain(study, row, study.cell(row.cell), study.cell(row.baseline))


def curves(evidence: Evidence) -> list[Line]:
    """Give accuracy by labels from scratch, the published way, and with the best recipe.

    Empty where no study varies the number of labels.
    """
    published = _published_way(evidence)
    lines = [*published, *_best_recipe(evidence)[1 if published else 0 :]]
    return lines if any(len(line.rows) > 1 for line in lines) else []


def most_apart(lines: list[Line]) -> tuple[CellRow, CellRow] | None:
    """Give the cells of the last and the first line that differ most, of those that have learned.

    Both have as many labels; None where no two have.
    """
    than = {row.n_images: row for row in lines[0].rows if row.learned is not False}
    pairs = [(row, than[row.n_images]) for row in lines[-1].rows if row.n_images in than]
    return max(pairs, key=lambda pair: pair[0].accuracy - pair[1].accuracy, default=None)


def by_labels(evidence: Evidence) -> tuple[StudyResults, list[CellRow]] | None:
    """Give what scored highest at every number of labels, and in which study.

    None where no study varies it.
    """
    study = evidence.answering("recipe") or evidence.answering("labels")
    if study is None:
        return None
    best = answers.highest(study, study.cells[0].target, "n_images")
    return study, [best[size] for size in sorted(best)]


def _published_way(evidence: Evidence) -> list[Line]:
    """Lines of training from scratch, and of the source that is worth most."""
    study = evidence.answering("labels")
    worth = answers.worth_in_labels(study) if study else []
    if not worth:
        return []
    most = max(worth, key=lambda row: row.size)
    start = _line_name(study, most.cell)
    return [
        Line(_line_name(study, most.baseline), _curve(study, most.baseline), GREY),
        Line(f"{start},\npublished way", _curve(study, most.cell), "C0"),
    ]


def _best_recipe(evidence: Evidence) -> list[Line]:
    """Lines of training from scratch, and of the recipe that the answer names."""
    best = gain(evidence)
    if best is None or best.study is not evidence.answering("recipe"):
        return []
    cell, baseline = best.row.cell, best.row.baseline
    recipe = in_words(cell.variant, best.study.words)
    name = f"{_line_name(best.study, cell)},\n" + recipe.replace(", ", ",\n")
    return [
        Line(_line_name(best.study, baseline), _curve(best.study, baseline), GREY),
        Line(name, _curve(best.study, cell), "C1"),
    ]


def _line_name(study: StudyResults, cell: Cell) -> str:
    model, source = (in_words(name, study.words) for name in (cell.model, cell.source))
    return f"from scratch,\n{model}" if cell.source == NO_SOURCE else f"{source}, {model}"


def _curve(study: StudyResults, cell: Cell) -> list[CellRow]:
    return [row for row in study.cells if without_size(row.cell) == without_size(cell)]
