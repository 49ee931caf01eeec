"""The README's table: made from results, never typed."""

from pathlib import Path

import pytest

from glyph_transfer.commands import readme
from glyph_transfer.errors import InputError

REPOSITORY = Path(__file__).parent.parent
CELLS = """\
cell,source,accuracy,accuracy_low,accuracy_high,published
a/none,none,{0},0.6,0.7,0.67
a/fashion,fashion,0.7736,0.76,0.78,0.63
"""
DIFFERENCES = """\
cell,accuracy,corrected_low,corrected_high,shown
a/fashion,-0.0061,-0.0134,0.0008,False
"""


@pytest.fixture
def results(tmp_path):
    for study, accuracy in (("few_labels", 0.7798), ("batch_norm", 0.629)):
        folder = tmp_path / study
        folder.mkdir()
        (folder / "cells.csv").write_text(CELLS.format(accuracy))
        (folder / "differences.csv").write_text(DIFFERENCES)
    return tmp_path


def test_the_committed_table_is_what_the_committed_results_give():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert readme.updated(text, REPOSITORY / "reports" / "official") == text


def test_rows_hold_published_repeated_and_converged_figures(results):
    *_, scratch, fashion = readme.table(results).splitlines()
    assert scratch == "| from scratch | 67 % | 62.9 % [60.0, 70.0] | 78.0 % [60.0, 70.0] |  |"
    assert fashion.endswith("| −0.6 [−1.3, +0.1] points, no difference shown |")


def test_only_what_is_between_the_marks_changes(results):
    text = f"before\n{readme.START}\nold\n{readme.END}\nafter\n"
    updated = readme.updated(text, results)
    assert updated.startswith(f"before\n{readme.START}\n| training")
    assert updated.endswith(f"|\n{readme.END}\nafter\n")
    assert "old" not in updated


def test_missing_marks_and_results_are_told(results, tmp_path):
    with pytest.raises(InputError, match="were not found; put them back"):
        readme.updated("no marks", results)
    with pytest.raises(InputError, match=r"cells\.csv: not found\. `make official`"):
        readme.updated(f"{readme.START}{readme.END}", tmp_path / "nowhere")
