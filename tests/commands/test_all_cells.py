"""Every cell on the terminal."""

import json

import pytest

from glyph_transfer.commands import all_cells
from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Cell

SCRATCH = "digits/tominet/none/scratch/100"
LETTERS = "digits/tominet/letters/tuned/100"
LONG = "digits/tominet/letters/head_then_finetune_reestimated/100"


def scores(accuracy, low, high, draws=30):
    return {"accuracy": accuracy, "accuracy_low": low, "accuracy_high": high, "draws": draws}


def difference(accuracy=0.02, low=0.013, high=0.3):
    return {"accuracy": accuracy, "corrected_low": low, "corrected_high": high}


def write(folder, differences=None, cells=None, labels=None):
    metrics = {
        "cells": cells
        or {
            SCRATCH: scores(0.891, 0.883, 0.898),
            LETTERS: scores(0.911, 0.903, 0.918),
            LONG: scores(1.0, 1.0, 1.0),
        },
        "differences": {
            f"{LETTERS} - {SCRATCH}": difference(),
            f"{LONG} - {SCRATCH}": difference(low=-0.01),
        }
        if differences is None
        else differences,
        "labels": labels or {},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_shows_cells_and_differences_in_80_columns(tmp_path):
    """A line for each cell, by the parts of its name that differ; of differences what is shown."""
    write(tmp_path / "c" / "s")
    lines = all_cells.every_cell(tmp_path / "c")
    assert max(map(len, lines)) <= 80
    assert lines[:6] == [
        "s (c)                           accuracy, %        draws  less its baseline",
        "none/scratch                    89.1 [88.3, 89.8]     30",
        "letters/tuned                   91.1 [90.3, 91.8]     30  +2.0 [+1.3, +30.0]",
        "letters/head_then_finetune_reestimated",
        "                                100.0 [100.0, 100.0]   30  too few draws",
        "",
    ]


def test_targets_models_and_sizes_are_named_where_they_differ():
    texts = ["digits/cnn_s1/none/scratch/10", "letters/cnn_s1/none/scratch/all"]
    cells = [Cell.parse(text) for text in texts]
    assert [*all_cells.short_names(cells).values()] == [
        "digits/none/scratch/10", "letters/none/scratch/all",
    ]  # fmt: skip


def test_what_a_source_is_worth_is_said_in_a_line(tmp_path):
    at = [LETTERS.replace("/100", f"/{n}") for n in (10, 100)]
    labels = {at[0]: {"size": 243.4, "smallest": 10}, at[1]: {"size": None, "smallest": 10}}
    at_most = LETTERS.replace("/100", "/30")
    labels[at_most] = {"size": 10.0, "smallest": 10}
    write(tmp_path / "c" / "s", labels=labels)
    text = " ".join(" ".join(all_cells.every_cell(tmp_path / "c")).split())
    worth = (
        "letters/tuned: 243 at 10, more than were tried at 100, \N{LESS-THAN OR EQUAL TO} 10 at 30"
    )
    assert f"worth in labels of training from scratch, {worth}" in text


def test_a_search_is_one_of_the_results(tmp_path):
    folder = tmp_path / "c" / "search"
    folder.mkdir(parents=True)
    head = "trial,generation,dropout,learning_rate,depth,validation_loss,best_validation_loss\n"
    trials = ["1,0,0.5,0.01,2,1.5,1.5", "2,0,0.25,0.00123,3,1.23456,1.23456", "3,1,0,1,2,,1.23456"]
    (folder / "trials.csv").write_text(head + "\n".join(trials))
    text = " ".join(" ".join(all_cells.every_cell(tmp_path / "c")).split())
    assert "search (c): 3 trials found validation loss 1.235 nats, " in text
    assert "nats, dropout 0.25, learning_rate 0.00123, depth 3" in text
    (folder / "trials.csv").write_text(head + trials[2].replace("1.23456", ""))
    assert "search (c): 1 trials found nothing" in all_cells.every_cell(tmp_path / "c")


def test_one_draw_has_no_interval_and_no_verdict(tmp_path):
    row = difference(0.02, None, None)
    cells = {LETTERS: scores(0.911, None, None, 1)}
    write(tmp_path / "c" / "s", {f"{LETTERS} - {SCRATCH}": row}, cells)
    text = " ".join(" ".join(all_cells.every_cell(tmp_path / "c")).split())
    assert "91.1 (one draw) 1 +2.0 (one draw)" in text


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": {"a": {}}, "differences": {}}'])
def test_a_broken_file_is_named(tmp_path, content):
    write(tmp_path / "c" / "s")
    (tmp_path / "c" / "s" / "metrics.json").write_text(content)
    with pytest.raises(
        InputError, match=r"s/metrics\.json: not the results of a study.*make repro"
    ):
        all_cells.every_cell(tmp_path / "c")


def test_a_corpus_without_results_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no results yet"):
        all_cells.every_cell(tmp_path / "c")
