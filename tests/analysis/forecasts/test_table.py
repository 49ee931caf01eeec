"""The table of made-up cells whose sources see more or less, and do better or worse."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from glyph_transfer.analysis.forecasts.baselines import ANY_SOURCE, FIXED_ORDER
from glyph_transfer.analysis.forecasts.scores import SCORES
from glyph_transfer.analysis.forecasts.table import forecasts
from glyph_transfer.analysis.rows import ForecastRow, read_csv, write_csv
from glyph_transfer.analysis.scored import score
from glyph_transfer.errors import InputError
from hand_made_results import PROBE, TESTED, done, make_study

DRAWS = 3
OWN_LABELS = np.repeat([0, 1, 2], 4)
RIGHT = {"letters": "abcc", "fashion": "abc.", "balanced": "a...", "kuzushiji": "...."}


def probed(**other):
    """A study that compares four sources on two targets; the third is named first."""
    sources = ["balanced", "letters", "fashion", "kuzushiji"]
    fixed = {
        "targets": ["digits", "letters"],
        "draws": DRAWS,
        "sampling": "stratified",
        "variants": {"probe": PROBE | {"sources": sources}},
        "forecasts": [*SCORES],
    }
    return make_study(**fixed | other)


def seen(quality):
    """What a source sees of twelve images of three classes, which it tells apart so well."""
    rng = np.random.default_rng(5)
    shape = (DRAWS, len(OWN_LABELS))
    features = quality * np.eye(3, 20)[OWN_LABELS] + 0.3 * rng.normal(size=(*shape, 20))
    logits = np.exp(3 * features[..., :3])
    return {
        "features": features.astype(np.float32),
        "n_features": np.full(DRAWS, 20),
        "source_probabilities": logits / logits.sum(axis=-1, keepdims=True),
        "labels": np.tile(OWN_LABELS, (DRAWS, 1)),
    }


def results_of(study, reverse=()):
    """Sources see the better the more images they come to have right; `reverse` targets not."""
    qualities = dict(zip(RIGHT, (3.0, 0.8, 0.2, 0.0), strict=True))
    reversed_qualities = dict(zip(RIGHT, (0.0, 0.2, 0.8, 3.0), strict=True))
    cells = {}
    for cell in study.cells:
        right = RIGHT[cell.source]
        quality = (reversed_qualities if cell.target in reverse else qualities)[cell.source]
        plain = done([right] * DRAWS, n_train=12, loss=((2.0, 1.0),) * DRAWS)
        cells[cell] = replace(plain, **seen(quality))
    return cells


def table(study, cells):
    tested = dict.fromkeys(study.targets, TESTED["digits"])
    return forecasts(score(study, cells, tested, seed=1))


def by_score(rows, target=None):
    return {row.score: row for row in rows if row.target == target}


def test_every_score_has_a_row_over_all_targets_and_one_for_each():
    study = probed()
    rows = table(study, results_of(study))
    names = [*SCORES, FIXED_ORDER, ANY_SOURCE]
    assert [(row.target, row.score) for row in rows] == [
        (target, name) for target in (None, "digits", "letters") for name in names
    ]
    # letters are no source for themselves
    counts = {row.target: (row.targets, row.pairs, row.draws) for row in rows}
    assert counts == {None: (2, 7, DRAWS), "digits": (1, 4, DRAWS), "letters": (1, 3, DRAWS)}
    assert {(row.variant, row.n_train) for row in rows} == {("probe", 10)}


def test_scores_that_see_what_the_accuracy_will_be_have_no_regret():
    study = probed()
    rows = by_score(table(study, results_of(study)))
    for name in SCORES:
        assert rows[name].regret == 0.0
        assert rows[name].tau > 0.6
    # accuracies 1, 0.75, 0.25 and 0: the first named has 0.25, and all have 0.5 in the mean;
    # without letters 0.75, 0.25 and 0, of which the mean is 1/3
    assert rows[FIXED_ORDER].regret == pytest.approx((0.75 + 0.5) / 2)
    assert rows[ANY_SOURCE].regret == pytest.approx((0.5 + 0.75 - 1 / 3) / 2)
    assert rows[ANY_SOURCE].tau == 0.0
    assert rows["logme"].saved == pytest.approx((0.75 + 0.5) / 2)
    assert rows[FIXED_ORDER].saved == 0.0


def test_a_score_that_goes_wrong_on_one_target_says_so_there():
    study = probed()
    rows = table(study, results_of(study, reverse=("digits",)))
    assert by_score(rows, "letters")["logme"].regret == 0.0
    wrong = by_score(rows, "digits")["logme"]
    assert wrong.regret == pytest.approx(1.0)
    assert wrong.tau < -0.8
    both = by_score(rows)["logme"]
    assert both.regret == pytest.approx(0.5)
    # these draws are all the same, these targets are not
    assert (both.regret_low, both.regret_high) == pytest.approx((0.5, 0.5))
    assert (both.regret_targets_low, both.regret_targets_high) == (-1.0, 1.0)


def test_one_target_has_no_interval_over_targets():
    study = probed(targets=["digits"])
    row = by_score(table(study, results_of(study)), "digits")["ridge"]
    assert row.regret_low is not None
    assert row.regret_targets_low is row.tau_targets_high is None


def test_a_study_that_names_no_scores_has_no_such_table():
    study = probed(forecasts=[])
    assert table(study, results_of(study)) == []


def test_cells_that_kept_nothing_and_targets_with_one_source_are_left_out():
    study = probed()
    cells = results_of(study)
    kept = {"letters": {"fashion"}, "digits": {"letters", "fashion", "balanced"}}
    for cell, own in cells.items():
        if cell.source not in kept[cell.target]:
            nothing = {name: np.zeros((DRAWS, 0)) for name in ("features", "labels")}
            cells[cell] = replace(own, **nothing)
    rows = table(study, cells)
    assert {(row.target, row.pairs) for row in rows} == {(None, 3), ("digits", 3)}


def test_rows_are_read_as_they_were_written(tmp_path):
    study = probed()
    rows = table(study, results_of(study))
    write_csv(tmp_path / "forecasts.csv", rows, ForecastRow)
    assert read_csv(tmp_path / "forecasts.csv", ForecastRow) == rows


def test_a_class_with_one_labelled_image_is_told_where_it_is():
    study = probed()
    cells = results_of(study)
    first = study.cells[0]
    cells[first] = replace(cells[first], labels=np.tile([0, *OWN_LABELS[:-1] + 1], (DRAWS, 1)))
    with pytest.raises(InputError, match="one labelled image"):
        table(study, cells)


def test_a_study_can_name_all_scores_and_no_other():
    assert probed().forecasts == [*SCORES]
    with pytest.raises(ValidationError, match=r"logme.*h_score"):
        probed(forecasts=["logm"])
