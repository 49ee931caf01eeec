"""The first screen of a page: the answer in a sentence, a chart, three tiles, and what to do."""

from dataclasses import dataclass
from statistics import median

from glyph_transfer.analysis.formats import format_label_worth, format_percent, format_points
from glyph_transfer.analysis.rows import CellRow, DifferenceRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.analysis.words import in_words
from glyph_transfer.charts import label_chart
from glyph_transfer.charts.figures import GREY
from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report import answers, drawings
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.findings import largest_size, without_size
from glyph_transfer.report.page import NONE, Chart, Column, Table, Value, table
from glyph_transfer.report.tables import count, estimate, verdict


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

    @property
    def start(self) -> str:
        """What is started from."""
        return in_words(self.best.source, self.study.words)

    @property
    def recipe(self) -> str:
        """What is done with it."""
        return in_words(self.best.variant, self.study.words)

    @property
    def target(self) -> str:
        """What is learned."""
        return in_words(self.best.target, self.study.words)


@dataclass(frozen=True)
class Tile:
    """A number that is to be remembered, what it is, and how sure it is."""

    number: str
    what: str
    sure: str


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


def curves(evidence: Evidence) -> Chart | None:
    """Accuracy by labels from scratch, the published way, and with the best recipe.

    Where no study tells, that of the cells of the study that the answer is from.
    """
    study, best = evidence.answering("labels"), gain(evidence)
    worth = answers.worth_in_labels(study) if study else []
    if not worth:
        return drawings.accuracies(best.study) if best else None
    published = max(worth, key=lambda row: row.size)
    source = in_words(published.cell.source, study.words)
    lines = [
        label_chart.Line("from scratch", _curve(study, published.baseline), GREY),
        label_chart.Line(f"{source},\npublished way", _curve(study, published.cell), "C0"),
    ]
    if best and best.study.name != study.name and evidence.answering("recipe"):
        words = best.recipe.replace(", ", ",\n")
        line = _curve(best.study, best.row.cell)
        lines.append(label_chart.Line(f"{best.start},\n{words}", line, "C1"))
    alt = "; ".join(
        f"{line.name} ".replace("\n", " ")
        + ", ".join(f"{format_percent(row.accuracy)} % with {row.n_train}" for row in line.rows)
        for line in lines
    )
    figure = label_chart.accuracy_by_labels(lines)
    ahead = _ahead(lines[-1].rows, lines[0].rows)
    start = lines[-1].name.partition(",")[0].capitalize()
    title = f"{start} ahead of scratch at {ahead} numbers of labels"
    return drawings.chart("answer", figure, title, alt)


def _ahead(rows: list[CellRow], others: list[CellRow]) -> str:
    """Count the numbers of labels at which cells are higher than others: `all 4`, `2 of 4`."""
    than = {row.n_images: row.accuracy for row in others}
    pairs = [(row.accuracy, than[row.n_images]) for row in rows if row.n_images in than]
    higher = sum(own > other for own, other in pairs)
    return f"all {higher}" if higher == len(pairs) else f"{higher} of {len(pairs)}"


def _curve(study: StudyResults, cell) -> list[CellRow]:
    return [row for row in study.cells if without_size(row.cell) == without_size(cell)]


def tiles(evidence: Evidence) -> list[Tile]:
    """What the answer gains in points, in labels and in time; without what is not known."""
    return [
        tile
        for tile in (_points(gain(evidence)), _worth(evidence), _time(evidence))
        if tile is not None
    ]


def _points(best: Gain | None) -> Tile | None:
    if best is None:
        return None
    row = best.row
    what = f"points over scratch, {best.best.n_images:,} labels"
    return Tile(
        format_points(row.accuracy), what, _sure(row.corrected_low, row.corrected_high, row)
    )


def _sure(low: float | None, high: float | None, row: DifferenceRow) -> str:
    if row.verdict is DifferenceVerdict.ONE_DRAW or low is None:
        return "one draw, no interval"
    return f"{format_points(low)} to {format_points(high)}, {row.draws} draws"


def _worth(evidence: Evidence) -> Tile | None:
    study = evidence.answering("labels")
    rows = answers.worth_in_labels(study) if study else []
    if not rows:
        return None
    row = max(rows, key=lambda row: row.size)
    number, _, ends = format_label_worth(row, largest_size(row, study.cells)).partition(" [")
    source = in_words(row.cell.source, study.words)
    what = f"labels from scratch match {row.cell.n_train} from {source}"
    sure = f"{ends.rstrip(']').replace(', ', ' to ')}, " if ends else ""
    return Tile(number, what, f"{sure}{row.draws} draws")


def _time(evidence: Evidence) -> Tile | None:
    study = evidence.answering("time")
    saved = answers.saving(study) if study else None
    if not saved:
        return None
    ratio = saved.speedup
    what = f"as fast an epoch, {in_words(saved.row.cell.variant, study.words)}"
    sure = f"{ratio.low:.1f} to {ratio.high:.1f}, {ratio.draws} draws"
    return Tile(f"{ratio.ratio:.1f}\N{MULTIPLICATION SIGN}", what, sure)


def what_to_do(evidence: Evidence) -> Table | None:
    """By number of labels what did best; None where no study varies it."""
    study = evidence.answering("recipe") or evidence.answering("labels")
    if study is None:
        return None
    best: dict[int, CellRow] = {}
    target = study.cells[0].target
    learned = (row for row in study.cells if row.target == target and row.learned is not False)
    for row in sorted(learned, key=lambda row: row.accuracy):
        best[row.n_images] = row
    rows = [best[size] for size in sorted(best)]
    shown = {row.cell: row for row in study.differences}

    def start(row: CellRow) -> str:
        is_scratch = row.source == NO_SOURCE
        return "from scratch" if is_scratch else in_words(row.source, study.words)

    def seconds(row: CellRow) -> Value:
        taken = study.seconds[row.cell]
        return Value(f"{median(taken):.1f}", median(taken)) if taken else Value(NONE)

    def against(row: CellRow) -> Value:
        return verdict(shown[row.cell]) if row.cell in shown else Value(NONE)

    columns: list[Column[CellRow]] = [
        Column("labels", lambda row: count(row.n_images)),
        Column("start from", lambda row: Value(start(row), raw=str(row.cell))),
        Column("recipe", lambda row: in_words(row.variant, study.words)),
        Column(
            "expect right (%)",
            lambda row: estimate(row.accuracy, row.accuracy_low, row.accuracy_high),
        ),
        Column("than scratch", against),
        Column("seconds", seconds),
    ]
    return table("what-to-do", "What did best, by number of labels", columns, rows)
