"""The table on the terminal."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glyph_transfer.commands import summary
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
    lines = summary.summarise(tmp_path / "c")
    assert max(map(len, lines[:-2])) <= 80
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
    assert [*summary.short_names(cells).values()] == [
        "digits/none/scratch/10", "letters/none/scratch/all",
    ]  # fmt: skip


def test_what_a_source_is_worth_is_said_in_a_line(tmp_path):
    at = [LETTERS.replace("/100", f"/{n}") for n in (10, 100)]
    labels = {at[0]: {"size": 243.4, "smallest": 10}, at[1]: {"size": None, "smallest": 10}}
    at_most = LETTERS.replace("/100", "/30")
    labels[at_most] = {"size": 10.0, "smallest": 10}
    write(tmp_path / "c" / "s", labels=labels)
    text = " ".join(" ".join(summary.summarise(tmp_path / "c")).split())
    worth = (
        "letters/tuned: 243 at 10, more than were tried at 100, \N{LESS-THAN OR EQUAL TO} 10 at 30"
    )
    assert f"worth in labels of training from scratch, {worth}" in text


def test_a_search_is_one_of_the_results(tmp_path):
    folder = tmp_path / "c" / "search"
    folder.mkdir(parents=True)
    metrics = {"trials": 10, "distinct": 9, "best_validation_loss": 1.23456, "dropout": 0.25,
             "learning_rate": 0.00123, "depth": 3}  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(metrics))
    text = " ".join(" ".join(summary.summarise(tmp_path / "c")).split())
    assert "search (c): 10 trials found validation loss 1.235 nats, " in text
    assert "nats, dropout 0.25, learning_rate 0.00123, depth 3" in text
    (folder / "metrics.json").write_text(json.dumps(metrics | {"best_validation_loss": None}))
    assert "search (c): 10 trials found nothing" in summary.summarise(tmp_path / "c")


def test_one_draw_has_no_interval_and_no_verdict(tmp_path):
    row = difference(0.02, None, None)
    cells = {LETTERS: scores(0.911, None, None, 1)}
    write(tmp_path / "c" / "s", {f"{LETTERS} - {SCRATCH}": row}, cells)
    text = " ".join(" ".join(summary.summarise(tmp_path / "c")).split())
    assert "91.1 (one draw) 1 +2.0 (one draw)" in text


def test_says_where_the_page_is_or_that_it_is_not(tmp_path):
    write(tmp_path / "c" / "s")
    assert "is not made yet" in summary.summarise(tmp_path / "c")[-2]
    (tmp_path / "c" / "index.html").touch()
    assert summary.summarise(tmp_path / "c")[-2] == f"Page: {tmp_path / 'c' / 'index.html'}"


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": {"a": {}}, "differences": {}}'])
def test_a_broken_file_is_named(tmp_path, content):
    write(tmp_path / "c" / "s")
    (tmp_path / "c" / "s" / "metrics.json").write_text(content)
    with pytest.raises(InputError, match=r"s/metrics\.json: not the metrics of a study.*dvc repro"):
        summary.summarise(tmp_path / "c")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the shipped parameters, the corpus `embedded` alone."""
    repository = Path(__file__).parents[2]
    shipped = (repository / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(shipped.replace("- official\n", ""))
    shutil.copy(repository / "published.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_shows_the_corpora_of_the_parameters(project, capsys):
    for corpus in ("embedded", "official"):
        write(project / "reports" / corpus / "few_labels")
    summary.main()
    printed = capsys.readouterr().out
    assert "few_labels (embedded)" in printed
    assert "few_labels (official)" not in printed


def test_says_first_what_the_report_says_of_its_images(project):
    corpus = project / "reports" / "official"
    write(corpus / "few_labels")
    notice = "**Corpus official. Mind: unofficial files (letters).**"
    (corpus / "report.md").write_text(f"# Title\n\n> {notice}\n\nText\n", encoding="utf-8")
    assert notice.strip("*") in summary.summarise(corpus)


def test_without_results_says_what_makes_them(project, capsys):
    with pytest.raises(SystemExit, match="1"):
        summary.main()
    assert "reports/embedded/: no results yet. `dvc repro`" in capsys.readouterr().err


def test_imports_nothing_heavy():
    code = (
        "import sys, glyph_transfer.commands.summary\n"
        "print({'mlflow', 'numpy', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
