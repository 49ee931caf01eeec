"""What moved, before and after, as a chart that GitHub draws in a job's summary.

A summary shows no picture of a file that is nowhere on the web: only Mermaid's charts, from text.
"""

from collections.abc import Iterable, Sequence

from glyph_transfer.commands.losses import Row, metric_name

MOST = 12
"""Metrics in the chart: those that moved most."""

_CHART = """\
Accuracy (%): bars as they are now, the line as the base has them.

```mermaid
xychart-beta
    x-axis "metric" [{numbers}]
    y-axis "accuracy (%)" {low} --> {high}
    bar [{now}]
    line [{base}]
```

{names}"""


def moved_chart(rows: Sequence[Row]) -> str:
    """Give the chart of the accuracies that moved most, and what its numbers stand for.

    Args:
        rows: of `losses.compare`. Those with an allowed fall are accuracies, and judged.

    Returns:
        Markdown; empty where no accuracy moved.
    """
    moved = [row for row in rows if row.allowed is not None and row.base != row.now]
    moved = sorted(moved, key=lambda row: -abs(row.now - row.base))[:MOST]
    if not moved:
        return ""
    values = [100 * value for row in moved for value in (row.base, row.now)]
    return _CHART.format(
        numbers=", ".join(str(n) for n in range(1, len(moved) + 1)),
        low=max(0, int(min(values)) - 5),
        high=100,
        now=_listed(row.now for row in moved),
        base=_listed(row.base for row in moved),
        names="\n".join(
            f"{n}. `{row.path[0]}` {metric_name(row)}" for n, row in enumerate(moved, start=1)
        ),
    )


def _listed(fractions: Iterable[float]) -> str:
    return ", ".join(f"{100 * fraction:.2f}" for fraction in fractions)
