"""The gate's rules on hand-made answers of DVC, and the command on a real repository."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glyph_transfer.commands import gate
from glyph_transfer.commands.gate import Estimate, Row, Verdict, allowed_fall, compare, find_faults
from glyph_transfer.errors import InputError

FILE = "reports/embedded/few_labels/metrics.json"
SOURCE = "reports/embedded/sources/tominet-letters.json"
CELL = "digits/tominet/letters/head_then_finetune/100"
SCRATCH = "digits/tominet/none/scratch/100"


def figures(accuracy, half_width=0.02, prefix=""):
    return {
        f"{prefix}accuracy": accuracy,
        f"{prefix}accuracy_low": accuracy - half_width,
        f"{prefix}accuracy_high": accuracy + half_width,
    }


def changes(name, base, now):
    """DVC's diff of one cell: dotted names, None where a side lacks the metric."""
    keys = {**(base or {}), **(now or {})}
    return {
        f"{name}.{key}": {"old": (base or {}).get(key), "new": (now or {}).get(key)} for key in keys
    }


def verdicts(diff):
    return {row.metric: row.verdict for row in compare({FILE: diff})}


def judge(base, now, name=f"cells.{CELL}"):
    (row,) = compare({FILE: changes(name, base, now)})
    return row


# --- the rule


def test_both_intervals_are_allowed_for():
    """3-4-5: the base's interval alone allows 0.03, the sum of both 0.07."""
    base, now = Estimate(0.80, 0.77, 0.83), Estimate(0.74, 0.70, 0.78)
    assert allowed_fall(base, now) == pytest.approx(0.05)


def test_the_halves_that_face_each_other_count():
    base, now = Estimate(0.99, 0.96, 0.995), Estimate(0.90, 0.50, 0.94)
    assert allowed_fall(base, now) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("now", "verdict"), [(0.751, Verdict.OK), (0.749, Verdict.FELL), (0.95, Verdict.OK)]
)
def test_accuracy_may_move_within_its_interval_and_rise_beyond_it(now, verdict):
    row = judge(figures(0.80, 0.03), figures(now, 0.04))
    assert (row.metric, row.verdict) == (f"cells.{CELL}.accuracy", verdict)
    assert row.allowed == pytest.approx(0.05)


def test_prefixed_accuracy_of_a_source_is_judged():
    base, now = figures(0.94, 0.01, "test_"), figures(0.80, 0.01, "test_")
    diff = {key: {"old": base[key], "new": now[key]} for key in base}
    assert verdicts(diff) == {"test_accuracy": Verdict.FELL}


def test_accuracy_without_an_interval_is_not_judged():
    assert compare({FILE: {"accuracy": {"old": 0.9, "new": 0.1}}}) == []


def test_unchanged_accuracy_needs_no_allowance():
    assert judge(figures(0.8), figures(0.8)).verdict is Verdict.UNCHANGED


def test_difference_may_fall_but_not_vanish_or_break():
    name = f"differences.{CELL} - {SCRATCH}"
    assert judge(figures(0.1), figures(-0.3), name).verdict is Verdict.UNJUDGED
    assert judge(figures(0.1), figures(math.nan), name).verdict is Verdict.INVALID
    both = changes("cells.a", figures(0.8), figures(0.8)) | changes(name, figures(0.1), None)
    assert verdicts(both)[name] is Verdict.MISSING


@pytest.mark.parametrize("broken", [math.nan, math.inf, "0.9", "unable to parse", True])
@pytest.mark.parametrize("key", ["accuracy", "accuracy_low", "accuracy_high"])
@pytest.mark.parametrize("base", [figures(0.8), None], ids=["known", "new"])
def test_number_that_is_none_fails(broken, key, base):
    """A comparison with NaN is false, so that an unguarded `fall > allowed` lets it pass."""
    rows = compare({FILE: changes("cells.a", base, figures(0.8) | {key: broken})})
    assert ("cells.a.accuracy", Verdict.INVALID) in [(row.metric, row.verdict) for row in rows]


def test_new_interval_without_its_accuracy_fails():
    """DVC drops null: what is left of {"accuracy": null, ...} is the two bounds."""
    now = {"accuracy_low": 0.1, "accuracy_high": 0.2}
    assert verdicts(changes("cells.a", None, now))["cells.a.accuracy"] is Verdict.INVALID


def test_base_that_is_not_a_number_is_shown_but_cannot_be_fallen_from():
    row = judge(figures(0.8) | {"accuracy_low": math.nan}, figures(0.1))
    assert (row.verdict, row.base, row.now) == (Verdict.UNJUDGED, 0.8, 0.1)


# --- missing and new


def test_missing_metrics_are_named_as_broadly_as_they_are_gone():
    kept = changes("cells.kept", figures(0.8) | {"draws": 30}, figures(0.8))
    gone = changes(f"cells.{CELL}", figures(0.7), None)
    assert verdicts(kept | gone) == {
        f"cells.{CELL}": Verdict.MISSING,
        "cells.kept.accuracy": Verdict.UNCHANGED,
        "cells.kept.draws": Verdict.MISSING,
    }
    assert verdicts(gone) == {"": Verdict.MISSING}


def test_accuracy_that_lost_a_bound_is_missing_it():
    now = {key: value for key, value in figures(0.1).items() if key != "accuracy_low"}
    rows = verdicts(changes("cells.a", figures(0.8), now))
    assert rows == {"cells.a.accuracy_low": Verdict.MISSING}


def test_top_level_metric_is_not_taken_for_the_file():
    """`test_images` has no cell; an empty cell's name would read "the whole file"."""
    diff = {"test_images": {"old": 9, "new": None}, "cells.a.draws": {"old": 1, "new": 1}}
    assert verdicts(diff) == {"test_images": Verdict.MISSING}


def test_zero_is_a_value():
    assert judge(figures(0.8), figures(0.0)).verdict is Verdict.FELL
    assert compare({FILE: {"loss": {"old": 0, "new": 0.0}}}) == []


def test_dotted_and_spaced_cell_names_stay_whole():
    kept = changes("cells.a b.c/1", figures(0.8), figures(0.8))
    new = changes("cells.a b.d/1", None, figures(0.6))
    assert verdicts(kept | new) == {
        "cells.a b.c/1.accuracy": Verdict.UNCHANGED,
        "cells.a b.d/1": Verdict.NEW,
    }


# --- unreadable files


def test_faults_name_the_file_and_the_reason():
    data = {
        "gone.json": {"error": {"type": "FileNotFoundError", "msg": ""}},
        "cut.json": {"error": {"type": "JSONFileCorruptedError", "msg": ""}},
        "five.json": {"data": 5},
        "fine.json": {"data": {"accuracy": 0.5}},
        "empty.json": {"data": {}},
    }
    assert find_faults({"": {"data": data}}) == [
        "cut.json does not parse as a JSON object",
        "five.json does not parse as a JSON object",
        "gone.json does not exist",
    ]
    assert find_faults({}) == []


def test_unreadable_pipeline_is_an_error():
    with pytest.raises(InputError, match=r"cannot read the workspace: .*dvc\.yaml"):
        find_faults({"": {"error": {"type": "YAMLSyntaxError", "msg": "bad 'dvc.yaml'"}}})


# --- the table


def test_table_fits_80_columns_and_cuts_no_name():
    long = f"{'x' * 90}/1"
    rows = [
        Row(FILE, f"cells.{CELL}.accuracy", 0.77, 0.70, Verdict.FELL, 0.02828),
        Row(FILE, f"cells.{long}.accuracy", 0.5, -0.5, Verdict.OK, 1.5),
        Row(FILE, f"differences.{CELL} - {SCRATCH}.accuracy", 0.1, -0.2, Verdict.UNJUDGED),
        Row(FILE, "cells.u.accuracy", 0.5, 0.5, Verdict.UNCHANGED),
        Row(SOURCE, "", None, None, Verdict.MISSING),
        Row(SOURCE, "test_accuracy", "text", math.nan, Verdict.INVALID),
    ]
    lines = gate.format_table(rows).splitlines()
    assert max(map(len, lines)) <= 80
    assert long in "".join(line.strip() for line in lines)
    fell = lines.index(f"  {CELL}")
    assert lines[fell + 1].split() == ["0.7700", "0.7000", "-0.0700", "0.0283", "FELL"]
    assert [lines.count(file) for file in (FILE, SOURCE)] == [1, 1]
    assert lines[-1] == "unchanged accuracies: 1"
    assert not any(line.split()[:1] == ["u"] for line in lines)


# --- the command


def git(folder, *arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(
        ["git", *identity, "-c", "commit.gpgsign=false", *arguments], cwd=folder, check=True
    )


def write(folder, **files):
    """Write the metrics of the study and of the source, None for none, text as it is."""
    for file, content in {FILE: files.get("study"), SOURCE: files.get("source")}.items():
        path = Path(folder, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content))


STUDY = {
    "cells": {
        CELL: figures(0.77) | {"draws": 30},
        SCRATCH: figures(0.67) | {"draws": 30},
    },
    "differences": {f"{CELL} - {SCRATCH}": figures(0.10) | {"draws": 30}},
}
LETTERS = figures(0.94, 0.01, "test_") | {"test_images": 20800}
PIPELINE = f"metrics:\n  - {FILE}\n  - {SOURCE}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A Git and DVC repository with a commit for every base that the tests compare with."""
    folder = tmp_path_factory.mktemp("project")
    git(folder, "init", "-q", "-b", "main")
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=folder, check=True)
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")

    def commit(tag):
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", tag)
        git(folder, "tag", tag)

    commit("bare")
    (folder / "dvc.yaml").write_text(PIPELINE)
    commit("no_metrics")
    write(folder, study='{"cells": ', source="5")
    commit("corrupt")
    write(folder, study=STUDY, source=LETTERS)
    (folder / "dvc.yaml").write_text("metrics: [")
    commit("broken_pipeline")
    (folder / "dvc.yaml").write_text(PIPELINE)
    commit("base")
    return folder


@pytest.fixture
def workspace(project, monkeypatch):
    git(project, "checkout", "-q", "--force", "base")
    monkeypatch.chdir(project)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    return project


def with_cell(accuracy, cell=CELL):
    return {**STUDY, "cells": {**STUDY["cells"], cell: figures(accuracy) | {"draws": 30}}}


@pytest.mark.usefixtures("workspace")
def test_unchanged_passes_in_one_line(capsys):
    assert gate.main(["base"]) == 0
    printed = capsys.readouterr().out
    assert "unchanged accuracies: 4\npassed" in printed
    assert CELL not in printed


def test_fall_within_the_interval_and_a_new_cell_pass(workspace, capsys):
    study = with_cell(0.745)
    study["cells"]["digits/tominet/fashion/frozen/10"] = figures(0.3)
    write(workspace, study=study, source=LETTERS)
    assert gate.main(["base"]) == 0
    printed = capsys.readouterr().out
    assert "0.7700  0.7450  -0.0250  0.0283  ok" in printed
    assert "digits/tominet/fashion/frozen/10" in printed


def test_fall_beyond_the_interval_fails_from_a_subfolder(workspace):
    """Run as the program, whose exit code is what stops a merge."""
    write(workspace, study=with_cell(0.735), source=LETTERS)
    result = subprocess.run(
        [sys.executable, "-m", "glyph_transfer.commands.gate", "base"],
        cwd=workspace / "reports",
        env=os.environ | {"PYTHONPATH": str(Path(gate.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert "0.7700  0.7350  -0.0350  0.0283  FELL" in result.stdout
    assert result.stdout.endswith("FAILED\n")


def test_missing_cell_and_nan_fail(workspace, capsys):
    study = {**STUDY, "cells": {CELL: STUDY["cells"][CELL]}}
    write(workspace, study=study, source=LETTERS | {"test_accuracy": math.nan})
    assert gate.main(["base"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in printed if SCRATCH in line] == ["MISSING"]
    assert [line.split()[-1] for line in printed if "test_accuracy" in line] == ["INVALID"]


def test_missing_and_corrupt_files_fail_and_are_named(workspace, capsys):
    write(workspace, study='{"cells": ', source=None)
    assert gate.main(["base"]) == 1
    printed = capsys.readouterr().out
    assert f"{FILE} does not parse as a JSON object" in printed
    assert f"{SOURCE} does not exist" in printed
    assert printed.count("(whole file)") == 2


def test_file_that_dvc_yaml_no_longer_declares_is_missing(workspace, capsys):
    (workspace / "dvc.yaml").write_text(f"metrics:\n  - {FILE}\n")
    assert gate.main(["base"]) == 1
    assert f"{SOURCE}\n  (whole file)" in capsys.readouterr().out


def test_new_file_that_was_not_written_fails(workspace, capsys):
    """Nothing of it is in the diff, since the base has none of it either."""
    (workspace / "dvc.yaml").write_text(f"{PIPELINE}  - reports/embedded/late.json\n")
    assert gate.main(["base"]) == 1
    assert "reports/embedded/late.json does not exist" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("base", ["bare", "no_metrics"])
def test_base_without_metrics_passes_and_says_so(capsys, base):
    assert gate.main([base]) == 0
    assert f"{base} has no metrics" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("base", ["corrupt", "broken_pipeline"])
def test_unreadable_base_is_not_taken_for_an_empty_one(capsys, base):
    """DVC exits 0 and calls everything new."""
    assert gate.main([base]) == 2
    assert f"{base} has {FILE}, {SOURCE}, but DVC reads no metrics" in capsys.readouterr().err


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("base", ["nowhere", "workspace", "", "0" * 40])
def test_unknown_base_is_an_error(capsys, base):
    """`workspace` is DVC's word for the files at hand, which never differ from themselves."""
    assert gate.main([base]) == 2
    assert f"the base {base!r} is not a commit" in capsys.readouterr().err


def test_nothing_on_either_side_is_an_error(workspace, capsys):
    write(workspace)
    assert gate.main(["no_metrics"]) == 2
    message = capsys.readouterr().err
    assert "neither no_metrics nor the workspace has metrics" in message
    assert f"{SOURCE} does not exist" in message


def test_unreadable_pipeline_here_is_an_error(workspace, capsys):
    (workspace / "dvc.yaml").write_text("metrics: [")
    assert gate.main(["base"]) == 2
    assert "cannot read the workspace" in capsys.readouterr().err


def test_folder_without_dvc_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert gate.main(["HEAD"]) == 2
    assert "not a git repository" in capsys.readouterr().err
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "empty")
    assert gate.main(["HEAD"]) == 2
    assert "neither HEAD nor the workspace has metrics" in capsys.readouterr().err
