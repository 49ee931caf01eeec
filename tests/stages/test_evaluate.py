"""Tables and metrics of predictions made by hand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.analysis.verdicts import MOST_DRAWS
from glyph_transfer.charts import label_chart
from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.experiments.inputs import files_of
from glyph_transfer.experiments.results import CellResults
from glyph_transfer.files import read_json
from glyph_transfer.images import sets
from glyph_transfer.layout import record_file, results_folder, set_file, study_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import evaluate
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import Record, read_record, write_record

SCRATCH = "digits/tominet/none/scratch/10"
HEAD = "digits/tominet/letters/head/10"
RIGHT = {SCRATCH: [12, 21, 15], HEAD: [21, 18, 12]}  # of 30 test images, by draw


def predictions(labels, right, probability):
    """Results of a cell whose draws predict so many images right, at one probability."""
    draws = len(right)
    predicted = np.tile((labels + 1) % 10, (draws, 1)).astype(np.uint8)
    for row, n in zip(predicted, right, strict=True):
        row[:n] = labels[:n]
    epochs = np.array([[2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], np.float32)[:draws]
    return CellResults(
        fingerprint=np.array([f"{draw:064}" for draw in range(draws)]),
        index=np.zeros((draws, 10), np.int32),
        predicted=predicted,
        probability=np.full(predicted.shape, probability, np.float32),
        loss=epochs,
        accuracy=epochs / 10,
        scored=np.zeros((draws, 0), np.int32),
        test_loss=np.zeros((draws, 0), np.float32),
        test_accuracy=np.zeros((draws, 0), np.float32),
        validation_loss=np.ones(draws),
        validation_accuracy=np.ones(draws),
    )


def write_results(draws=3):
    settings = params.load().study("few")
    target = sets.load(set_file("embedded", "digits"))
    labels = target.test.labels
    folder = study_folder("embedded", "few")
    results.save_tested(results.tested(target), results.tested_file(folder, "digits"))
    for cell in settings.cells:
        probability = 0.5 if cell.variant == "scratch" else 0.25
        done = predictions(labels, RIGHT[str(cell)][:draws], probability)
        results.save(done, results.cell_file(folder, cell))
    tags = {"corpus": "embedded", "study": "few", "provenance": "unofficial"}
    write_record(
        Record("few (embedded)", "few", tags, {"draws": draws}),
        record_file("embedded", "few"),
    )


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
    assert {*metrics} == {"cells", "differences", "labels"}
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
    assert record.metrics[f"cells/{HEAD}/accuracy"] == metrics["cells"][HEAD]["accuracy"]
    assert record.metrics[f"differences/{HEAD} - {SCRATCH}/improvement"] == pytest.approx(1 / 3)
    assert record.tags == {
        "corpus": "embedded",
        "study": "few",
        "provenance": "unofficial",
        "stage": "evaluate",
        "trained": trained.fingerprint,
    }
    assert store.read(record).metrics == record.metrics
    assert record.params == {"draws": 3, "seed": 1, "question": "Which bars help?"}


def test_the_run_carries_the_tables_and_the_figures():
    record = read_record(record_file("embedded", "evaluate_few"))
    assert {Path(path).name for path in record.artifacts} == {
        "metrics.json", "cells.csv", "differences.csv", "replicates.csv", "curves.csv",
        "claims.csv", "confusion.csv", "mistakes.csv", "published.csv", "labels.csv",
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


def test_evaluating_again_gives_the_same_bytes(folder):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 10
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


def strict_json(path):
    def refuse(constant):
        raise AssertionError(f"{constant} in {path}")

    return json.loads(path.read_text(), parse_constant=refuse)


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


# --- a study of several targets, with gaps in its curves, an ensemble and a learning curve

MANY = """\
  many:
    question: How much of what?
    targets: [digits, high]
    model: tominet
    n_train: [10, 15, all]
    draws: [3, 2, 1]
    sampling: random
    score_every: 2
    training: {optimizer: adam, batch_size: 5, batch_norm_momentum: 0.5}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 2, learning_rate: 0.001}]
      head:
        sources: [letters]
        baseline: scratch
        load: [conv_1]
        phases: [{train: [dense], epochs: 2, learning_rate: 0.01}]
    ensembles:
      alone: {target: digits, variant: scratch, members: [tominet], baseline: tominet}
    shown: digits/tominet/letters/head/10
    published:
    - {cell: digits/tominet/letters/head/10, score: speedup,
       than: digits/tominet/none/scratch/10, value: 2.0}
"""


@pytest.fixture(scope="module")
def many(folder):
    """The folder of that study's tables, evaluated."""
    assert folder.exists()
    Path("params.yaml").write_text(Path("params.yaml").read_text() + MANY)
    settings = params.load()
    study = settings.study("many")
    files = files_of(settings, "many", study)
    targets = {
        name: sets.select(name, sets.load(path), chosen, settings.seed)
        for name, (path, chosen) in files.targets.items()
    }
    where = study_folder("embedded", "many")
    for name, target in targets.items():
        results.save_tested(results.tested(target), results.tested_file(where, name))
    for number, cell in enumerate(study.cells):
        labels = targets[cell.target].test.labels
        n, draws = len(labels), study.draws_of(cell)
        right = [n - number % 4 - draw for draw in range(draws)]
        done = predictions(labels, right, 0.5)
        if cell.model == "ensemble":
            curves = {name: np.zeros((draws, 0), np.float32) for name in ("loss", "accuracy")}
        else:
            curves = {
                "scored": np.full((draws, 1), 2, np.int32),
                "test_loss": np.full((draws, 1), 0.5, np.float32),
                "test_accuracy": np.full((draws, 1), 0.25, np.float32),
            }
        n_images = len(targets[cell.target].train) if cell.n_train == "all" else cell.n_train
        curves["index"] = np.zeros((draws, n_images), np.int32)
        results.save(replace(done, **curves), results.cell_file(where, cell))
    tags = {"corpus": "embedded", "study": "many", "provenance": "generated"}
    write_record(Record("many (embedded)", "many", tags), record_file("embedded", "many"))
    evaluate.main("embedded", "many")
    return results_folder("embedded", "many")


def test_all_of_a_larger_study_is_drawn(many):
    assert many.exists()
    record = read_record(record_file("embedded", "evaluate_many"))
    assert {Path(path).name for path in record.artifacts if path.endswith(".png")} == {
        "accuracy.png", "differences.png", "curves.png", "test_curves.png", "confusion.png",
        "mistakes.png", "labels.png",
    }  # fmt: skip


def test_its_metrics_are_whole_and_readable_everywhere(many):
    found = strict_json(many / "metrics.json")
    assert len(found["cells"]) == 3 * 2 * 2 + 3
    assert len(found["differences"]) == 3 * 2 + 3
    assert {*found["labels"]} == {
        f"{target}/tominet/letters/head/{n}" for target in ("digits", "high") for n in (10, 15)
    }
    for row in found["labels"].values():
        assert {*row} == {"size", "low", "high", "never", "smallest", "draws"}


def test_its_tables_come_back_from_their_files(many):
    curves = pd.read_csv(many / "curves.csv")
    assert [*curves.test_loss[:2].isna()] == [True, False]
    assert not curves.cell.str.contains("ensemble").any()
    (speedup,) = pd.read_csv(many / "published.csv").to_dict("records")
    assert speedup["published"] == 2.0
    assert np.isnan(speedup["ours"])
    assert {*pd.read_csv(many / "confusion.csv").cell} == {"digits/tominet/letters/head/10"}
    replicates = pd.read_csv(many / "replicates.csv")
    assert replicates.groupby("n_train").draw.nunique().to_dict() == {"10": 3, "15": 2, "all": 1}


@pytest.mark.parametrize(("size", "said"), [("15", 2), ("all", 0)])
def test_the_chart_of_labels_speaks_of_the_size_that_is_shown(many, monkeypatch, size, said):
    """Or of none, where that is the largest."""
    study = params.load().study("many")
    study = study.model_copy(update={"shown": f"digits/tominet/letters/head/{size}"})
    cells, tested = evaluate.load(study, study_folder("embedded", "many"))
    made = tables.make(study, cells, tested, 1)
    asked, chart = [], label_chart.label_worth_chart
    monkeypatch.setattr(
        label_chart,
        "label_worth_chart",
        lambda rows, worths: asked.append(worths) or chart(rows, worths),
    )
    evaluate.plot(made, tested, many / "figures")
    assert [len(worths) for worths in asked] == [said]
    assert (many / "figures" / "labels.png").stat().st_size > 0
