"""Tables and metrics of predictions made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.verdicts import MOST_DRAWS
from glyph_transfer.errors import InputError
from glyph_transfer.experiments import description
from glyph_transfer.files import read_json
from glyph_transfer.layout import record_file, results_folder, study_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import evaluate
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record, write_record
from hand_made_predictions import HEAD, RIGHT, SCRATCH, strict_json, write_results

NO_EPOCHS = {"curves": []}


@pytest.fixture(scope="module")
def folder(project):
    """Where the evaluated study's figures are."""
    write_results()
    evaluate.main("embedded", "few")
    assert Path.cwd() == project
    return results_folder("embedded", "few")


@pytest.fixture(scope="module")
def metrics(folder):
    return read_json(folder / "metrics.json")


def test_metrics_are_keyed_by_cell_and_by_comparison(metrics):
    assert {*metrics} == {"cells", "differences", "labels", "forecasts"}
    assert metrics["labels"] == {}
    assert [*metrics["cells"]] == [SCRATCH, HEAD]
    assert [*metrics["differences"]] == [f"{HEAD} - {SCRATCH}"]
    expected = {
        "accuracy", "accuracy_low", "accuracy_high", "images_low", "images_high", "loss",
        "loss_low", "loss_high", "draws",
    }  # fmt: skip
    assert {*metrics["cells"][HEAD]} == expected


def test_accuracies_are_means_over_draws_with_intervals(metrics):
    scratch, head = metrics["cells"].values()
    assert scratch["accuracy"] == pytest.approx(16 / 30)
    assert scratch["accuracy_low"] < 16 / 30 < scratch["accuracy_high"]
    assert scratch["loss"] == pytest.approx(np.log(2))
    assert head["loss"] == pytest.approx(np.log(4))
    assert head["accuracy"] == pytest.approx(17 / 30)
    assert scratch["draws"] == head["draws"] == 3


def test_differences_are_taken_draw_by_draw_cell_minus_baseline(metrics):
    """By draw 9, -3 and -3 images more are right: 1 on average, and in one of three draws.

    Paired in any other order, the improvement would be another.
    """
    (difference,) = metrics["differences"].values()
    assert difference["accuracy"] == pytest.approx(1 / 30)
    assert difference["improvement"] == pytest.approx(1 / 3)
    assert difference["accuracy_low"] < 0 < difference["accuracy_high"]
    assert 0.05 < difference["p_holm"] <= 1
    assert difference["draws"] == 3


def test_tables_have_a_row_for_each_replicate_cell_and_epoch(folder):
    replicates = pd.read_csv(folder / "replicates.csv")
    assert [*replicates.accuracy] == pytest.approx([n / 30 for n in RIGHT[SCRATCH] + RIGHT[HEAD]])
    assert [*replicates.draw] == [0, 1, 2] * 2
    assert [*replicates.source] == ["none"] * 3 + ["letters"] * 3

    cells = pd.read_csv(folder / "cells.csv").set_index("cell")
    assert cells.published[HEAD] == 0.77
    assert np.isnan(cells.published[SCRATCH])
    assert [*cells.test_images] == [30, 30]
    assert [*cells.chance] == [0.1, 0.1]

    curves = pd.read_csv(folder / "curves.csv").set_index(["cell", "epoch"])
    assert curves.train_loss[SCRATCH, 1] == 4.0
    assert curves.train_loss[SCRATCH, 2] == 2.0
    assert 2 < curves.train_loss_low[HEAD, 1] < 4 < curves.train_loss_high[HEAD, 1] < 6
    low, high = curves.train_accuracy_low[HEAD, 1], curves.train_accuracy_high[HEAD, 1]
    assert 0.2 < low < 0.4 < high < 0.6

    differences = pd.read_csv(folder / "differences.csv")
    assert [*differences.cell] == [HEAD]
    assert [*differences.baseline] == [SCRATCH]
    assert [*differences.shown] == [False]
    assert [*differences.verdict] == ["too few draws"]


def test_the_run_carries_metrics_tags_and_provenance(metrics):
    record = read_record(record_file("embedded", "evaluate_few"))
    trained = read_record(record_file("embedded", "few"))
    (shown,) = [cell for cell in metrics["cells"] if f"`{cell}`" in record.description]
    own = {name: metrics["cells"][shown][name] for name in ("accuracy", "loss")}
    if difference := metrics["differences"].get(f"{shown} - {SCRATCH}"):
        own["gain"] = difference["accuracy"]
    assert record.metrics == pytest.approx(own, abs=1e-6), "a handful: all others are in tables"
    assert [Path(table).name for table in record.tables] == ["cells.csv", "differences.csv"]
    assert record.about == "Which bars help?"
    assert record.tags == {
        "corpus": "embedded",
        "study": "few",
        "provenance": "unofficial",
        "stage": "evaluate",
        "trained": trained.fingerprint,
        "question": "Which bars help?",
    }
    assert store.read(record).metrics == record.metrics
    assert record.params == {"draws": 3, "seed": 1}, "what was chosen, and nothing said about it"


def test_the_run_carries_the_tables_and_the_figures():
    record = read_record(record_file("embedded", "evaluate_few"))
    assert {Path(path).name for path in record.artifacts} == {
        "metrics.json", "cells.csv", "differences.csv", "replicates.csv", "curves.csv",
        "claims.csv", "confusion.csv", "mistakes.csv", "published.csv", "labels.csv",
        "forecasts.csv",
        "accuracy.png", "differences.png", "curves.png", "confusion.png", "mistakes.png",
    }  # fmt: skip


def test_a_claim_is_held_against_the_draws(folder):
    """By draw 9, -3 and -3 images of 30 more are right: higher, but three draws are too few."""
    (claim,) = pd.read_csv(folder / "claims.csv").to_dict("records")
    assert claim["claim"] == "Bars of letters help."
    assert claim["estimate"] == pytest.approx(1 / 30)
    assert claim["low"] < 0 < claim["high"]
    assert claim["verdict"] == "too few draws"
    assert 3 < claim["draws_needed"] <= MOST_DRAWS


def test_a_published_figure_has_the_verdict_on_its_claim(folder):
    (row,) = pd.read_csv(folder / "published.csv").to_dict("records")
    assert (row["cell"], row["published"]) == (HEAD, 0.77)
    assert row["ours"] == pytest.approx(17 / 30)
    assert row["expected_low"] < 0.77 < row["expected_high"]
    assert (row["agreement"], row["verdict"]) == ("too wide to tell", "too few draws")


def test_one_set_of_ones_own_makes_a_study_one_of_ones_own(folder, write_set, toy_set):
    """Target or source: letters of one's own say nothing about a network of the published ones."""
    settings = params.load()
    for role, seed in (("digits", 1), ("letters", 2)):
        for provenance in ("other", "unofficial", "official"):
            write_set(role, toy_set(seed=seed), provenance)
            found = description.provenance(settings, settings.study("few"))
            assert (found == "other") == (provenance == "other"), role
        write_set(role, toy_set(seed=seed))


def test_nothing_published_is_held_against_images_of_ones_own(folder):
    """They were called MNIST, and confirmed a claim about it."""
    path = record_file("embedded", "few")
    trained = read_record(path)
    assert (
        len(pd.read_csv(folder / "claims.csv")) == len(pd.read_csv(folder / "published.csv")) == 1
    )
    before = (folder / "metrics.json").read_bytes()
    write_record(replace(trained, tags=trained.tags | {"provenance": "other"}), path)
    evaluate.main("embedded", "few")
    assert pd.read_csv(folder / "claims.csv").empty
    assert pd.read_csv(folder / "published.csv").empty
    assert pd.read_csv(folder / "cells.csv").published.isna().all()
    assert (folder / "metrics.json").read_bytes() == before, "of what is their own nothing is lost"
    write_record(trained, path)
    evaluate.main("embedded", "few")
    assert len(pd.read_csv(folder / "claims.csv")) == 1


def test_evaluating_again_gives_the_same_bytes(folder):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 11
    evaluate.main("embedded", "few")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.fixture
def change(folder):
    """Replace words in params.yaml for one test, and leave the study as it was."""
    text = Path("params.yaml").read_text()

    def replace(*pairs):
        changed = text
        for old, new in pairs:
            assert old in changed
            changed = changed.replace(old, new)
        Path("params.yaml").write_text(changed)

    yield replace
    Path("params.yaml").write_text(text)
    write_results()
    assert folder.exists()


def test_one_draw_has_no_interval_and_no_nan(folder, change):
    change(("draws: 3", "draws: 1"))
    write_results(draws=1)
    evaluate.main("embedded", "few")
    found = strict_json(folder / "metrics.json")
    assert found["cells"][SCRATCH]["accuracy"] == pytest.approx(0.4)
    assert found["cells"][SCRATCH]["accuracy_low"] is None
    (difference,) = found["differences"].values()
    assert difference["accuracy"] == pytest.approx(9 / 30)
    assert difference["p_holm"] is None
    record = read_record(record_file("embedded", "evaluate_few"))
    assert None not in record.metrics.values()
    assert f"cells/{SCRATCH}/accuracy_low" not in record.metrics


def test_a_study_without_comparisons_has_a_readable_empty_table(folder, change):
    change(("        baseline: scratch\n", ""))
    evaluate.main("embedded", "few")
    assert strict_json(folder / "metrics.json")["differences"] == {}
    differences = pd.read_csv(folder / "differences.csv")
    assert len(differences) == 0
    assert {"comparison", "cell", "baseline", "accuracy", "shown"} <= {*differences.columns}


def test_heads_alone_have_no_learning_curves(folder, tmp_path):
    settings = params.load(corpus="embedded")
    study = settings.study("few")
    cells, tested = evaluate.load(study, study_folder("embedded", "few"))
    made = tables.make(study, cells, tested, settings.seed)
    drawn = [evaluate.plot(made | more, tested, tmp_path, study.words) for more in ({}, NO_EPOCHS)]
    first, second = ({path.name for path in files} for files in drawn)
    assert first - second == {"curves.png"}


def test_missing_and_damaged_results_are_told(folder, change):
    change()
    path = study_folder("embedded", "few") / f"{HEAD}.npz"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(InputError, match=rf"{path}: not the readable results"):
        evaluate.main("embedded", "few")
    path.unlink()
    with pytest.raises(InputError, match=rf"{path}: not found\. `dvc repro` makes it"):
        evaluate.main("embedded", "few")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
