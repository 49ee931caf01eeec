"""The section of a report on one study: cells, paired differences, what a source is worth."""

from statistics import median

from glyph_transfer.report import pictures
from glyph_transfer.report.evidence import Evidence, Study
from glyph_transfer.report.findings import (
    Row,
    enumerated,
    interval,
    judge,
    labels,
    largest_size,
    percent,
    points,
    verdicts,
)
from glyph_transfer.report.page import Paragraph, Picture, Section, Table, Value
from glyph_transfer.report.sections import badge, count, estimate, missing
from glyph_transfer.report.times import per_image

Blocks = list[Paragraph | Table | Picture]


def section(evidence: Evidence, name: str) -> Section:
    """One study: its question, answer, cells, differences, curves and mistakes."""
    found = evidence.studies[name]
    if found is None:
        blocks = [missing(f"The study {name}", evidence)]
    else:
        blocks = _blocks(found, badge(evidence, found.roles))
    return Section(f"study-{name}", f"Study {name}", blocks)


def _blocks(found: Study, mark: str) -> Blocks:
    blocks: Blocks = [Paragraph(found.question, "question"), Paragraph(protocol(found))]
    if found.differences:
        among = [row["cell"] for row in found.cells]
        blocks += [Paragraph(told) for told in verdicts(found.differences, among)]
    blocks += [_cell_table(found, mark), pictures.accuracies(found, mark)]
    if found.differences:
        blocks += [_difference_table(found, mark), pictures.forest(found, mark)]
    if found.labels:
        blocks += [pictures.label_curve(found, mark), _label_table(found, mark)]
    blocks.append(pictures.curves(found, mark))
    if "test_curves" in found.figures:
        blocks.append(pictures.test_curves(found, mark))
    blocks.append(pictures.confusion(found, mark))
    if found.mistakes:
        blocks.append(pictures.mistakes(found, mark))
    return blocks


def protocol(found: Study) -> str:
    """Say in a sentence how a study trains."""
    how = found.params
    models = enumerated(list(dict.fromkeys(row["model"] for row in found.cells)))
    epochs = enumerated([str(n) for n in sorted({row["epochs"] for row in found.cells} - {0})])
    return (
        f"Trains {models} on {how['targets']}; labelled images: {how['n_train']}, sampling "
        f"{how['sampling']}; draws: {how['draws']}; {how['optimizer']}, batches of "
        f"{how['batch_size']}, {epochs} epochs, batch-norm momentum {how['batch_norm_momentum']}."
    )


def _cell_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "labelled images", "accuracy (%) and interval over draws",
        "interval over test images", "published (%)", "loss (nats) and interval over draws",
        "draws", "test images", "seconds per replicate",
        "training, \N{MICRO SIGN}s per image and epoch",
    ]  # fmt: skip
    return Table(
        f"Cells of {found.name}, each the mean over its draws, scored on the test images. In "
        "brackets 95 % bootstrap intervals: over draws they say how the mean would move with other "
        f"{_varied(found)} and these test images, over test images how it would move with other "
        "test images and these networks. Times are medians over draws, in one thread each, beside "
        "whatever else the machine had to do; benchmarks/RESULTS.md has times under control. A "
        "replicate is trained and scored.",
        columns,
        [_cell_row(found, row) for row in found.cells],
        mark,
    )


def _varied(found: Study) -> str:
    """Say in what the draws of a study differ: where all images are learned, not in these."""
    sizes = {row["cell"].rpartition("/")[2] for row in found.cells}
    if sizes == {"all"}:
        return "initial weights and orders of batches"
    told = "labelled images, initial weights and orders of batches"
    return (
        f"{told} (with the last two alone where all images are learned)" if "all" in sizes else told
    )


def _cell_row(found: Study, row: Row) -> list[str | Value]:
    return [
        row["cell"],
        Value(f"{row['n_images']:,}", row["n_images"]),
        estimate(row, "accuracy"),
        _over_images(row, percent),
        Value(
            "none" if row["published"] is None else f"{100 * row['published']:g}", row["published"]
        ),
        estimate(row, "loss", "{:.3f}".format),
        count(row["draws"]),
        Value(f"{row['test_images']:,}", row["test_images"]),
        _median(found.seconds[row["cell"]], 1, "{:.2f}"),
        _median(per_image(found, row["cell"]), 1e6, "{:,.0f}"),
    ]


def _over_images(row: Row, write) -> Value:
    if row["images_low"] is None:
        return Value("(one image)")
    return Value(interval(row["images_low"], row["images_high"], write), row["images_low"])


def _median(values: list[float], unit: float, form: str) -> Value:
    if not values:
        return Value("none")
    middle = unit * median(values)
    return Value(form.format(middle), middle)


def _difference_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "baseline", "verdict", "difference (points) and interval over draws",
        "corrected interval", "interval over test images", "p", "does better", "draws",
    ]  # fmt: skip
    return Table(
        f"Paired differences of {found.name}: accuracy of a cell less that of its baseline on the "
        "same draws, in percentage points, with 95 % bootstrap intervals over draws and over test "
        "images; corrected: over draws, for the number of comparisons in the study, after Holm. "
        "The verdict follows from the corrected interval; p is its p-value, two-sided and "
        "corrected, below 0.05 just where it leaves out zero. Does better: probability on a draw, "
        "ties as halves, with its interval where draws differ in that.",
        columns,
        [_difference_row(row) for row in found.differences],
        mark,
    )


def _difference_row(row: Row) -> list[str | Value]:
    return [
        row["cell"],
        row["baseline"],
        str(judge(row)),
        estimate(row, "accuracy", points),
        Value(interval(row["corrected_low"], row["corrected_high"], points), row["corrected_low"]),
        _over_images(row, points),
        Value("none" if row["p_holm"] is None else f"{row['p_holm']:.2g}", row["p_holm"]),
        Value(_improvement(row), row["improvement"]),
        count(row["draws"]),
    ]


def _improvement(row: Row) -> str:
    told = f"{row['improvement']:.2f}"
    if row["improvement_low"] is None:
        return told
    return f"{told} {interval(row['improvement_low'], row['improvement_high'], '{:.2f}'.format)}"


def _label_table(found: Study, mark: str) -> Table:
    columns = [
        "cell", "is worth so many labels", "95 % interval", "of", "never reached (%)", "draws",
    ]  # fmt: skip
    return Table(
        f"What the networks of {found.name} are worth in labels: so many does their baseline need "
        "to match them, read off the line through its mean accuracies over the logarithm of the "
        "number of labels. Intervals: paired bootstrap over draws; never reached: share of the "
        "resamples in which no number of labels that was tried is enough.",
        columns,
        [_label_row(found, row) for row in found.labels],
        mark,
    )


def _label_row(found: Study, row: Row) -> list[str | Value]:
    largest = largest_size(row, found.cells)

    def write(size: float) -> str:
        if size > largest:
            return f"not reached within {largest:,}"
        return labels(size, row["smallest"], largest)

    return [
        row["cell"],
        Value(write(row["size"]), row["size"]),
        Value(interval(row["low"], row["high"], write), row["low"]),
        row["baseline"].rpartition("/")[0],
        Value("none" if row["never"] is None else percent(row["never"]), row["never"]),
        count(row["draws"]),
    ]
