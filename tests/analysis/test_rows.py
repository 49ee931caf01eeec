"""Typed rows: what is written is read again, and committed tables keep their bytes."""

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.analysis import rows
from glyph_transfer.analysis.rows import ClaimRow, DifferenceRow, PublishedRow, ReplicateRow
from glyph_transfer.analysis.verdicts import ClaimVerdict, DifferenceVerdict
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Cell

CELL, BASE = Cell("d", "m", "letters", "tuned", 100), Cell("d", "m", "none", "scratch", "all")
DIFFERENCE = DifferenceRow(
    f"{CELL} - {BASE}", CELL, BASE, 3, 0.25, 0.1, 0.4, -0.05, 0.55, None, None, 5e-05, 1.0, None,
    None, False, DifferenceVerdict.TOO_FEW_DRAWS, 12,
)  # fmt: skip
REPORTS = Path(__file__).parents[2] / "reports"
COMMITTED = sorted(path for name in rows.TABLES for path in REPORTS.glob(f"*/*/{name}.csv"))


def written(tmp_path, table, row_type):
    rows.write_csv(tmp_path / "table.csv", table, row_type)
    return (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()


def test_a_row_is_read_as_it_was_written(tmp_path):
    other = replace(DIFFERENCE, corrected_low=float("inf"), p_holm=None, significant=True)
    written(tmp_path, [DIFFERENCE, other], DifferenceRow)
    assert rows.read_csv(tmp_path / "table.csv", DifferenceRow) == [DIFFERENCE, other]


def test_columns_keep_the_names_of_committed_tables(tmp_path):
    header, line = written(tmp_path, [DIFFERENCE], DifferenceRow)
    assert header.endswith(
        "improvement,improvement_low,improvement_high,shown,verdict,draws_needed"
    )
    assert line.startswith("d/m/letters/tuned/100 - d/m/none/scratch/all,d/m/letters/tuned/100,")
    assert line.endswith(",0.25,0.1,0.4,-0.05,0.55,,,5e-05,1.0,,,False,too few draws,12")


def test_an_empty_table_has_its_columns(tmp_path):
    (header,) = written(tmp_path, [], ClaimRow)
    assert header.startswith("name,claim,score,cell,than,")
    assert rows.read_csv(tmp_path / "table.csv", ClaimRow) == []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: "-".join(path.parts[-3:]))
def test_committed_tables_are_read_and_written_column_by_column(path, tmp_path):
    """Those of earlier versions lack the last columns, and have an older word for open claims."""
    row_type = rows.TABLES[path.stem]
    rows.write_csv(tmp_path / path.name, rows.read_csv(path, row_type), row_type)
    before, after = (
        list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        for file in (path, tmp_path / path.name)
    )
    older = {"not shown": "too few draws"}
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert [older.get(text, text) for text in old] == new[: len(old)]


def test_whole_numbers_are_whole_however_they_were_written(tmp_path):
    """`draws` are written 5.0 beside a row that has none, and 5 otherwise."""
    timed = PublishedRow(CELL, "speedup", BASE, 3.5, 0.05, 0.0, *[None] * 5, None, None, None, None)
    ours = replace(timed, score="accuracy", than=None, draws=5, verdict=ClaimVerdict.REFUTED)
    *_, line = written(tmp_path, [timed, ours], PublishedRow)
    assert line.endswith(",5.0,,,refuted")
    *_, read = rows.read_csv(tmp_path / "table.csv", PublishedRow)
    assert (read, type(read.draws)) == (ours, int)
    assert written(tmp_path, [ours], PublishedRow)[1].endswith(",5,,,refuted")


def test_cells_and_sizes_are_parsed(tmp_path):
    row = ReplicateRow(BASE, *BASE, 0, 0.5, 1.5, None, None, "ab")
    written(tmp_path, [row], ReplicateRow)
    (read,) = rows.read_csv(tmp_path / "table.csv", ReplicateRow)
    assert read == row
    assert (read.cell.n_train, read.n_train) == ("all", "all")


@pytest.mark.parametrize(
    ("low", "verdict"), [(-0.05, DifferenceVerdict.TOO_FEW_DRAWS), (0.05, DifferenceVerdict.BETTER)]
)
def test_a_difference_without_a_verdict_is_judged_by_its_corrected_interval(low, verdict, tmp_path):
    """As tables of earlier versions have none. Its own interval, 0.1 to 0.4, would show one."""
    lines = written(tmp_path, [replace(DIFFERENCE, corrected_low=low)], DifferenceRow)
    earlier = [line.rsplit(",", 2)[0] for line in lines]
    (tmp_path / "earlier.csv").write_text("\n".join(earlier) + "\n")
    (row,) = rows.read_csv(tmp_path / "earlier.csv", DifferenceRow)
    assert (row.verdict, row.draws_needed) == (verdict, None)


def test_a_verdict_that_is_given_stays(tmp_path):
    """That a cell has not learned is not in its interval."""
    unjudged = replace(DIFFERENCE, verdict=DifferenceVerdict.NOT_JUDGED, draws_needed=None)
    assert written(tmp_path, [unjudged], DifferenceRow)[1].endswith(",False,not judged,")
    assert rows.read_csv(tmp_path / "table.csv", DifferenceRow) == [unjudged]


def test_other_columns_are_an_error_that_names_both(tmp_path):
    (tmp_path / "old.csv").write_text("cell,accuracy\n")
    with pytest.raises(InputError, match=r"old\.csv: .*'cell', 'accuracy'.*'wrong_draws'"):
        rows.read_csv(tmp_path / "old.csv", rows.MistakeRow)


@pytest.mark.parametrize("damage", [b"\xff", b"\0", b"x" * 140_000])
@pytest.mark.parametrize("where", [0, 20, -5])
def test_damaged_bytes_are_told_whatever_they_are(damage, where, tmp_path):
    """Bytes that are no text, or a field without end, gave a traceback."""
    written(tmp_path, [DIFFERENCE], DifferenceRow)
    path = tmp_path / "table.csv"
    content = path.read_bytes()
    path.write_bytes(content[:where] + damage + content[where:])
    with pytest.raises(InputError, match=r"table\.csv: "):
        rows.read_csv(path, DifferenceRow)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("False", "0"), (",3,", ",3.5,"), (",0.25,", ",,"), ("/scratch/all,3", "/scratch,3")],
)
def test_a_value_that_its_column_cannot_hold_is_an_error_with_its_line(right, wrong, tmp_path):
    header, line = written(tmp_path, [DIFFERENCE], DifferenceRow)
    assert right in line
    (tmp_path / "table.csv").write_text(f"{header}\n{line.replace(right, wrong)}\n")
    with pytest.raises(InputError, match=r"table\.csv: line 2 is no DifferenceRow"):
        rows.read_csv(tmp_path / "table.csv", DifferenceRow)


def test_rows_verdicts_and_formats_start_at_once():
    heavy = "{'numpy', 'pandas', 'scipy', 'matplotlib', 'tensorflow'}"
    imports = "from glyph_transfer.analysis import formats, intervals, rows, verdicts"
    program = f"import sys; {imports}; print({heavy} & sys.modules.keys() or 'none')"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.strip() == "none", ran.stderr
