"""The headlines of a corpus: a few numbers that DVC shows and compares as its metrics.

Names are short, so that the table of `dvc metrics show` is no wider than a terminal. None is a
time, and claims of times are left out: they differ from machine to machine.
"""

from collections.abc import Mapping
from math import isfinite

from glyph_transfer.report import answers
from glyph_transfer.report.evidence import StudyResults

Headlines = dict[str, float | int]


def headlines(
    studies: Mapping[str, StudyResults | None], answering: Mapping[str, list[str]]
) -> Headlines:
    """Give the numbers, as far as they are known.

    Args:
        studies: results by name; None for those that have not run.
        answering: part of the question -> names of the studies that answer it; the first counts.

    Returns:
        `baseline` and `best`: accuracy, a fraction, of training from scratch and of the best
            source. `gain`, `low`, `high`: their difference, with its corrected interval.
        `frozen`: what the depth of freezing that does best gains over training from scratch, on
            the first target.
        `worth`: labels from scratch that the source which is worth most stands for.
        `confirmed`, `refuted`: claims. The others are undecided.
    """
    first = {part: study for part, names in answering.items() if (study := studies.get(names[0]))}
    numbers: Headlines = {}
    if "source" in first:
        numbers |= _source(first["source"])
    if "depth" in first:
        highest = [rows[0] for rows in answers.gains_by_depth(first["depth"]).values()]
        numbers |= {"frozen": round(highest[0].accuracy, 4)} if highest else {}
    if "labels" in first:
        sizes = [row.size for row in answers.worth_in_labels(first["labels"])]
        numbers |= {"worth": round(max(sizes))} if sizes and isfinite(max(sizes)) else {}
    claims = [row for study in studies.values() if study for row in study.claims]
    counts = answers.count_claims(row for row in claims if row.score != "time")
    return numbers | {"confirmed": counts.confirmed, "refuted": counts.refuted}


def _source(study: StudyResults) -> Headlines:
    rows = answers.gains_of_transfer(study)
    if not rows:
        return {}
    best = rows[0]
    numbers = {
        "baseline": study.cell(best.baseline).accuracy,
        "best": study.cell(best.cell).accuracy,
        "gain": best.accuracy,
        "low": best.corrected_low,
        "high": best.corrected_high,
    }
    return {name: round(value, 4) for name, value in numbers.items() if value is not None}
