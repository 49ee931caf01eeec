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
from glyph_transfer.report import answers, drawings, page
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
    def advice(self) -> str:
        """What is done with it, as `lead.j2` has sentences for: freeze, probe_then_train, train."""
        own = f"variants.{self.best.variant}."
        has_head, has_phases = (f"{own}{name}" in self.study.params for name in ("head", "phases"))
        if has_head:
            return "probe_then_train" if has_phases else "freeze"
        return "train"

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
    best = gain(evidence)
    published = _published_way(evidence)
    lines = [*published, *_best_recipe(evidence, best)[1 if published else 0 :]]
    if not any(len(line.rows) > 1 for line in lines):
        return drawings.accuracies(best.study) if best else None
    alt = "; ".join(
        f"{line.name} ".replace("\n", " ")
        + ", ".join(f"{format_percent(row.accuracy)} % with {row.n_train}" for row in line.rows)
        for line in lines
    )
    figure = label_chart.accuracy_by_labels(lines)
    title = page.said("charts", "answer", _apart(lines[-1].rows, lines[0].rows))
    return drawings.chart("answer", figure, title, alt)


def _published_way(evidence: Evidence) -> list[label_chart.Line]:
    """Lines of training from scratch, and of the source that is worth most."""
    study = evidence.answering("labels")
    worth = answers.worth_in_labels(study) if study else []
    if not worth:
        return []
    published = max(worth, key=lambda row: row.size)
    start, model = (
        in_words(name, study.words) for name in (published.cell.source, published.cell.model)
    )
    return [
        label_chart.Line(f"from scratch,\n{model}", _curve(study, published.baseline), GREY),
        label_chart.Line(f"{start}, {model},\npublished way", _curve(study, published.cell), "C0"),
    ]


def _best_recipe(evidence: Evidence, best: Gain | None) -> list[label_chart.Line]:
    """Lines of training from scratch, and of the recipe that the answer names."""
    if best is None or best.study is not evidence.answering("recipe"):
        return []
    model = in_words(best.best.model, best.study.words)
    name = f"{best.start}, {model},\n" + best.recipe.replace(", ", ",\n")
    plain, line = (_curve(best.study, row.cell) for row in (best.baseline, best.best))
    return [
        label_chart.Line(f"from scratch,\n{model}", plain, GREY),
        label_chart.Line(name, line, "C1"),
    ]


def _apart(rows: list[CellRow], others: list[CellRow]) -> tuple[CellRow, CellRow] | None:
    """Give the two cells with as many labels that differ most, of those that have learned."""
    than = {row.n_images: row for row in others if row.learned is not False}
    pairs = [(row, than[row.n_images]) for row in rows if row.n_images in than]
    return max(pairs, key=lambda pair: pair[0].accuracy - pair[1].accuracy, default=None)


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
    target = study.cells[0].target
    best = answers.highest(study, target, "n_images")
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
