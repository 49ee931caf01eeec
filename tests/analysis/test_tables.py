"""The tables of predictions made by hand: two draws on four test images."""

import numpy as np
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.rows import TABLES, ReplicateRow, write_csv
from glyph_transfer.experiments import results
from glyph_transfer.images.sets import index_digest
from glyph_transfer.protocol import Cell
from hand_made_results import (
    BASE,
    BASE_CELL,
    CELL,
    LABELS,
    SAME_IMAGES,
    SAME_SHARE,
    SCRATCH,
    TESTED,
    TUNED_CELL,
    done,
    make,
    make_study,
)


def only(rows, cell=TUNED_CELL):
    """Give the row of a cell."""
    (row,) = (row for row in rows if row.cell == cell)
    return row


# --- replicates


def test_replicates_have_a_row_for_each_draw_of_each_cell():
    rows = make(make_study(), done(["ab..", "...."]), done(["abc.", "a..."], 0.25))["replicates"]
    assert [(row.cell, row.draw) for row in rows] == [
        (BASE_CELL, 0), (BASE_CELL, 1), (TUNED_CELL, 0), (TUNED_CELL, 1),
    ]  # fmt: skip
    assert [row.accuracy for row in rows] == [0.5, 0, 0.75, 0.25]
    assert [row.loss for row in rows] == pytest.approx([np.log(2)] * 2 + [np.log(4)] * 2)
    assert [row.source for row in rows] == ["none"] * 2 + ["letters"] * 2
    assert rows[1].index_sha256 == index_digest(np.arange(10, 20))


def test_the_accuracy_after_one_epoch_is_there_where_it_was_scored():
    first = done(["ab..", "ab.."], scored=(1, 2), test=((0.25, 1), (0.75, 1)))
    later = done(["ab..", "ab.."], scored=(2,), test=((1,), (1,)))
    rows = make(make_study(), first, later)["replicates"]
    assert [row.first_epoch_accuracy for row in rows] == [0.25, 0.75, None, None]


def test_accuracies_in_training_are_written_in_the_precision_they_have(tmp_path):
    """0.1 and 0.3 in single precision, which doubles would write as 0.10000000149011612."""
    rows = make(make_study(), SAME_IMAGES, SAME_IMAGES)["replicates"]
    write_csv(tmp_path / "replicates.csv", rows, ReplicateRow)
    lines = (tmp_path / "replicates.csv").read_text().splitlines()
    assert [line.split(",")[-2] for line in lines[1:]] == ["0.1", "0.3"] * 2


# --- cells


def test_draws_that_agree_leave_the_doubt_about_the_images_and_the_other_way_round():
    images, share = make(make_study(), SAME_IMAGES, SAME_SHARE)["cells"]
    assert (images.accuracy, share.accuracy) == (0.5, 0.5)
    assert (images.accuracy_low, images.accuracy_high) == (0.5, 0.5)
    assert 0 <= images.images_low < 0.5 < images.images_high <= 1
    assert (share.images_low, share.images_high) == (0.5, 0.5)
    assert (share.accuracy_low, share.accuracy_high) == (0, 1), "cut to what a share can be"


def test_a_cell_tells_its_images_epochs_and_draws():
    made = make(make_study(n_train=["all"]), done(["ab..", "ab.."], n_train=17), SAME_IMAGES)
    row = made["cells"][0]
    assert str(row.cell) == "digits/tominet/none/scratch/all"
    assert (row.n_train, row.n_images, row.epochs) == ("all", 17, 2)
    assert (row.draws, row.test_images) == (2, 4)
    assert row.loss == pytest.approx(np.log(2))


def test_a_cell_has_the_published_accuracy_and_no_other_value():
    published = [
        {"cell": BASE, "score": "loss", "value": 0.7},
        {"cell": CELL, "score": "loss", "value": 0.6},
        {"cell": CELL, "value": 0.77},
    ]
    rows = make(make_study(published=published), SAME_IMAGES, SAME_IMAGES)["cells"]
    assert [row.published for row in rows] == [None, 0.77]


# --- differences


def test_differences_are_cell_less_baseline_over_draws_and_over_images():
    """The cell has images 0 and 1 right in both draws, the baseline image 0 alone."""
    (row,) = make(make_study(), done(["a...", "a..."]), SAME_IMAGES)["differences"]
    assert (row.comparison, row.cell, row.baseline) == (f"{CELL} - {BASE}", TUNED_CELL, BASE_CELL)
    assert (row.accuracy, row.accuracy_low, row.accuracy_high) == (0.25, 0.25, 0.25)
    assert row.images_low < 0.25 < row.images_high
    assert (row.draws, row.improvement) == (2, 1)


def test_a_cell_with_more_draws_is_compared_on_the_first_ones():
    """At each size its own: of 10 labels there are two draws, of 20 only one."""
    study = make_study(n_train=[10, 20], draws=[2, 1])
    one = [done([row], loss=((2.0, 1.0),), n_train=20) for row in ("a...", "ab..")]
    rows = make(study, SAME_IMAGES, one[0], SAME_SHARE, one[1])["differences"]
    assert [row.draws for row in rows] == [2, 1]
    assert (rows[1].accuracy, rows[1].accuracy_low) == (0.25, None)


# --- curves


def test_curves_have_gaps_where_the_test_images_were_not_scored():
    loss = ((3.0, 2.0, 1.0), (5.0, 4.0, 3.0))
    watched = done(["ab..", "ab.."], loss=loss, scored=(2,), test=((0.25,), (0.75,)))
    rows = make(make_study(), watched, SAME_IMAGES)["curves"]
    own = [row for row in rows if row.cell == BASE_CELL]
    assert [row.epoch for row in own] == [1, 2, 3]
    assert [row.train_loss for row in own] == [4, 3, 2]
    assert [row.train_accuracy for row in own] == pytest.approx([0.4, 0.3, 0.2])
    for name in ("test_loss", "test_loss_low", "test_accuracy", "test_accuracy_high"):
        assert [getattr(row, name) is None for row in own] == [True, False, True], name
    assert (own[1].test_accuracy, own[1].test_loss) == (0.5, 1)
    assert all(row.test_loss is None for row in rows if row.cell == TUNED_CELL)


def test_the_bands_of_curves_leave_out_2_5_percent_of_the_draws_on_either_side():
    """Losses of 0 to 40 on 41 draws: the middle 95 % of them are 1 to 39."""
    losses = np.arange(41.0)[:, None]
    many = done(["ab.."] * 41, loss=losses, scored=(1,), test=losses / 40)
    row, _ = make(make_study(draws=41), many, many)["curves"]
    assert (row.train_loss_low, row.train_loss, row.train_loss_high) == (1, 20, 39)
    assert (row.train_accuracy_low, row.train_accuracy_high) == (0.1, 3.9)
    assert (row.test_accuracy_low, row.test_accuracy_high) == (0.025, 0.975)
    assert (row.test_loss_low, row.test_loss_high) == (0.05, 1.95)


# --- ensembles


def test_an_ensemble_has_no_curve_but_all_else():
    models = {"tominet": ["digits"], "cnn_s1": ["digits"]}
    ensemble = {
        "target": "digits", "variant": "scratch", "members": ["tominet", "cnn_s1"],
        "baseline": "tominet",
    }  # fmt: skip
    study = make_study(
        variants={"scratch": SCRATCH | {"models": models}}, ensembles={"both": ensemble}
    )
    whole = done(["abcc", "abcc"], loss=((), ()))
    made = make(study, SAME_IMAGES, SAME_IMAGES, whole)
    cell = Cell.parse("digits/ensemble/none/both/10")
    assert {row.cell for row in made["curves"]} == {BASE_CELL, BASE_CELL._replace(model="cnn_s1")}
    row = only(made["cells"], cell)
    assert (row.accuracy, row.epochs, row.draws) == (1, 0, 2)
    (difference,) = made["differences"]
    assert (difference.cell, difference.baseline) == (cell, BASE_CELL)
    assert difference.accuracy == 0.5
    assert {row.cell for row in made["confusion"]} == {BASE_CELL}, "an ensemble is no network"
    assert made["labels"] == []


# --- several targets


def test_cells_are_held_against_the_test_images_of_their_own_target():
    """Letters have other labels; what is right of digits is wrong of them."""
    others = {"letters": results.Tested(("x", "y", "z"), TESTED["digits"].images, 2 - LABELS)}
    study = make_study(
        targets=["digits", "letters"],
        variants={"scratch": SCRATCH},
        shown="letters/tominet/none/scratch/10",
    )
    whole = done(["abcc", "abcc"])
    cells = dict.fromkeys(study.cells, whole)
    made = tables.make(study, cells, TESTED | others, seed=1)
    assert [row.accuracy for row in made["cells"]] == [1, 0.25], "only class 1 is the same"
    assert {row.actual for row in made["confusion"]} == {"x", "y", "z"}
    assert [row.actual for row in made["mistakes"]] == ["z", "x", "x"]


def test_equal_predictions_give_equal_tables():
    first, second = (make(make_study(), SAME_IMAGES, SAME_SHARE) for _ in range(2))
    assert first == second
    assert {*first} == {*TABLES}
