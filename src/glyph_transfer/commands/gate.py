"""Refuse a change that loses accuracy: `python -m glyph_transfer.commands.gate [BASE]`.

Compares the workspace's DVC metrics with those of the Git revision BASE (`origin/main`
unless told otherwise), which `dvc metrics diff` lists but does not judge. Exits with

- 0 if nothing is lost; new metrics are printed and are no failure,
- 1 if an accuracy fell by more than its interval allows (`allowed_fall`), a metric that
  BASE has is gone, a metrics file that dvc.yaml declares is missing or does not parse, or
  an accuracy or its interval is not a finite number,
- 2 if there is nothing to compare (no such BASE, no metrics on either side, or metrics
  that DVC cannot read): a gate that cannot see must not pass.

An accuracy is judged if its 95 % interval stands beside it: `accuracy`, `accuracy_low`,
`accuracy_high`, whatever precedes `accuracy`. What stands under `differences` must be
there and be finite, but may fall: a smaller gain over another cell is not a worse network.
"""

import argparse
import itertools
import json
import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from glyph_transfer.errors import InputError

# DVC's own word for a file whose content is not a mapping.
UNPARSABLE = "unable to parse"

WIDTH = 80
NAME_WIDTH = 36

Metrics = Mapping[str, object]


class Verdict(StrEnum):
    """What became of a metric; failures in capitals."""

    UNCHANGED = "unchanged"
    OK = "ok"
    NEW = "new"
    UNJUDGED = "unjudged"
    FELL = "FELL"
    MISSING = "MISSING"
    INVALID = "INVALID"


FAILURES = frozenset({Verdict.FELL, Verdict.MISSING, Verdict.INVALID})


@dataclass(frozen=True)
class Estimate:
    """A finite value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `metric` is DVC's dotted name, the name of a cell that is new or gone as a whole, or
    empty for a whole file. `base` and `now` are as the files have them, None if absent.
    """

    file: str
    metric: str
    base: object
    now: object
    verdict: Verdict
    allowed: float | None = None


def allowed_fall(base: Estimate, now: Estimate) -> float:
    """Fall from `base` to `now` up to which the two may be the same accuracy.

    Both figures are uncertain, so both intervals count: their half-widths added in
    quadrature, which is the half-width of the difference's own 95 % interval. Asking only
    whether the new figure is below the base's interval takes the new one for exact and,
    with intervals of one width, raises an alarm in 8 % of changes that alter nothing but
    chance, against 2.5 % here; asking that the intervals do not overlap (0.3 %) misses
    real losses. The halves taken are those that face each other, since the intervals of
    accuracies near 1 are lopsided (Newcombe 1998, Statistics in Medicine 17:873-890,
    method 10).

    Runs on the same draws and test images share their chance errors, so that fewer than
    2.5 % fall this far by chance. A slow decline in smaller steps is not seen.
    """
    return math.hypot(base.value - base.low, now.high - now.value)


def compare(diff: Mapping[str, Mapping[str, Metrics]]) -> list[Row]:
    """Judge every metric of `dvc metrics diff --json --all`, by file and name.

    Args:
        diff: file -> dotted metric name -> {"old": ..., "new": ...}, None where absent.

    Returns:
        A row for each accuracy with an interval and for each metric, cell or file that is
        new or missing; other metrics only have to stay.
    """
    return [row for file in sorted(diff) for row in _compare_file(file, diff[file])]


def _compare_file(file: str, changes: Mapping[str, Metrics]) -> list[Row]:
    base, now = _side(changes, "old"), _side(changes, "new")
    rows = [
        Row(file, name, _value(base, name), None, Verdict.MISSING)
        for name in _collapse(base.keys() - now.keys(), base.keys())
    ]
    rows += [
        Row(file, name, None, _value(now, name), Verdict.NEW)
        for name in _collapse(now.keys() - base.keys(), now.keys())
    ]
    for name in _with_interval(changes):
        keys = _with_bounds(name)
        # What is gone, be it only a bound, is a row already.
        if all(key in now or key not in base for key in keys):
            rows += _judge(file, name, base, now)
    return sorted(rows, key=lambda row: row.metric)


def _side(changes: Mapping[str, Metrics], side: str) -> dict[str, object]:
    return {name: values[side] for name, values in changes.items() if values[side] is not None}


def _value(metrics: Metrics, name: str) -> object:
    return metrics.get(name, metrics.get(f"{name}.accuracy"))


def _collapse(names: set[str], whole: set[str]) -> list[str]:
    """`names`, with cells or the file ("") in place of all that they hold of `whole`."""
    if names == whole:
        return [""] if names else []
    broken = {_cell(name) for name in whole - names} | {""}
    return sorted({name if _cell(name) in broken else _cell(name) for name in names})


def _cell(name: str) -> str:
    return name.rpartition(".")[0]


def _with_interval(names: Mapping[str, object]) -> list[str]:
    """Names of the accuracies of which at least one bound is known."""
    bounds = [name for name in names if name.endswith(("accuracy_low", "accuracy_high"))]
    return sorted({name.removesuffix("_low").removesuffix("_high") for name in bounds})


def _with_bounds(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


def _judge(file: str, name: str, base: Metrics, now: Metrics) -> list[Row]:
    before, after = _estimate(base, name), _estimate(now, name)
    if after is None:
        return [Row(file, name, base.get(name), now.get(name), Verdict.INVALID)]
    if name not in base:
        return []
    if after.value == base[name]:
        return [Row(file, name, base[name], after.value, Verdict.UNCHANGED)]
    if before is None or name.startswith("differences."):
        return [Row(file, name, base[name], after.value, Verdict.UNJUDGED)]
    allowed = allowed_fall(before, after)
    verdict = Verdict.FELL if before.value - after.value > allowed else Verdict.OK
    return [Row(file, name, before.value, after.value, verdict, allowed)]


def _estimate(metrics: Metrics, name: str) -> Estimate | None:
    values = [metrics.get(key) for key in _with_bounds(name)]
    return Estimate(*values) if all(map(_is_finite, values)) else None


def _is_finite(value: object) -> bool:
    return _is_number(value) and math.isfinite(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def find_faults(shown: Mapping[str, Mapping[str, Metrics]]) -> list[str]:
    """Say which metrics files the workspace declares but does not have whole, and why.

    Args:
        shown: the answer of `dvc metrics show --json`.

    Raises:
        InputError: DVC cannot read the workspace's dvc.yaml.
    """
    workspace = shown.get("", {})
    if "error" in workspace:
        raise InputError(f"DVC cannot read the workspace: {workspace['error']['msg']}. Repair it.")
    faults = []
    for file, result in sorted(workspace.get("data", {}).items()):
        if result.get("error", {}).get("type") == "FileNotFoundError":
            faults.append(f"{file} does not exist")
        elif not isinstance(result.get("data"), dict):
            faults.append(f"{file} does not parse as a JSON object")
    return faults


def format_table(rows: Sequence[Row]) -> str:
    """Rows as a table of 80 columns by file, the unchanged ones as a count.

    Names are never cut: a long one stands above its figures.
    """
    changed = [row for row in rows if row.verdict is not Verdict.UNCHANGED]
    lines = [_line("", "base", "now", "change", "allowed", "verdict")]
    for file, group in itertools.groupby(changed, key=lambda row: row.file):
        lines.append(file)
        for row in group:
            lines += _format(row)
    return "\n".join([*lines, f"unchanged accuracies: {len(rows) - len(changed)}"])


def _format(row: Row) -> list[str]:
    name = row.metric.removeprefix("cells.").removeprefix("differences.")
    name = name.removesuffix(".accuracy") or "(whole file)"
    names = textwrap.wrap(
        name, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    if len(names[-1]) > NAME_WIDTH:
        names.append("")
    known = _is_number(row.base) and _is_number(row.now)
    change = f"{row.now - row.base:+.4f}" if known else "-"
    figures = [_figure(row.base), _figure(row.now), change, _figure(row.allowed)]
    return [*names[:-1], _line(names[-1], *figures, row.verdict)]


def _figure(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return "text"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _line(name: str, base: str, now: str, change: str, allowed: str, verdict: str) -> str:
    return f"{name:<{NAME_WIDTH}}{base:>8}{now:>8}{change:>9}{allowed:>8}  {verdict}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m glyph_transfer.commands.gate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", nargs="?", default="origin/main", help="Git revision")
    base = parser.parse_args(arguments).base
    try:
        commit = _resolve(base)
        faults = find_faults(_dvc("show", "--json"))
        diff = _dvc("diff", "--json", "--all", commit)
        _refuse_blindness(base, commit, diff, faults)
    except InputError as error:
        print(f"gate: {error}", file=sys.stderr)
        return 2

    rows = compare(diff)
    failed = bool(faults) or any(row.verdict in FAILURES for row in rows)
    print(f"Metrics of the workspace against {base} ({commit[:10]})")
    if all(map(_lacks_base, diff.values())):
        print(f"{base} has no metrics: there is nothing to fall from.")
    print(format_table(rows), *faults, "FAILED" if failed else "passed", sep="\n")
    return 1 if failed else 0


def _resolve(base: str) -> str:
    """Commit of a revision; a name that Git does not know must not reach DVC as `workspace`."""
    try:
        return _output("git", "rev-parse", "--verify", f"{base}^{{commit}}").strip()
    except InputError as error:
        raise InputError(
            f"the base {base!r} is not a commit of this repository; fetch it (a shallow clone"
            f" lacks it) or name another. {error}"
        ) from error


def _lacks_base(changes: Mapping[str, Metrics]) -> bool:
    return all(values["old"] in (None, UNPARSABLE) for values in changes.values())


def _refuse_blindness(base: str, commit: str, diff: Mapping, faults: Sequence[str]) -> None:
    """Raise InputError if there is nothing to compare, or if DVC cannot read the base.

    DVC calls everything new when it cannot parse the base's metrics or its dvc.yaml; only
    Git knows that they were there.
    """
    if not diff:
        raise InputError(
            f"neither {base} nor the workspace has metrics"
            + "".join(f"; {fault}" for fault in faults)
            + ". Run `dvc repro` first, where a dvc.yaml declares metrics."
        )
    blank = [file for file, changes in diff.items() if _lacks_base(changes)]
    listed = _output("git", "ls-tree", "--name-only", "-z", commit, "--", *blank) if blank else ""
    if listed:
        raise InputError(
            f"{base} has {', '.join(listed.rstrip(chr(0)).split(chr(0)))}, but DVC reads no"
            f" metrics there: the file or the dvc.yaml of {base} is broken. Name another base."
        )


def _dvc(*arguments: str) -> dict:
    return json.loads(_output(sys.executable, "-m", "dvc", "metrics", *arguments))


def _output(*command: str) -> str:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        raise InputError(f"`{' '.join(command)}` failed: {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
