"""The tables of predictions made by hand: two draws on four test images."""

import numpy as np
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.rows import TABLES, ReplicateRow, write_csv
from glyph_transfer.experiments import results
from glyph_transfer.images.sets import index_digest
from glyph_transfer.protocol import Cell, Study

LABELS = np.array([0, 1, 2, 2], np.uint8)
TESTED = {"digits": results.Tested(("a", "b", "c"), np.zeros((4, 28, 28), np.uint8), LABELS)}
PHASES = [{"train": "all", "epochs": 1, "learning_rate": 0.01}]
SCRATCH = {"sources": ["none"], "load": [], "phases": PHASES}
TUNED = {"sources": ["letters"], "load": ["conv_1"], "phases": PHASES, "baseline": "scratch"}
BASE, CELL = "digits/tominet/none/scratch/10", "digits/tominet/letters/tuned/10"
BASE_CELL, TUNED_CELL = Cell.parse(BASE), Cell.parse(CELL)


def make_study(**other):
    fixed = {
        "question": "Which?",
        "targets": ["digits"],
        "model": "tominet",
        "n_train": [10],
        "draws": 2,
        "sampling": "random",
        "training": {"optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.9},
        "variants": {"scratch": SCRATCH, "tuned": TUNED},
    }
    return Study.model_validate(fixed | other)


def done(right, probability=0.5, n_train=10, loss=((2.0, 1.0), (4.0, 3.0)), scored=(), test=()):
    """Results of a cell from rows such as "ab.c", one a draw: a dot for an image gone wrong.

    `test` are the accuracies of the scored epochs, a row for each draw.
    """
    right = np.array([[c != "." for c in row] for row in right])
    draws = len(right)
    loss = np.array(loss, np.float32).reshape(draws, -1)
    accuracy = np.array(test, np.float32).reshape(draws, len(scored))
    return results.CellResults(
        fingerprint=np.array(["f"] * draws),
        index=np.arange(draws * n_train, dtype=np.int32).reshape(draws, n_train),
        predicted=np.where(right, LABELS, (LABELS + 1) % 3).astype(np.uint8),
        probability=np.full(right.shape, probability, np.float32),
        loss=loss,
        accuracy=loss / 10,
        scored=np.tile(np.array(scored, np.int32), (draws, 1)),
        test_loss=2 * accuracy,
        test_accuracy=accuracy,
        validation_loss=np.ones(draws),
        validation_accuracy=np.ones(draws),
    )


def make(study, *given):
    """Make the tables of cells whose results are given in their order."""
    return tables.make(study, dict(zip(study.cells, given, strict=True)), TESTED, seed=1)


SAME_IMAGES = done(["ab..", "ab.."])
"""Half of them right, the same in both draws."""
SAME_SHARE = done(["abcc", "...."])
"""Every image right in one draw of two."""


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


def test_corrected_intervals_are_wider_than_uncorrected_ones_where_there_are_several():
    """Of two comparisons the first tested is corrected, and the table has it in its columns."""
    tuned = TUNED | {"sources": ["letters", "fashion"]}
    study = make_study(draws=3, variants={"scratch": SCRATCH, "tuned": tuned})
    three = ((2.0, 1.0),) * 3
    own = [
        done(right, loss=three)
        for right in (["a...", "ab..", "a..."], ["abcc", "abc.", "ab.."], ["ab..", "a...", "abc."])
    ]
    for row in make(study, *own)["differences"]:
        assert row.corrected_low < row.accuracy_low < row.accuracy < row.accuracy_high
        assert row.significant is (row.corrected_low > 0)


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
    better, worse = done(["abcc", "abc.", "abcc", "abcc"]), done(["a...", "a...", "ab..", "a..."])
    rows = make(study, worse, better)["published"]
    assert [row.verdict for row in rows] == ["refuted", "confirmed", None]


# --- what a source is worth in labels


def curve(study):
    """From scratch 1, 2 and 3 images are right at 10, 100 and 1,000 labels, else one more."""
    sizes = [10, 100, 1000][: len(study.n_train)]
    rows = ["a...", "ab..", "abc.", "abcc"]
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


def test_a_comparison_of_training_from_scratch_with_itself_is_worth_no_labels():
    again = SCRATCH | {"baseline": "scratch"}
    study = make_study(n_train=[10, 100, 1000], variants={"scratch": SCRATCH, "again": again})
    assert curve(study)["labels"] == []
    assert len(curve(study)["differences"]) == 3


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
