"""What docs/promises.md promises is held by tests that there are, and the last of long tries."""

import ast
import re
from pathlib import Path

import pytest

from faults import __main__ as faults

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parent
PROMISES = (REPOSITORY / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = [line for line in PROMISES.splitlines() if line.count(" | ") == 2]
NAMED = sorted({name for row in ROWS for name in re.findall("`(.+?)`", row.rpartition(" | ")[2])})


def test_every_promise_names_a_test():
    assert len(ROWS) > 30
    for row in ROWS:
        held_by = row.rpartition(" | ")[2]
        assert "`" in held_by or held_by in ("held by |", "the same |"), row


@pytest.mark.parametrize("name", NAMED)
def test_what_holds_a_promise_is_there(name):
    file, _, function = name.partition("::")
    path = TESTS / file
    assert path.exists()
    if function:
        named = [
            each.name for each in ast.walk(ast.parse(path.read_text())) if hasattr(each, "name")
        ]
        assert function in named


def test_every_long_try_is_run_and_its_last_result_is_kept_and_held():
    helpers = {"__init__", "__main__", "fuzz_readers", "stand_in"}
    assert {path.stem for path in TESTS.glob("faults/*.py")} - helpers == faults.WORDS.keys()
    rows = faults.earlier()
    assert rows.keys() == faults.WORDS.keys()
    assert [name for name, row in rows.items() if " | held. " not in row] == []
    assert all(faults.shows(name) in row for name, row in rows.items())


def test_results_of_other_scripts_stay_where_one_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(faults, "RESULTS", tmp_path / "RESULTS.md")
    for number in "12":
        for name in ("slow", "fuzz")[: int(number)]:
            monkeypatch.setattr(faults, "row", lambda name, n=number: (f"| `{name}.py` | {n} |", n))
            assert faults.main([name]) == 0
    assert faults.earlier() == {"fuzz": "| `fuzz.py` | 2 |", "slow": "| `slow.py` | 2 |"}


def test_every_fault_of_a_package_that_is_passed_over_is_explained():
    passed = re.findall(r"--ignore-vuln (\S+)", (REPOSITORY / "Makefile").read_text())
    table = PROMISES.partition("## Known faults of the packages")[2]
    assert passed == re.findall(r"^\| ([A-Z]+-[\d-]+):", table, re.MULTILINE)
