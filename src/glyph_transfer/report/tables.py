"""The tables of a study: its cells, differences, claims and published values."""

import math
from statistics import median

from glyph_transfer.analysis.formats import (
    format_interval,
    format_label_count,
    format_nats,
    format_percent,
    format_points,
    format_verdict,
)
from glyph_transfer.analysis.rows import (
    CellRow,
    ClaimRow,
    DifferenceRow,
    LabelWorthRow,
    PublishedRow,
)
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.protocol import Cell
from glyph_transfer.report.evidence import StudyResults
from glyph_transfer.report.findings import largest_size
from glyph_transfer.report.own_tasks import OwnTask
from glyph_transfer.report.page import NONE, Column, Table, Value, table
from glyph_transfer.report.times import per_image, speedup

OTHER_MACHINE = "other machine"

_TONES = {
    DifferenceVerdict.BETTER: "good",
    DifferenceVerdict.WORSE: "bad",
    ClaimVerdict.CONFIRMED: "good",
    ClaimVerdict.REFUTED: "bad",
}
_NAMES = {
    "accuracy": "right (%)",
    "loss": "loss (nats)",
    "first_epoch_accuracy": "right after one epoch (%)",
    "train_accuracy": "right on training images (%)",
}


def count(number: float) -> Value:
    """A whole number: `1,797`."""
    return Value(f"{number:,.0f}", number)


def optional(number: float | None, write=format_percent) -> Value:
    """A number that may be missing."""
    return Value(NONE if number is None else write(number), number)


def interval(low: float | None, high: float | None, write=format_percent) -> Value:
    """An interval, sorted by its lower end."""
    return Value(format_interval(low, high, write), low)


def estimate(mean: float, low: float | None, high: float | None, write=format_percent) -> Value:
    """A mean with its interval, sorted by the mean."""
    return Value(f"{write(mean)} {format_interval(low, high, write)}", mean)


def verdict(row: ClaimRow | DifferenceRow) -> Value:
    """A verdict, with its tone."""
    return Value(format_verdict(row), tone=_TONES.get(row.verdict, "open"))


def named(study: StudyResults, cell: Cell) -> Value:
    """A cell by its name for people, with that of params.yaml behind it."""
    return Value(study.names.row(cell), raw=str(cell))


def cells(study: StudyResults) -> Table:
    """What every cell scores and takes."""
    columns: list[Column[CellRow]] = [
        Column("cell", lambda row: Value(study.names.row(row.cell, False), raw=str(row.cell))),
        Column("labels", lambda row: count(row.n_images)),
        Column(
            "right (%)",
            lambda row: estimate(row.accuracy, row.accuracy_low, row.accuracy_high),
        ),
        Column("over images", lambda row: _over_images(row, format_percent)),
        Column("published", lambda row: optional(row.published, lambda v: f"{100 * v:g}")),
        Column(
            "loss (nats)",
            lambda row: estimate(row.loss, row.loss_low, row.loss_high, "{:.3f}".format),
        ),
        Column("draws", lambda row: count(row.draws)),
        Column("test images", lambda row: count(row.test_images)),
        Column("seconds", lambda row: _median(study.seconds[row.cell], 1, "{:.2f}")),
        Column(
            "\N{MICRO SIGN}s an image",
            lambda row: _median(per_image(study, row.cell), 1e6, "{:,.0f}"),
        ),
    ]
    return table(f"{study.name}-cells", "Every cell", columns, study.cells)


def _over_images(row: CellRow | DifferenceRow, write) -> Value:
    if row.images_low is None:
        return Value("(one image)")
    return interval(row.images_low, row.images_high, write)


def _median(values: list[float], unit: float, form: str) -> Value:
    return optional(unit * median(values) if values else None, form.format)


def differences(study: StudyResults) -> Table:
    """What every comparison shows."""
    baselines = {study.names.row(row.baseline, False) for row in study.differences}
    shared = len(baselines) == 1
    columns: list[Column[DifferenceRow]] = [
        Column("cell", lambda row: named(study, row.cell)),
        *([] if shared else [Column("against", lambda row: named(study, row.baseline))]),
        Column("verdict", verdict),
        Column(
            "points",
            lambda row: estimate(
                row.accuracy, row.corrected_low, row.corrected_high, format_points
            ),
        ),
        Column("over images", lambda row: _over_images(row, format_points)),
        Column("p", lambda row: optional(row.p_holm, "{:.2g}".format)),
        Column("does better", _improvement),
        Column("draws", lambda row: count(row.draws)),
    ]
    title = f"Every comparison, with {baselines.pop()}" if shared else "Every comparison"
    return table(f"{study.name}-differences", title, columns, study.differences)


def _improvement(row: DifferenceRow) -> Value:
    write = "{:.2f}".format
    if row.improvement_low is None:
        return Value(write(row.improvement), row.improvement)
    return estimate(row.improvement, row.improvement_low, row.improvement_high, write)


def worth_in_labels(study: StudyResults) -> Table:
    """How many labels a cell stands for."""

    def write(row: LabelWorthRow):
        largest = largest_size(row, study.cells)
        return lambda size: (
            f"not within {largest:,}"
            if size > largest
            else format_label_count(size, row.smallest, largest)
        )

    columns: list[Column[LabelWorthRow]] = [
        Column("cell", lambda row: named(study, row.cell)),
        Column("worth", lambda row: Value(write(row)(row.size), row.size)),
        Column("95 % interval", lambda row: interval(row.low, row.high, write(row))),
        Column("never (%)", lambda row: optional(row.never)),
        Column("draws", lambda row: count(row.draws)),
    ]
    title = "What a start is worth in labels from scratch"
    return table(f"{study.name}-labels", title, columns, study.label_worth)


def claims(study: StudyResults) -> Table:
    """What the author claims, and how it was tested."""
    columns: list[Column[ClaimRow]] = [
        Column("claim", lambda row: Value(row.name.replace("_", " "), raw=row.claim)),
        Column("verdict", verdict),
        Column("ours", _estimated),
        Column("draws", lambda row: count(row.draws or 0)),
        Column("published", lambda row: _published_pair(study, row)),
        Column("our test", lambda row: _test(study, row)),
    ]
    return table(f"{study.name}-claims", "The author's claims, tested", columns, study.claims)


def _estimated(row: ClaimRow) -> Value:
    if row.estimate is None:
        return Value(NONE)
    return estimate(row.estimate, row.low, row.high, _writer(row))


def _writer(row: ClaimRow):
    """Give how the estimate of a claim is written: a ratio, or a difference in its unit."""
    if row.score == "time" or row.expects == "steadier":
        return "{:.2f}".format
    return format_points if row.score == "accuracy" else format_nats


def _test(study: StudyResults, row: ClaimRow) -> Value:
    """Say what is tested."""
    first, second = study.names.row(row.cell), study.names.row(row.than)
    raw = f"{row.cell} - {row.than}"
    if row.score == "time":
        return Value(f"time of ({second}) over time of ({first}): above 1 on every draw", raw=raw)
    if row.expects == "steadier":
        return Value(f"spread of ({first}) over spread of ({second}): below 1", raw=raw)
    unit = "points" if row.score == "accuracy" else "nats"
    margin = "" if row.margin is None else _writer(row)(row.margin).lstrip("+")
    expected = {
        "higher": "above 0",
        "lower": "below 0",
        "equal": f"between \N{MINUS SIGN}{margin} and {margin}",
        "not_lower": f"above \N{MINUS SIGN}{margin}",
    }[row.expects]
    return Value(f"({first}) less ({second}): {expected} {unit}", raw=raw)


def _published_pair(study: StudyResults, row: ClaimRow) -> Value:
    """Give the published values that a claim compares, or none where there are not both."""
    by_cell = {(each.cell, each.score): each for each in study.published}
    pair = [by_cell.get((cell, row.score)) for cell in (row.cell, row.than)]
    if row.score == "time" or row.expects == "steadier" or None in pair:
        return Value(NONE)
    unit = {"accuracy": "%", "loss": "nats"}[row.score]
    first, second = map(format_published, pair)
    return Value(f"{first} against {second} {unit}", pair[0].published)


def published(study: StudyResults) -> Table:
    """Every published value beside ours."""
    columns: list[Column[PublishedRow]] = [
        Column("cell", lambda row: named(study, row.cell)),
        Column("score", lambda row: score(study, row)),
        Column("published", lambda row: Value(format_published(row), row.published)),
        Column("ours", lambda row: _ours(study, row)),
        Column("one more run", _one_more_run),
        Column("agreement", lambda row: str(row.agreement or OTHER_MACHINE)),
        Column("claim", lambda row: str(row.verdict or NONE)),
    ]
    return table(f"{study.name}-published", "Published values and ours", columns, study.published)


def score(study: StudyResults, row: PublishedRow) -> str:
    """Name what a published value is of."""
    return _NAMES.get(row.score) or f"speedup over {study.names.row(row.than)}"


def format_published(row: PublishedRow) -> str:
    """Write a published value as published, in percent, nats or times."""
    about = "about " if row.about else ""
    if row.score == "speedup":  # a quotient of two times
        return f"{about}{row.published:.2f}"
    unit = 100 if "accuracy" in row.score else 1
    digits = max(0, round(-math.log10(2 * unit * row.rounding)))
    return f"{about}{unit * row.published:.{digits}f}"


def _ours(study: StudyResults, row: PublishedRow) -> Value:
    if row.score != "speedup":
        return estimate(row.ours, row.low, row.high, lambda value: _write(row, value))
    ratio = speedup(study, row.cell, row.than)
    return Value(str(ratio), ratio.ratio) if ratio else Value("not tracked")


def _one_more_run(row: PublishedRow) -> Value:
    if row.expected_low is None:
        return Value(NONE)
    most = float("inf") if row.score == "loss" else 1.0
    low, high = max(row.expected_low, 0.0), min(row.expected_high, most)
    return Value(f"{_write(row, low)}\N{EN DASH}{_write(row, high)}", low)


def _write(row: PublishedRow, value: float) -> str:
    return f"{value:.3f}" if row.score == "loss" else f"{100 * value:.2f}"


def own_tasks(tasks: list[OwnTask]) -> Table | None:
    """What is expected of networks for the reader's own images; None where none is answered."""
    columns: list[Column[OwnTask]] = [
        Column("task", lambda task: task.name),
        Column("labelled images", lambda task: count(task.metrics["images"])),
        Column("expected to be right (%)", lambda task: estimate(*task.expected)),
        Column("labels that may be wrong", lambda task: count(task.metrics["suspects"])),
        Column("its page", lambda task: Value(task.page, code=True)),
    ]
    answered = [task for task in tasks if task.metrics is not None]
    return table("own-tasks", "Your own images", columns, answered) if answered else None
