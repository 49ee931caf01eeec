"""A study of several targets, with gaps in its curves, an ensemble and a learning curve."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glyph_transfer.analysis import tables
from glyph_transfer.charts import label_chart
from glyph_transfer.experiments import results
from glyph_transfer.experiments.inputs import files_of
from glyph_transfer.images import sets
from glyph_transfer.layout import record_file, results_folder, study_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import evaluate
from glyph_transfer.tracking.records import Record, read_record, write_record
from hand_made_predictions import predictions, strict_json

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
def many(project):
    """The folder of its tables, evaluated."""
    assert Path.cwd() == project
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
        lambda rows, worths, words: asked.append(worths) or chart(rows, worths, words),
    )
    evaluate.plot(made, tested, many / "figures", study.words)
    assert [len(worths) for worths in asked] == [said]
    assert (many / "figures" / "labels.png").stat().st_size > 0
