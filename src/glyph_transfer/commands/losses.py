"""What a change did to metrics: compared, judged, and as tables."""

import itertools
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

SPREAD = 1.1
"""Most of the standard deviation of test accuracies over trainings that differ in their seed, in
standard errors over the test images. Measured on the embedded corpus: 0.95 for tominet on letters
(mean 85.4 %, standard deviation 0.85 points, 20 seeds), 0.87 on fashion (97.4 %, 0.44, 20 seeds),
0.76 for cnn_s4 on digits in 12 epochs (98.3 %, 0.40, 15 seeds); a sixth more for the error of 20
seeds. A network that has not converged spreads wider (in 3 epochs 95.8 %, 1.33: 1.6 standard
errors), and no loss of three points can then be told from chance."""

NORMAL_95 = 1.96
WIDTH = 80
NAME_WIDTH = 36
HEADINGS = ("base", "now", "change", "allowed", "verdict")

Metrics = Mapping[str, object]


class MetricVerdict(StrEnum):
    """What became of a metric; failures in capitals."""

    UNCHANGED = "unchanged"
    OK = "ok"
    NEW = "new"
    UNJUDGED = "unjudged"
    FELL = "FELL"
    MISSING = "MISSING"
    INVALID = "INVALID"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `path` is the file and the keys in it: of a metric, or of all that is new or gone as a
    whole. `base` and `now` are as the files have them, None if absent.
    """

    path: tuple[str, ...]
    base: object
    now: object
    verdict: MetricVerdict
    allowed: float | None = None

    @property
    def failed(self) -> bool:
        """Whether this is a reason to refuse the change."""
        return self.verdict.isupper()


@dataclass(frozen=True)
class Estimate:
    """An accuracy with its 95 % interval.

    `spread` is the standard deviation over trainings where the interval is over images alone,
    and 0 where the trainings are in it.
    """

    value: float
    low: float
    high: float
    spread: float = 0.0


def allowed_fall(base: Estimate, now: Estimate) -> float:
    """Fall from `base` to `now` up to which the two may be the same accuracy.

    Both values are uncertain, so the half-widths of both intervals count, added in quadrature:
    the half-width of the difference's own 95 % interval, which 2.5 % of changes that alter
    nothing but chance fall below. The halves taken are those that face each other, since the
    intervals of accuracies near 1 are lopsided (Newcombe 1998, Statistics in Medicine
    17:873-890, method 10). Runs on the same draws and images share their chance errors, so
    that fewer fall this far. A slow decline in smaller steps is not seen.

    Two single trainings differ on the same images as well: the wider of both intervals counts.
    """
    images = math.hypot(base.value - base.low, now.high - now.value)
    return max(images, NORMAL_95 * math.hypot(base.spread, now.spread))


def compare(base: Metrics, now: Metrics, path: tuple[str, ...] = ()) -> list[Row]:
    """Judge nested metrics.

    Returns:
        A row for each accuracy with an interval, and for each metric, or all below one key,
        that is new or missing; other metrics only have to stay.
    """
    rows = []
    for key in sorted({*base, *now}):
        here, before, after = (*path, key), base.get(key), now.get(key)
        nested, was_nested = isinstance(after, Mapping), isinstance(before, Mapping)
        if before is not None and (after is None or (was_nested and not nested)):
            rows.append(Row(here, _headline(before), _headline(after), MetricVerdict.MISSING))
        elif before is None:
            rows.append(Row(here, None, _headline(after), MetricVerdict.NEW))
        if nested:
            below = compare(before if was_nested else {}, after, here)
            rows += [row for row in below if before is not None or row.failed]
    bounds = (key for key in {**base, **now} if key.endswith(("accuracy_low", "accuracy_high")))
    for name in sorted({key.removesuffix("_low").removesuffix("_high") for key in bounds}):
        rows += _judge(base, now, (*path, name))
    return rows


def _headline(value: object) -> object:
    return value.get("accuracy") if isinstance(value, Mapping) else value


def _judge(base: Metrics, now: Metrics, path: tuple[str, ...]) -> list[Row]:
    name = path[-1]
    if any(key in base and key not in now for key in (name, f"{name}_low", f"{name}_high")):
        return []  # what is gone, be it only a bound, has a row already
    before, after = _estimate(base, name), _estimate(now, name)
    row = partial(Row, path, base.get(name), now.get(name))
    if after is None:
        return [row(MetricVerdict.INVALID)]
    if name not in base:
        return []
    if after.value == base[name]:
        return [row(MetricVerdict.UNCHANGED)]
    if before is None or "differences" in path:
        return [row(MetricVerdict.UNJUDGED)]
    allowed = allowed_fall(before, after)
    fell = before.value - after.value > allowed
    return [row(MetricVerdict.FELL if fell else MetricVerdict.OK, allowed)]


def _estimate(metrics: Metrics, name: str) -> Estimate | None:
    """An accuracy with its interval; None unless all three are finite numbers.

    Without `draws` beside it, it is one training's. `..._sd` is then the standard deviation of
    such trainings, as far as it was measured.
    """
    value, low, high = (metrics.get(key) for key in (name, f"{name}_low", f"{name}_high"))
    if not all(map(_is_finite, (value, low, high))):
        return None
    if "draws" in metrics:
        return Estimate(value, low, high)
    measured = metrics.get(f"{name}_sd")
    usual = SPREAD * (high - low) / (2 * NORMAL_95)
    return Estimate(value, low, high, measured if _is_finite(measured) else usual)


def _is_finite(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def text_table(rows: Sequence[Row]) -> str:
    """Rows as a table of 80 columns by file, the unchanged ones as a count.

    Names are never cut: a long one stands above its numbers.
    """
    lines = [_line("", HEADINGS)]
    for file, group in itertools.groupby(_changed(rows), key=lambda row: row.path[0]):
        lines.append(file)
        for row in group:
            *above, last = textwrap.wrap(metric_name(row), WIDTH - 2, break_on_hyphens=False)
            if len(last) > NAME_WIDTH - 2:
                above, last = [*above, last], ""
            lines += [*(f"  {part}" for part in above), _line(f"  {last}", _numbers(row))]
    return "\n".join([*lines, _count(rows)])


def _line(name: str, numbers: Sequence[str]) -> str:
    base, now, change, allowed, verdict = numbers
    return f"{name:<{NAME_WIDTH}}{base:>8}{now:>8}{change:>9}{allowed:>8}  {verdict}"


def markdown_table(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table, the unchanged ones as a count."""
    told = [(f"`{row.path[0]}` {metric_name(row)}", *_numbers(row)) for row in _changed(rows)]
    lines = [("metric", *HEADINGS), ("---", *["--:"] * 4, "---"), *told]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", _count(rows)])


def _changed(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.verdict is not MetricVerdict.UNCHANGED]


def _count(rows: Sequence[Row]) -> str:
    return f"unchanged accuracies: {len(rows) - len(_changed(rows))}"


def metric_name(row: Row) -> str:
    """Name a metric by the keys that lead to it in its file."""
    keys = [key for key in row.path[1:] if key not in ("cells", "differences")]
    return ".".join(keys[:-1] if keys[1:] and keys[-1] == "accuracy" else keys) or "(whole file)"


def _numbers(row: Row) -> tuple[str, ...]:
    known = isinstance(row.base, int | float) and isinstance(row.now, int | float)
    change = f"{row.now - row.base:+.4f}" if known else "-"
    return _number(row.base), _number(row.now), change, _number(row.allowed), row.verdict


def _number(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return "text"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
