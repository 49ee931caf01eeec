"""The section of a report on one study: cells, paired differences, what a source is worth."""

from statistics import median

from glyph_transfer.analysis.formats import (
    format_label_count,
    format_percent,
    format_points,
    format_verdict,
)
from glyph_transfer.analysis.rows import CellRow, DifferenceRow, LabelWorthRow
from glyph_transfer.analysis.verdicts import PRACTICAL_MARGIN
from glyph_transfer.report import pictures
from glyph_transfer.report.evidence import Evidence, StudyResults
from glyph_transfer.report.findings import enumerated, largest_size, verdict_sentences
from glyph_transfer.report.page import Column, Paragraph, Picture, Section, Table, Value, table
from glyph_transfer.report.sections import (
    Write,
    caveat,
    count,
    estimate,
    interval,
    missing,
    optional,
)
from glyph_transfer.report.times import per_image

Blocks = list[Paragraph | Table | Picture]


def section(evidence: Evidence, name: str) -> Section:
    """One study: its question, answer, cells, differences, curves and mistakes."""
    study = evidence.studies[name]
    if study is None:
        blocks = [missing(f"The study {name}", evidence)]
    else:
        blocks = _blocks(study, caveat(evidence, study.roles))
    return Section(f"study-{name}", f"Study {name}", blocks)


def _blocks(study: StudyResults, caveat: str) -> Blocks:
    blocks: Blocks = [Paragraph(study.question, "question"), Paragraph(protocol(study))]
    if study.differences:
        blocks += [
            Paragraph(sentence) for sentence in verdict_sentences(study.differences, study.names)
        ]
    blocks += [_cell_table(study, caveat), pictures.accuracies(study, caveat)]
    if study.differences:
        blocks += [_difference_table(study, caveat), pictures.forest(study, caveat)]
    if study.label_worth:
        blocks += [pictures.accuracy_by_labels(study, caveat), _label_worth_table(study, caveat)]
    blocks.append(pictures.curves(study, caveat))
    if "test_curves" in study.figures:
        blocks.append(pictures.test_curves(study, caveat))
    blocks.append(pictures.confusion(study, caveat))
    if study.mistakes:
        blocks.append(pictures.mistakes(study, caveat))
    return blocks


def protocol(study: StudyResults) -> str:
    """Say in a sentence how a study trains."""
    how = study.params
    models = enumerated(dict.fromkeys(row.model for row in study.cells))
    epochs = enumerated(str(n) for n in sorted({row.epochs for row in study.cells} - {0}))
    return (
        f"Trains {models} on {how['targets']}; labelled images: {how['n_train']}, sampling "
        f"{how['sampling']}; draws: {how['draws']}; {how['optimizer']}, batches of "
        f"{how['batch_size']}, {epochs} epochs, batch-norm momentum {how['batch_norm_momentum']}."
    )


def _cell_table(study: StudyResults, caveat: str) -> Table:
    columns: list[Column[CellRow]] = [
        Column("cell", lambda row: str(row.cell)),
        Column("labelled images", lambda row: count(row.n_images)),
        Column(
            "accuracy (%) and interval over draws",
            lambda row: estimate(row.accuracy, row.accuracy_low, row.accuracy_high),
        ),
        Column("interval over test images", lambda row: _over_images(row, format_percent)),
        Column("published (%)", lambda row: optional(row.published, lambda v: f"{100 * v:g}")),
        Column(
            "loss (nats) and interval over draws",
            lambda row: estimate(row.loss, row.loss_low, row.loss_high, "{:.3f}".format),
        ),
        Column("draws", lambda row: count(row.draws)),
        Column("test images", lambda row: count(row.test_images)),
        Column("seconds per replicate", lambda row: _median(study.seconds[row.cell], 1, "{:.2f}")),
        Column(
            "training, \N{MICRO SIGN}s per image and epoch",
            lambda row: _median(per_image(study, row.cell), 1e6, "{:,.0f}"),
        ),
    ]
    return table(
        f"Cells of {study.name}, each the mean over its draws, scored on the test images. In "
        "brackets 95 % bootstrap intervals: over draws they say how the mean would move with other "
        f"{_varied(study)} and these test images, over test images how it would move with other "
        "test images and these networks. Times are medians over draws, in one thread each, beside "
        "whatever else the machine had to do; benchmarks/RESULTS.md has times under control. A "
        "replicate is trained and scored.",
        columns,
        study.cells,
        caveat,
    )


def _varied(study: StudyResults) -> str:
    """Say in what the draws of a study differ: where all images are learned, not in these."""
    sizes = {row.cell.n_train for row in study.cells}
    if sizes == {"all"}:
        return "initial weights and orders of batches"
    varied = "labelled images, initial weights and orders of batches"
    return (
        f"{varied} (with the last two alone where all images are learned)"
        if "all" in sizes
        else varied
    )


def _over_images(row: CellRow | DifferenceRow, write: Write) -> Value:
    if row.images_low is None:
        return Value("(one image)")
    return interval(row.images_low, row.images_high, write)


def _median(values: list[float], unit: float, form: str) -> Value:
    return optional(unit * median(values) if values else None, form.format)


def _difference_table(study: StudyResults, caveat: str) -> Table:
    columns: list[Column[DifferenceRow]] = [
        Column("cell", lambda row: str(row.cell)),
        Column("baseline", lambda row: str(row.baseline)),
        Column("verdict", format_verdict),
        Column(
            "difference (points) and interval over draws",
            lambda row: estimate(row.accuracy, row.accuracy_low, row.accuracy_high, format_points),
        ),
        Column(
            "corrected interval",
            lambda row: interval(row.corrected_low, row.corrected_high, format_points),
        ),
        Column("interval over test images", lambda row: _over_images(row, format_points)),
        Column("p", lambda row: optional(row.p_holm, "{:.2g}".format)),
        Column("does better", _improvement),
        Column("draws", lambda row: count(row.draws)),
    ]
    return table(
        f"Paired differences of {study.name}: accuracy of a cell less that of its baseline on the "
        "same draws, in percentage points, with 95 % bootstrap intervals over draws and over test "
        "images; corrected: over draws, for all comparisons of the study, its claims among them, "
        "after Holm. The verdict follows from the corrected interval: better or worse where it "
        f"leaves out zero, else practically equal where all of it is nearer to zero than "
        f"{format_percent(PRACTICAL_MARGIN)} points; with too few draws stands an estimate of how "
        "many would do. Not judged: a cell that has not learned. p is the corrected interval's "
        "p-value, two-sided and corrected, below 0.05 just where it leaves out zero. Does better: "
        "probability on a draw, ties as halves, with its interval where draws differ in that.",
        columns,
        study.differences,
        caveat,
    )


def _improvement(row: DifferenceRow) -> Value:
    write = "{:.2f}".format
    if row.improvement_low is None:
        return Value(write(row.improvement), row.improvement)
    return estimate(row.improvement, row.improvement_low, row.improvement_high, write)


def _label_worth_table(study: StudyResults, caveat: str) -> Table:
    def write(row: LabelWorthRow) -> Write:
        largest = largest_size(row, study.cells)
        return lambda size: (
            f"not reached within {largest:,}"
            if size > largest
            else format_label_count(size, row.smallest, largest)
        )

    columns: list[Column[LabelWorthRow]] = [
        Column("cell", lambda row: str(row.cell)),
        Column("is worth so many labels", lambda row: Value(write(row)(row.size), row.size)),
        Column("95 % interval", lambda row: interval(row.low, row.high, write(row))),
        Column("of", lambda row: "/".join(row.baseline[:-1])),
        Column("never reached (%)", lambda row: optional(row.never, format_percent)),
        Column("draws", lambda row: count(row.draws)),
    ]
    return table(
        f"What the networks of {study.name} are worth in labels: so many does their baseline need "
        "to match them, read off the line through its mean accuracies over the logarithm of the "
        "number of labels. Intervals: paired bootstrap over draws; never reached: share of the "
        "resamples in which no number of labels that was tried is enough.",
        columns,
        study.label_worth,
        caveat,
    )
