"""The README's table: made from results, never typed."""

from pathlib import Path

import pytest

from glyph_transfer.analysis.rows import CellRow, DifferenceRow, write_csv
from glyph_transfer.commands import readme
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from tracked_runs import LETTERS, SCRATCH, cell_row, difference_row, settings

REPOSITORY = Path(__file__).parents[2]
FASHION = LETTERS._replace(source="fashion")
SETTINGS = settings("ours", "theirs", ours="source", theirs="averages")


def write(folder, accuracy, difference):
    folder.mkdir()
    cells = [
        cell_row(SCRATCH, accuracy, 0.6, 0.7, published=0.67),
        cell_row(FASHION, 0.7736, 0.76, 0.78),
    ]
    write_csv(folder / "cells.csv", cells, CellRow)
    write_csv(folder / "differences.csv", [difference], DifferenceRow)


@pytest.fixture
def results(tmp_path):
    """Tables of the two studies: the difference in the second is another."""
    write(tmp_path / "ours", 0.7798, difference_row(FASHION, -0.0061, -0.0134, 0.0008))
    write(tmp_path / "theirs", 0.629, difference_row(FASHION, 0.5, 0.4, 0.6))
    return tmp_path


def test_the_committed_table_is_what_the_committed_results_give():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    results = REPOSITORY / "reports" / "official"
    shipped = params.load(REPOSITORY / "params.yaml")
    assert readme.updated(text, results, shipped) == text


def lines(results, settings=SETTINGS):
    head, _, *rows = readme.table(results, settings).splitlines()
    headings, *rows = ([v.strip() for v in line.split("|")[1:-1]] for line in (head, *rows))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_rows_hold_published_repeated_and_converged_values(results):
    content = SETTINGS.model_dump()
    content["studies"]["theirs"]["training"]["batch_norm_momentum"] = 0.99
    scratch, fashion = lines(results, type(SETTINGS).model_validate(content))
    assert scratch == {
        "training on 100 digits": "from scratch", "published, one run": "67 %",
        "at momentum 0.99": "62.9 % [60.0, 70.0]", "at momentum 0.9": "78.0 % [60.0, 70.0]",
        "gain over scratch at 0.9": "",
    }  # fmt: skip
    assert fashion["training on 100 digits"] == "from fashion"
    assert fashion["published, one run"] == ""
    assert fashion["gain over scratch at 0.9"] == "−0.6 [−1.3, +0.1] points, too few draws"


def test_a_gain_that_is_shown_needs_no_word(results):
    gain = difference_row(FASHION, 0.078, 0.069, 0.087)
    write_csv(results / "ours" / "differences.csv", [gain], DifferenceRow)
    *_, fashion = lines(results)
    assert fashion["gain over scratch at 0.9"] == "+7.8 [+6.9, +8.7] points"


@pytest.mark.parametrize("missing", ["source", "averages"])
def test_a_question_that_no_study_answers_is_named(results, missing):
    others = settings("ours", ours="averages" if missing == "source" else "source")
    with pytest.raises(InputError, match=f"no study has 'answers: {missing}'"):
        readme.table(results, others)


def test_only_what_is_between_the_marks_changes(results):
    text = f"before\n{readme.START}\nold\n{readme.END}\nafter\n"
    new = readme.updated(text, results, SETTINGS)
    assert new.startswith(f"before\n{readme.START}\n| training")
    assert new.endswith(f"|\n{readme.END}\nafter\n")
    assert "old" not in new


def test_missing_marks_and_results_are_named(results, tmp_path):
    with pytest.raises(InputError, match="were not found; put them back"):
        readme.updated("no marks", results, SETTINGS)
    with pytest.raises(InputError, match=r"cells\.csv: not found\. `make official`"):
        readme.updated(f"{readme.START}{readme.END}", tmp_path / "nowhere", SETTINGS)
