"""The answer in plain words, on one screen."""

from collections.abc import Iterator
from pathlib import Path

from glyph_transfer.analysis.formats import format_interval, format_percent, format_points
from glyph_transfer.own.advice import MORE, Advice
from glyph_transfer.own.learning import PIXELS, SCRATCH
from glyph_transfer.own.ranking import Row

BEST = 5
"""Candidates that are shown beside the baselines."""
_FILES = 3


def text(task: str, advice: Advice, page: Path, version: str, seconds: float) -> str:
    """Write what a user reads first.

    Args:
        task: its name.
        advice: to be told.
        page: where the rest stands.
        version: of the registered network.
        seconds: that all took.
    """
    lines = [
        *_read(task, advice),
        "",
        *use_and_expect(advice),
        "",
        *_table(advice),
        "",
        *more_labels(advice),
        *_doubts(advice),
        *_next(advice),
        "",
        f"Page     {page}",
        f"Network  glyph-transfer-{task}@best, version {version}; {seconds:.0f} s in all",
        f"Next     python -m glyph_transfer.predict {task} picture.png folder/ --csv out.csv",
        f"         mlflow models serve --env-manager local -m models:/glyph-transfer-{task}@best",
    ]
    return "\n".join(lines)


def _read(task: str, advice: Advice) -> Iterator[str]:
    own = advice.own
    parts = [f"{len(own.rows('train')):,} labelled images of {len(own.classes)} classes"]
    parts += [
        f"{len(own.rows(split)):,} {word}"
        for split, word in (("test", "to test with"), ("unlabelled", "unlabelled"))
        if len(own.rows(split))
    ]
    if advice.trained < len(own.rows("train")):
        parts.append(f"{advice.trained:,} of them learned from")
    if own.groups is not None:
        parts.append(f"{len(set(own.groups[own.rows('train')]))} groups kept together")
    yield f"{task}: {', '.join(parts)}"
    if len(own.remarks):
        yield from (f"  {_cut(str(remark))}" for remark in own.remarks[:_FILES])
        if len(own.remarks) > _FILES:
            yield f"  and {len(own.remarks) - _FILES} more remarks on the page"
    if advice.alone:
        yield f"  one image or group alone, learned but not tested: {', '.join(advice.alone[:9])}"


def use_and_expect(advice: Advice) -> list[str]:
    """Say what to use, how sure that is, and what to expect."""
    first = advice.ranking[0]
    rivals = [row for row in advice.ranking[1:] if row.share >= 0.05]
    sure = f"chosen in {first.share:.0%} of resamples of your images"
    if rivals:
        others = ", ".join(f"{row.name} ({row.share:.0%})" for row in rivals[:2])
        sure += f"; also possible: {others}"
    expected = advice.promise.accuracy
    grouped = advice.own.groups is not None
    whose = "the same kind, by other groups" if grouped else "the same kind and writers"
    lines = [
        f"Use      {first.name}  ({sure})",
        f"Expect   {format_percent(expected.mean)} % right on more images of {whose}, 95 % "
        f"interval {format_interval(expected.low, expected.high)}",
    ]
    if not grouped:
        lines.append("         of other writers less: name groups to learn how much")
    if advice.on_test:
        found = advice.on_test
        lines.append(
            f"         on your own test images it had {format_percent(found.mean)} % right "
            f"{format_interval(found.low, found.high)}"
        )
    return lines


def _table(advice: Advice) -> Iterator[str]:
    tried = [row for row in advice.ranking if row.accuracy.mean is not None]
    shown = [row for row in tried if not row.is_baseline][:BEST]
    shown += [row for row in tried if row.name in (SCRATCH, PIXELS) and row not in shown]
    width = max(len(row.name) for row in shown)
    yield f"{'':<{width}}  % right, cross-validated   points against the first"
    for row in shown:
        yield f"{row.name:<{width}}  {accuracy_of(row):<24} {difference_of(row)}".rstrip()
    left = [row for row in advice.ranking if row.accuracy.mean is None]
    if left:
        reasons = _cut("; ".join(f"{row.name} ({row.note})" for row in left), 150)
        yield f"without a result: {reasons}"


def accuracy_of(row: Row) -> str:
    """Write `94.0 [88.1, 97.2]`."""
    return f"{format_percent(row.accuracy.mean)} " + format_interval(
        row.accuracy.low, row.accuracy.high
    )


def difference_of(row: Row) -> str:
    """Write `-2.0 [-4.0, +0.1]`, nothing of the first."""
    if row.difference is None:
        return ""
    ends = format_interval(row.difference.low, row.difference.high, format_points)
    return f"{format_points(row.difference.mean)} {ends}"


def more_labels(advice: Advice) -> list[str]:
    """Say what more labels would bring."""
    if advice.more is None:
        return ["More     too few images to tell what more labels would bring"]
    ends = format_interval(advice.more.low, advice.more.high, format_points)
    gain = format_points(advice.more.mean)
    return [f"More     {MORE} more labels a class: about {gain} points {ends}"]


def _doubts(advice: Advice) -> Iterator[str]:
    own, doubts = advice.own, advice.doubts
    if doubts.suspects:
        first = ", ".join(
            f"{own.files[each.row]} ({own.classes[each.label]}, rather {own.classes[each.other]})"
            for each in doubts.suspects[:_FILES]
        )
        count = len(doubts.suspects)
        what = "label that may be wrong" if count == 1 else "labels that may be wrong"
        yield _cut(f"Look at  {count} {what}: {first}", 200)
    for odd in (*doubts.groups, *doubts.classes)[:_FILES]:
        yield (
            f"Look at  all of {odd.name}: {odd.wrong:.0f} of its {odd.images} images are taken "
            f"for something else, of the others {odd.rest:.0%}"
        )
    if doubts.copies:
        rows = doubts.copies[0]
        yield _cut(
            f"Copies   {sum(len(each) - 1 for each in doubts.copies)}, kept in one fold: "
            + " = ".join(own.files[row] for row in rows),
            200,
        )


def _next(advice: Advice) -> Iterator[str]:
    if len(advice.next):
        files = ", ".join(advice.own.files[row] for row in advice.next[:_FILES])
        yield _cut(f"Label    these next: {files}; {len(advice.next)} on the page", 200)


def _cut(line: str, length: int = 110) -> str:
    return line if len(line) <= length else line[: length - 1] + "…"
