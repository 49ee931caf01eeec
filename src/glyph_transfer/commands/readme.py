"""The results in README.md and docs/results.md: `python -m glyph_transfer.commands.readme`.

Writes anew what stands between the marks, from the committed results of the official corpus.
Which studies it is of is said in published.yaml: those that answer `source`, `averages` and
`recipe`. Only studies whose runs are kept count, as on the page: tables that earlier code left
are passed over. What has not run yet is left out, and comes by itself when it has.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from glyph_transfer.analysis.formats import format_accuracy, format_difference, format_verdict
from glyph_transfer.analysis.rows import CellRow, DifferenceRow
from glyph_transfer.analysis.verdicts import DifferenceVerdict
from glyph_transfer.analysis.words import in_words
from glyph_transfer.errors import InputError
from glyph_transfer.files import write_text
from glyph_transfer.layout import records_folder, report_folder
from glyph_transfer.protocol import NO_SOURCE, Cell, params
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import answers, first, rendering
from glyph_transfer.report.committed import read_studies
from glyph_transfer.report.evidence import Evidence, StudyResults

CORPUS = "official"
START, END = "<!-- results: made by `make readme` -->", "<!-- end of results -->"

Columns = list[tuple[str, Callable[[CellRow], str]]]


def main() -> None:
    """Write the results into both files."""
    try:
        results = read(report_folder(CORPUS), params.load(corpus=CORPUS))
        for path, write in WRITTEN.items():
            text = path.read_text(encoding="utf-8")
            write_text(path, updated(text, write(results), path))
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def read(folder: Path, settings: Params) -> Evidence:
    """Read the committed results of a corpus, of the studies whose runs are kept.

    Where none is kept at all, they are those of earlier code, which `standing` says.

    Raises:
        InputError: where a table of results is not what the stages write.
    """
    studies = read_studies(folder, settings.corpus, settings)
    if (folder / "records").exists():
        studies |= {name: None for name in studies if not _is_kept(folder, name)}
    return Evidence(settings.corpus, studies, answers.answers_of(settings))


def _is_kept(folder: Path, study: str) -> bool:
    names = [f"{study}.json", f"evaluate_{study}.json"]
    return all((folder / "records" / name).exists() for name in names)


def updated(text: str, results: str, path: Path) -> str:
    """Give the text of a file with results between its marks.

    Raises:
        InputError: where the marks are missing.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise InputError(f"{path}: the lines '{START}' and '{END}' were not found; put them back")
    return f"{before}{START}\n{results}\n{END}{after}"


def glance(results: Evidence) -> str:
    """The chart, the answer in a sentence, and published, faithful and best figures in a table."""
    study = _answering(results, "source")
    gain = first.gain(results)
    said = rendering.lead(gain) if gain else "No answer yet."
    report = report_folder(results.corpus) / "report.md"
    chart = _picture(results, ["answer", f"{study.name}-accuracy"], said)
    linked = f"[{chart}]({report.as_posix()})\n\n" if chart else ""
    recipes = results.answering("recipe")
    notes = f"\n\n{_best_of(recipes)}" if recipes else ""
    return f"{linked}**{said}**\n\n{_glance_table(results, study)}{notes}"


def _picture(results: Evidence, names: list[str], alt: str, above: str = "") -> str:
    """Give the first of some figures that there is, in Markdown; nothing where there is none.

    Args:
        results: of the corpus.
        names: of figures, without their endings.
        alt: what it shows.
        above: from the file's folder to the project's.
    """
    figures = report_folder(results.corpus) / "figures"
    files = [figures / f"{name}.{ending}" for name in names for ending in ("svg", "png")]
    return next((f"![{alt}]({above}{file.as_posix()})" for file in files if file.exists()), "")


def _glance_table(results: Evidence, study: StudyResults) -> str:
    cell = study.cells[0].cell
    draws = max(row.draws for row in study.cells)
    gains = {row.cell.source: row for row in study.differences}
    columns: Columns = [
        (f"{cell.n_train} labelled {in_words(cell.target, study.words)}", _starts),
        ("published, one run", _published),
        (f"done again, {draws} draws", format_accuracy),
    ]
    recipes = results.answering("recipe")
    best = _best(recipes, cell) if recipes else {}
    columns.append(("gain over scratch", lambda row: _gain(gains.get(row.source))))
    if best:
        columns.append(("best recipe", lambda row: _recipe(recipes, best.get(row.source))))
    return _markdown(columns, study.cells)


def _best_of(study: StudyResults) -> str:
    """Say what `best recipe` is the best of."""
    model = in_words(study.cells[0].model, study.words)
    draws = max(row.draws for row in study.cells)
    return (
        f"Best recipe: the highest of those tried from that start, by our own network `{model}` "
        f"over {draws} draws."
    )


def _best(study: StudyResults, like: Cell) -> dict[str, Cell]:
    """Give source -> the cell that scores highest from there, with as many labels."""
    rows = [row for row in study.cells if row.n_train == like.n_train]
    best = answers.highest(replace(study, cells=rows), like.target, "source")
    return {source: row.cell for source, row in best.items()}


def _recipe(study: StudyResults, cell: Cell | None) -> str:
    if cell is None:
        return ""
    gain = [_gain(row) for row in study.differences if row.cell == cell]
    recipe = in_words(cell.variant, study.words)
    return ", ".join([format_accuracy(study.cell(cell)), recipe, *gain])


def whole(results: Evidence) -> str:
    """The table of all that was done again, with its charts."""
    study, labels = _answering(results, "source"), results.answering("labels")
    accuracy = "Accuracy of every draw, with means and intervals"
    shown = [table(results), _picture(results, [f"{study.name}-accuracy"], accuracy, "../")]
    if labels:
        worth = "What a source is worth in labels: how many training from scratch needs to match it"
        shown += [f"{worth}.", _picture(results, [f"{labels.name}-labels"], worth, "../")]
    return "\n\n".join(each for each in [*shown, standing(results)] if each)


def standing(results: Evidence) -> str:
    """Say which studies have not run with today's code; nothing where all have."""
    if not records_folder(results.corpus).exists():
        return (
            f"These results of the {results.corpus} corpus, and its page, are of earlier code, "
            "whose runs were not kept. `make official` makes them anew, study by study."
        )
    kept, missing = (
        ", ".join(f"`{name}`" for name, study in results.studies.items() if bool(study) == is_kept)
        for is_kept in (True, False)
    )
    if not missing:
        return ""
    return f"Studies of the {results.corpus} corpus that are kept: {kept}. Not run yet: {missing}."


def table(results: Evidence) -> str:
    """Markdown table of the cells of a study, at its momentum of batch norm and at another."""
    study, default = _answering(results, "source"), results.answering("averages")
    gains = {row.cell: row for row in study.differences}
    momentum = f"{study.batch_norm_momentum:g}"
    cell = study.cells[0].cell
    columns: Columns = [
        (f"training on {cell.n_train} {cell.target}", _starts),
        ("published, one run", _published),
        (f"at momentum {momentum}", format_accuracy),
        (f"gain over scratch at {momentum}", lambda row: _gain(gains.get(row.cell))),
    ]
    if default:
        other = f"at momentum {default.batch_norm_momentum:g}"
        columns.insert(2, (other, lambda row: format_accuracy(default.cell(row.cell))))
    return _markdown(columns, study.cells)


def _answering(results: Evidence, part: str) -> StudyResults:
    study = results.answering(part)
    if study is None:
        raise InputError(
            f"{report_folder(results.corpus)}: no study that has run has 'answers: {part}' in "
            "published.yaml. `make official` runs them all."
        )
    return study


def _markdown(columns: Columns, rows: list[CellRow]) -> str:
    lines = [[heading for heading, _ in columns]]
    lines += [[value(row) for _, value in columns] for row in rows]
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, "|---" * len(columns) + "|", *body])


def _starts(row: CellRow) -> str:
    return "from scratch" if row.source == NO_SOURCE else f"from {row.source}"


def _published(row: CellRow) -> str:
    return "" if row.published is None else f"{100 * row.published:.0f} %"


def _gain(row: DifferenceRow | None) -> str:
    if row is None:
        return ""
    gain = f"{format_difference(row)} points"
    if row.verdict in (DifferenceVerdict.BETTER, DifferenceVerdict.WORSE):
        return gain
    return f"{gain}, {format_verdict(row)}"


WRITTEN = {Path("README.md"): glance, Path("docs", "results.md"): whole}
"""Files, and what stands between their marks."""

if __name__ == "__main__":
    main()
