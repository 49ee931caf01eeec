"""The tables that hold others' values, and other sizes, against predictions made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from hand_made_results import (
    BASE,
    BASE_CELL,
    CELL,
    SAME_IMAGES,
    SCRATCH,
    TUNED_CELL,
    done,
    make,
    make_study,
)

# --- published


def beside(*published, score_every=1, cell=SAME_IMAGES):
    study = make_study(published=[*published], score_every=score_every)
    return make(study, SAME_IMAGES, cell)["published"]


@pytest.mark.parametrize(
    ("value", "about", "agreement"),
    [
        (0.69, 0.0, "agrees"),
        (0.7, 0.0, "agrees"),
        (0.693, 0.0, "agrees"),
        (0.694, 0.0, "published is higher"),
        (0.692, 0.0, "published is lower"),
        (0.692, 0.001, "agrees"),
        (1.0, 0.0, "published is higher"),
        (1.0, 0.3, "agrees"),
    ],
)
def test_a_value_is_as_sure_as_its_last_digit_and_what_it_was_read_off(value, about, agreement):
    """Both draws lose log 2 = 0.6931, so one more run would too."""
    (row,) = beside({"cell": CELL, "score": "loss", "value": value, "about": about})
    assert row.agreement == agreement
    assert (row.published, row.about, row.draws) == (value, about, 2)
    assert row.ours == row.low == row.expected_high == pytest.approx(np.log(2))


def test_values_are_held_against_the_score_they_are_of():
    first = done(["abc.", "abc."], 0.25, scored=(1, 2), test=((0.25, 1), (0.5, 1)))
    scores = {"accuracy": 0.75, "loss": np.log(4), "first_epoch_accuracy": 0.375}
    scores["train_accuracy"] = 0.2  # 0.1 and 0.3 in the last epoch
    rows = beside(*({"cell": CELL, "score": s, "value": 0.5} for s in scores), cell=first)
    assert {row.score: row.ours for row in rows} == pytest.approx(scores)


def test_accuracies_agree_with_narrow_intervals_only_and_losses_with_any():
    """In training 0.1 and 0.3, which one more run would leave by more than ten points."""
    assert beside({"cell": CELL, "score": "train_accuracy", "value": 0.2})[0].agreement == (
        "too wide to tell"
    )
    uneven = replace(SAME_IMAGES, probability=np.array([[0.5] * 4, [0.25] * 4], np.float32))
    (row,) = beside({"cell": CELL, "score": "loss", "value": 1.0}, cell=uneven)
    assert row.expected_high - row.expected_low > 1
    assert row.agreement == "agrees"


def test_a_speedup_is_timed_and_left_empty_here():
    (row,) = beside({"cell": CELL, "score": "speedup", "than": BASE, "value": 3.5})
    assert (row.cell, row.than, row.published) == (TUNED_CELL, BASE_CELL, 3.5)
    empty = ("ours", "low", "high", "expected_low", "expected_high", "draws", "agreement")
    assert {getattr(row, name) for name in empty} == {None}


def test_a_value_has_the_verdict_on_the_claim_that_it_supports():
    claims = {
        "more": {"text": "More.", "cell": CELL, "than": BASE, "expects": "higher"},
        "less": {"text": "Less.", "cell": CELL, "than": BASE, "expects": "lower"},
    }
    published = [
        {"cell": CELL, "value": 0.77, "claim": "less"},
        {"cell": CELL, "value": 0.77, "claim": "more"},
        {"cell": CELL, "value": 0.77},
    ]
    study = make_study(published=published, score_every=1, claims=claims)
    better, worse = done(["abcc", "abc.", "abcc", "abcc"]), done(["ab..", "ab..", "abc.", "ab.."])
    rows = make(study, worse, better)["published"]
    assert [row.verdict for row in rows] == ["refuted", "confirmed", None]


# --- what a source is worth in labels


def curve(study):
    """From scratch 2, 3 and 4 images are right at 10, 100 and 1,000 labels, else one more, or 4."""
    sizes = [10, 100, 1000][: len(study.n_train)]
    rows = ["ab..", "abc.", "abcc", "abcc"]
    scratch = [done([rows[k]] * 2, n_train=n) for k, n in enumerate(sizes)]
    tuned = [done([rows[k + 1]] * 2, n_train=n) for k, n in enumerate(sizes)]
    return make(study, *scratch, *tuned)


def test_label_worth_is_told_of_transferred_cells_below_the_largest_size():
    """Read off: what 10 labels give after transfer, 100 give from scratch, and so on."""
    rows = curve(make_study(n_train=[10, 100, "all"]))["labels"]
    assert [row.cell.n_train for row in rows] == [10, 100]
    assert {row.cell[:-1] for row in rows} == {TUNED_CELL[:-1]}
    assert [row.baseline for row in rows] == [BASE_CELL, BASE_CELL._replace(n_train=100)]
    for name in ("size", "low", "high"):
        assert [getattr(row, name) for row in rows] == pytest.approx([100, 1000]), name
    assert [(row.never, row.smallest, row.draws) for row in rows] == [(0, 10, 2)] * 2


def test_two_sizes_are_no_learning_curve():
    assert curve(make_study(n_train=[10, 100]))["labels"] == []


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        (["a...", "ab..", "abc.", "abcc", "ab..", "abc.", "abcc", "abcc"], [10, 100, 1000]),
        (["a...", "ab..", "abc.", "abcc", "a...", "abc.", "abcc", "abcc"], [100, 1000]),
    ],
)
def test_cells_that_have_not_learned_are_left_out_of_learning_curves(rows, sizes):
    """From scratch one image of four is right at 10 labels, which three classes are by chance."""
    study = make_study(n_train=[10, 100, 1000, 3000])
    counts = [10, 100, 1000, 3000] * 2
    own = [done([row] * 2, n_train=n) for row, n in zip(rows, counts, strict=True)]
    worths = make(study, *own)["labels"]
    assert [row.cell.n_train for row in worths] == sizes
    assert {row.smallest for row in worths} == {100}


def test_a_comparison_of_training_from_scratch_with_itself_is_worth_no_labels():
    again = SCRATCH | {"baseline": "scratch"}
    study = make_study(n_train=[10, 100, 1000], variants={"scratch": SCRATCH, "again": again})
    assert curve(study)["labels"] == []
    assert len(curve(study)["differences"]) == 3
