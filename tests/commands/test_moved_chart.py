"""A chart of what moved, in text that GitHub draws."""

import re

from glyph_transfer.commands.losses import MetricVerdict, Row
from glyph_transfer.commands.moved_chart import MOST, moved_chart


def row(name, base, now, allowed=0.02, verdict=MetricVerdict.OK):
    return Row(("reports/metrics.json", "cells", name, "accuracy"), base, now, verdict, allowed)


def numbers(chart, word):
    return [float(n) for n in re.search(rf"{word} \[(.+)\]", chart)[1].split(", ")]


def test_what_moved_is_drawn_before_and_after_the_most_first():
    chart = moved_chart([row("a", 0.9, 0.89), row("b/c", 0.8, 0.7), row("same", 0.5, 0.5)])
    assert "```mermaid\nxychart-beta" in chart
    assert numbers(chart, "bar") == [70, 89]
    assert numbers(chart, "line") == [80, 90]
    assert numbers(chart, "x-axis .metric.") == [1, 2]
    assert chart.endswith("1. `reports/metrics.json` b/c\n2. `reports/metrics.json` a")
    (low,) = re.findall(r"(\d+) --> 100", chart)
    assert int(low) < 70


def test_what_is_not_judged_or_no_number_is_left_out():
    unjudged = row("a", "text", 0.7, None, MetricVerdict.UNJUDGED)
    assert moved_chart([unjudged, row("b", None, 0.7, None, MetricVerdict.NEW)]) == ""


def test_no_more_is_drawn_than_can_be_read():
    rows = [row(f"cell {n}", 0.9, 0.9 - n / 1000) for n in range(1, 40)]
    assert len(numbers(moved_chart(rows), "bar")) == MOST
    assert "cell 39" in moved_chart(rows)
