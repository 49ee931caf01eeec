"""Refuse a change that loses accuracy: `python -m glyph_transfer.gate [BASE]`.

Compares the numbers of all studies and source networks, in the files that `JUDGED` describes,
with those of the Git revision BASE (`origin/main` unless told otherwise). Exits with

- 0 if nothing is lost; new metrics are printed and are no failure,
- 1 if an accuracy fell by more than chance explains (`allowed_fall`), a metric that BASE
  has is gone, a metrics file that dvc.yaml declares is missing or does not parse, or an
  accuracy or its interval is not a finite number,
- 2 if there is nothing to compare (no such BASE, no metrics on either side, or metrics
  that DVC cannot read): a gate that cannot see must not pass.

An accuracy is judged if its 95 % interval stands beside it: `accuracy`, `accuracy_low`,
`accuracy_high`, whatever precedes `accuracy`. What stands under `differences` must be
there and be finite, but may fall: a smaller gain over another cell is not a worse network.
"""

import argparse
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.commands.losses import compare, markdown_table, text_table
from glyph_transfer.commands.moved_chart import moved_chart
from glyph_transfer.errors import InputError

if TYPE_CHECKING:  # importing it takes a second
    from dvc.repo import Repo

WORKSPACE = "workspace"
"""DVC's name for the files at hand."""

JUDGED = re.compile(r"reports/[^/]+/([^/]+/metrics|sources/scores)\.json")
"""Outputs of stages that hold accuracies with their intervals."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m glyph_transfer.gate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", nargs="?", default="origin/main", help="Git revision")
    parser.add_argument(
        "--summary",
        default=os.environ.get("GITHUB_STEP_SUMMARY"),
        help="file to append a chart and a Markdown table to (default: $GITHUB_STEP_SUMMARY)",
    )
    options = parser.parse_args(arguments)
    try:
        commit = _commit(options.base)
        base, now, faults = _metrics(options.base, commit)
    except InputError as error:
        print(f"gate: {error}", file=sys.stderr)
        return 2

    rows = compare(base, now)
    failed = bool(faults) or any(row.failed for row in rows)
    title = f"Metrics of the workspace against {options.base} ({commit[:10]})"
    remarks = _other_machines(options.base, commit)
    if not base:
        remarks.append(f"{options.base} has no metrics: there is nothing to fall from.")
    end = [*faults, "FAILED" if failed else "passed"]
    print(*remarks, title, text_table(rows), *end, sep="\n")
    if options.summary:
        chart = [each for each in [moved_chart(rows)] if each]
        parts = [f"## {title}", *remarks, *end, *chart, markdown_table(rows)]
        try:
            with open(options.summary, "a", encoding="utf-8") as file:
                print(*parts, sep="\n\n", file=file)
        except OSError as error:
            print(f"gate: the summary could not be written: {error}", file=sys.stderr)
            return 2
    return 1 if failed else 0


def _commit(base: str) -> str:
    """Commit of a revision; a name that Git does not know must not reach DVC as `workspace`."""
    try:
        return _git("rev-parse", "--verify", f"{base}^{{commit}}").strip()
    except InputError as error:
        raise InputError(
            f"the base {base!r} is not a commit of this repository; fetch it (a shallow clone"
            f" lacks it) or name another. {error}"
        ) from error


def _metrics(base: str, commit: str) -> tuple[dict, dict, list[str]]:
    """Metrics of the base and of the workspace, file -> content, and the workspace's faults.

    Raises:
        InputError: where DVC cannot read the pipeline of one, or a metrics file of the base,
            or neither has metrics.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    logging.getLogger("dvc").setLevel(logging.CRITICAL)  # what it warns of is in the answer
    try:
        with Repo() as repo:
            declared = _declared(repo, WORKSPACE, "the workspace")
            files = declared | _declared(repo, commit, base)
            paths = [str(Path(repo.root_dir, file)) for file in sorted(files)]
            sides = repo.metrics.show(paths, revs=[commit], hide_workspace=False)
    except DvcException as error:
        raise InputError(f"DVC cannot read metrics: {error}. Repair it.") from error
    for side, name in ((commit, base), (WORKSPACE, "the workspace")):
        if error := sides[side].get("error"):
            raise InputError(f"DVC cannot read the pipeline of {name}: {error}. Repair it.")
    before, unreadable = _readable(sides[commit]["data"])
    now, faults = _readable(
        {file: result for file, result in sides[WORKSPACE]["data"].items() if file in declared}
    )
    if broken := [fault for fault in unreadable if fault.endswith(_UNPARSABLE)]:
        raise InputError(f"{'; '.join(broken)} in {base}. Name another base.")
    if not before and not now:
        raise InputError(
            "; ".join([f"neither {base} nor the workspace has metrics", *faults])
            + ". Run `dvc repro` first, where a dvc.yaml declares metrics."
        )
    return before, now, faults


def _declared(repo: "Repo", revision: str, name: str) -> set[str]:
    """Files of numbers that the stages of a revision write, from the project's folder."""
    from dvc.exceptions import DvcException

    try:
        with repo.switch(revision):
            outs = [os.path.relpath(out.fs_path, repo.root_dir) for out in repo.index.outs]
    except DvcException as error:
        raise InputError(f"DVC cannot read the pipeline of {name}: {error}. Repair it.") from error
    return {out for out in outs if JUDGED.fullmatch(out)}


_UNPARSABLE = "does not parse as a JSON object"


def _readable(files: Mapping[str, Mapping]) -> tuple[dict[str, dict], list[str]]:
    """Contents of the files that DVC could read, and what is the matter with the others."""
    contents, faults = {}, []
    for file, result in sorted(files.items()):
        if isinstance(result.get("error"), FileNotFoundError):
            faults.append(f"{file} does not exist")
        elif not isinstance(result.get("data"), dict):
            faults.append(f"{file} {_UNPARSABLE}")
        elif result["data"]:
            contents[file] = result["data"]
    return contents, faults


def _other_machines(base: str, commit: str) -> list[str]:
    """Say where the numbers of base and workspace were made on different machines.

    Machines and versions are in reports/<corpus>/environment.json, if that is there.
    """
    root = Path(_git("rev-parse", "--show-toplevel").strip())
    remarks = []
    for file in sorted(root.glob("reports/*/environment.json")):
        name = file.relative_to(root).as_posix()
        try:
            before, now = json.loads(_git("show", f"{commit}:{name}")), json.loads(file.read_text())
        except (InputError, ValueError):  # not there, or not readable: there is nothing to say
            continue
        changed = [key for key in now if before.get(key) != now[key]]
        if changed:
            told = ", ".join(f"{key} {before.get(key)} there, {now[key]} here" for key in changed)
            remarks.append(
                f"{file.parent.name}: {base} was made in another environment ({told}), which"
                " rounds differently. A base of this one: "
                f"`git switch --create base-here {base} && make repro && git commit --all"
                " --message base`, then back, and compare with base-here."
            )
    return remarks


def _git(*arguments: str) -> str:
    result = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        raise InputError(f"`git {' '.join(arguments)}` failed: {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
