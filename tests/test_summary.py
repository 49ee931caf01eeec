"""The table on the terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from glyph_transfer import summary
from glyph_transfer.errors import InputError

LONG = "digits/tominet/letters/head_then_finetune_reestimated/100"
SCRATCH = "digits/tominet/none/scratch_reestimated/100"


def scores(accuracy, low, high, draws=30):
    return {"accuracy": accuracy, "accuracy_low": low, "accuracy_high": high, "draws": draws}


def write(folder, differences=None, cells=None):
    metrics = {
        "cells": cells or {SCRATCH: scores(0.891, 0.883, 0.898), LONG: scores(0.911, 0.903, 0.918)},
        "differences": {
            f"{LONG} - {SCRATCH}": {"accuracy": 0.02, "corrected_low": 0.013, "corrected_high": 0.3}
        }
        if differences is None
        else differences,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_shows_cells_and_differences_in_80_columns(tmp_path):
    corpus = tmp_path / "embedded"
    write(corpus / "batch_norm")
    lines = summary.summarise(corpus)
    assert max(map(len, lines[:-2])) <= 80
    text = " ".join(" ".join(lines).split())
    assert f"{SCRATCH} 89.1 [88.3, 89.8] 30" in text
    assert f"{LONG} 91.1 [90.3, 91.8] 30" in text
    assert f"+2.0 [+1.3, +30.0] points on {SCRATCH}: better" in text


def test_one_draw_has_no_interval_and_no_verdict(tmp_path):
    row = {"accuracy": 0.02, "corrected_low": None, "corrected_high": None}
    write(tmp_path / "c" / "s", {f"{LONG} - {SCRATCH}": row}, {LONG: scores(0.911, None, None, 1)})
    text = " ".join(" ".join(summary.summarise(tmp_path / "c")).split())
    assert "91.1 (one draw) 1" in text
    assert f"+2.0 (one draw) points on {SCRATCH}: one draw, no interval" in text


def test_says_where_the_page_is_or_that_it_is_not(tmp_path):
    write(tmp_path / "c" / "s")
    assert "is not made yet" in summary.summarise(tmp_path / "c")[-2]
    (tmp_path / "c" / "index.html").touch()
    assert summary.summarise(tmp_path / "c")[-2] == f"Page: {tmp_path / 'c' / 'index.html'}"


def test_a_search_is_no_study(tmp_path):
    write(tmp_path / "c" / "s")
    expected = summary.summarise(tmp_path / "c")
    (tmp_path / "c" / "search").mkdir()
    (tmp_path / "c" / "search" / "metrics.json").write_text('{"trials": 10}')
    assert summary.summarise(tmp_path / "c") == expected


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": {"a": {}}, "differences": {}}'])
def test_a_broken_file_is_named(tmp_path, content):
    write(tmp_path / "c" / "s")
    (tmp_path / "c" / "s" / "metrics.json").write_text(content)
    with pytest.raises(InputError, match=r"s/metrics\.json: not the metrics of a study.*dvc repro"):
        summary.summarise(tmp_path / "c")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the shipped parameters, the corpus `embedded` alone."""
    shipped = (Path(__file__).parent.parent / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(shipped.replace("- official\n", ""))
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
    mark = "**Corpus official. Mind: unofficial files (letters).**"
    (corpus / "report.md").write_text(f"# Title\n\n> {mark}\n\nText\n", encoding="utf-8")
    assert mark.strip("*") in summary.summarise(corpus)


def test_without_results_says_what_makes_them(project, capsys):
    with pytest.raises(SystemExit, match="1"):
        summary.main()
    assert "reports/embedded/: no results yet. `dvc repro`" in capsys.readouterr().err


def test_imports_nothing_heavy():
    code = (
        "import sys, glyph_transfer.summary\n"
        "print({'mlflow', 'numpy', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
