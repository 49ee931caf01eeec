"""The answer of a report in three sentences: what to start from, what to freeze, what it is worth.

Each comes from one study; of a study that has not run the sentence says so.
"""

from glyph_transfer.protocol import NO_SOURCE
from glyph_transfer.report.evidence import Study
from glyph_transfer.report.findings import (
    Row,
    Verdict,
    difference,
    enumerated,
    judge,
    largest_size,
    points,
    scored,
    size,
    way,
    worth,
)
from glyph_transfer.report.times import speedup

QUESTION = (
    "I have a few labelled images of a new character task. Which source should I transfer from, "
    "what should I freeze, and what does that buy me in accuracy, labels and time?"
)
SOURCES, DEPTH, LABELS, TIME = "few_labels", "freeze_depth", "label_curve", "unseen_digits"
"""The studies that answer which source, what to freeze, and what that buys."""


def answer(studies: dict[str, Study | None]) -> list[str]:
    """Answer the question in at most three sentences.

    Args:
        studies: by name, None for those that have not run. Without any of the four above the
            first one stands for the answer.
    """
    told = []
    if SOURCES in studies or not {DEPTH, LABELS, TIME} & set(studies):
        name = SOURCES if SOURCES in studies else next(iter(studies))
        told.append(_or_unknown("Which source helps", studies, name, which_source))
    if DEPTH in studies:
        told.append(_or_unknown("What to freeze", studies, DEPTH, what_to_freeze))
    bought = [
        _or_unknown(what, studies, name, tell)
        for what, name, tell in (
            ("what a source is worth in labels", LABELS, worth_in_labels),
            ("what freezing saves in time", TIME, worth_in_time),
        )
        if name in studies
    ]
    limits = [LIMITS] if any(studies.values()) else []
    last = "; ".join([*bought, *limits])
    if last:
        told.append(last[0].upper() + last[1:])
    return [f"{sentence}." for sentence in told]


LIMITS = (
    "intervals in brackets are over draws (of labelled images, initial weights and orders of "
    f"batches) and hold for these test images, those of {SOURCES} and {LABELS} also for one "
    "source network each"
)


def _or_unknown(what: str, studies: dict[str, Study | None], name: str, tell) -> str:
    study = studies[name]
    return tell(study) if study else f"{what} is not known: the study {name} has not run"


def which_source(study: Study) -> str:
    """Say which cell gains most over its baseline, how much, and what of the others."""
    if not study.differences:
        return f"Nothing is compared with anything: no cell of {study.name} has a baseline"
    among = [row["cell"] for row in study.cells]
    best, *others = sorted(study.differences, key=lambda row: -row["accuracy"])
    cell, baseline = (_only(study.cells, best[key]) for key in ("cell", "baseline"))
    claim = {
        Verdict.BETTER: "gains most over",
        Verdict.ONE_DRAW: "came out highest against",
    }.get(judge(best), "comes closest, but is not shown to beat")
    rest = [f"{way(row['cell'], among)} ({difference(row)}, {judge(row)})" for row in others]
    return (
        f"With {size(best['cell'])} labelled {cell['target']}, {way(best['cell'], among)} {claim} "
        f"{way(best['baseline'], among)}: it gets {scored(cell)} of {cell['test_images']:,} test "
        f"images right instead of {scored(baseline)}, {_gained(best)}"
        + (f"; the difference of the others: {', '.join(rest)}" if rest else "")
    )


def _gained(row: Row) -> str:
    if judge(row) is Verdict.ONE_DRAW:
        return (
            f"{points(row['accuracy'])} points on one draw, which has no interval: whether it "
            "would repeat is not known"
        )
    sure = {
        Verdict.BETTER: "",
        Verdict.WORSE: ", so even this is a loss",
        Verdict.NOT_SHOWN: ", which includes zero, so no difference is shown",
    }[judge(row)]
    return f"a difference of {difference(row)} points over {row['draws']} paired draws{sure}"


def what_to_freeze(study: Study) -> str:
    """Say of every target which transferred network is highest and lowest against its baseline.

    Those with a batch size of their own are left out: they differ in more than what is frozen.
    """
    found: dict[str, list[Row]] = {}
    for row in study.differences:
        target, _, source, variant, _ = row["cell"].split("/")
        if source != NO_SOURCE and f"variants.{variant}.batch_size" not in study.params:
            found.setdefault(target, []).append(row)
    if not found:
        return f"What to freeze is not known: {study.name} compares no transferred network"
    targets = [f"on {target} {_extremes(study, rows)}" for target, rows in found.items()]
    draws = enumerated(sorted({str(row["draws"]) for rows in found.values() for row in rows}))
    against = enumerated(sorted({way(row["baseline"]) for rows in found.values() for row in rows}))
    return (
        f"Of what was frozen, {'; '.join(targets)}; points against {against}, over {draws} "
        f"draw{'' if draws == '1' else 's'}"
    )


def _extremes(study: Study, rows: list[Row]) -> str:
    *_, highest = ranked = sorted(rows, key=lambda row: row["accuracy"])
    told = f"{_variant(highest)} is highest ({_found(study, highest)})"
    if len(ranked) > 1:
        told += f" and {_variant(ranked[0])} lowest ({_found(study, ranked[0])})"
    return told


def _variant(row: Row) -> str:
    return row["cell"].split("/")[3]


def _found(study: Study, row: Row) -> str:
    """Tell a difference, its verdict, and what is made of a claim that it is none."""
    equal = [
        f"; equal within {100 * claim['margin']:g}: {claim['verdict']}"
        for claim in study.claims
        if (claim["cell"], claim["than"]) == (row["cell"], row["baseline"])
        and claim["expects"] == "equal"
    ]
    return f"{difference(row)}, {judge(row)}{''.join(equal)}"


def worth_in_labels(study: Study) -> str:
    """Say what every source is worth in labels, with as many as the cell that is shown has."""
    shown = size(study.confusion[0]["cell"])
    rows = [row for row in study.labels if size(row["cell"]) == shown]
    if not rows:
        return f"what a source is worth at {shown} labels is not known from {study.name}"
    told = [
        f"transfer from {row['cell'].split('/')[2]} is worth "
        f"{worth(row, largest_size(row, study.cells))}"
        for row in rows
    ]
    return f"with {shown} labels, {enumerated(told)} labels of training from scratch"


def worth_in_time(study: Study) -> str:
    """Say how much faster the best transferred network trains than its baseline."""
    rows = [row for row in study.differences if row["cell"].split("/")[2] != NO_SOURCE]
    best = max(rows, key=lambda row: row["accuracy"], default=None)
    found = best and speedup(study, best["cell"], best["baseline"])
    if not found:
        return f"what freezing saves in time is not known from {study.name}"
    return (
        f"{way(best['baseline'])} takes {found.ratio:.1f} times as long for an image and epoch as "
        f"{way(best['cell'])} (single draws of {found.draws}: {found.low:.1f} to {found.high:.1f})"
    )


def _only(rows: list[Row], cell: str) -> Row:
    return next(row for row in rows if row["cell"] == cell)
