"""Pieces of sentences."""

from glyph_transfer.report import findings
from tracked_runs import SCRATCH, cell_row, label_worth_row


def test_words_are_enumerated():
    assert findings.enumerated([]) == ""
    assert findings.enumerated(["a"]) == "a"
    assert findings.enumerated(["a", "b", "c"]) == "a, b and c"


def test_only_the_first_letter_is_made_a_capital():
    assert findings.capitalised("from MNIST") == "From MNIST"


def test_the_largest_size_is_that_of_the_baselines_curve():
    other = SCRATCH._replace(variant="other", n_train=900)
    cells = [cell_row(SCRATCH, 0.5), cell_row(other, 0.5, n_images=900)]
    cells.append(cell_row(SCRATCH._replace(n_train=300), 0.5, n_images=300))
    assert findings.largest_size(label_worth_row(), cells) == 300
