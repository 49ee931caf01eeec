"""One source against training from scratch, without DVC: see test_pipeline for the whole."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock, Timeout
from mlflow import MlflowClient

from glyph_transfer import tracking
from glyph_transfer.errors import InputError
from glyph_transfer.experiments.plan import plan_study
from glyph_transfer.layout import source_file, study_folder
from glyph_transfer.learning import models
from glyph_transfer.protocol import Study, params
from glyph_transfer.stages import compare, transfer


@pytest.fixture(scope="module")
def trained(project):
    """The toy study with all its cells trained, on a source that has learned nothing."""
    network = models.build("tominet", 10)
    models.set_weights(network, models.initial_weights(network, np.random.default_rng(0)))
    models.save(network, source_file("embedded", "tominet", "letters"))
    transfer.main("embedded", "few")
    return params.load()


def test_only_the_source_and_its_baseline_are_left(project):
    study = compare.with_one_source(params.load(), "few", "letters")
    assert study.sources == ["none", "letters"]
    assert isinstance(study, Study)
    (scratch,) = [cell for cell in study.cells if cell.source == "none"]
    compared = {cell.source: study.baseline_of(cell) for cell in study.cells}
    assert compared == {"none": None, "letters": scratch}, "or the page would have no difference"


@pytest.mark.parametrize("source", ["nope", "none"])
def test_what_is_no_source_is_told_with_the_sources_there_are(project, source):
    with pytest.raises(InputError, match=f"unknown source '{source}'; .* few are: letters$"):
        compare.with_one_source(params.load(), "few", source)


def test_replicates_of_the_study_are_taken_and_missing_ones_trained(trained, monkeypatch):
    study = compare.with_one_source(trained, "few", "letters")
    jobs = plan_study(trained, "few", study)
    folder = study_folder("embedded", "few")
    run, asked = compare.run, []
    monkeypatch.setattr(compare, "run", lambda todo, *how: (asked.append(todo), run(todo, *how)))
    whole = compare.take_or_train(jobs, folder, trained)
    assert asked == [[]]
    scratch = next(cell for cell in whole if cell.source == "none")
    (folder / f"{scratch}.npz").unlink()
    again = compare.take_or_train(jobs, folder, trained)
    assert {job.cell for job in asked[1]} == {scratch}
    for cell, results in whole.items():
        np.testing.assert_array_equal(again[cell].probability, results.probability)


def test_replicates_of_another_training_are_not_taken(trained):
    study = compare.with_one_source(trained, "few", "letters")
    other = study.model_copy(
        update={"training": study.training.model_copy(update={"batch_size": 4})}
    )
    folder = study_folder("embedded", "few")
    kept = compare.take_or_train(plan_study(trained, "few", study), folder, trained)
    trained_anew = compare.take_or_train(plan_study(trained, "few", other), folder, trained)
    for cell, results in trained_anew.items():
        assert not set(results.fingerprint) & set(kept[cell].fingerprint)
    shutil.rmtree("data/embedded/parts")


def test_what_starts_from_the_studys_own_networks_is_trained_from_these(trained, own_study):
    """The sources' results are taken from the study, which did not keep their networks."""
    transfer.main("embedded", own_study)
    settings = params.load()
    study = compare.with_one_source(settings, own_study, "low")
    assert trained.seed == settings.seed
    jobs = plan_study(settings, own_study, study)
    folder = study_folder("embedded", own_study)
    whole = compare.take_or_train(jobs, folder, settings)
    head = next(cell for cell in whole if cell.variant == "head")
    (folder / f"{head}.npz").unlink()
    again = compare.take_or_train(jobs, folder, settings)
    assert [*again] == [*whole] == study.cells
    for cell, results in whole.items():
        np.testing.assert_array_equal(again[cell].probability, results.probability)
    assert compare.stages_of(settings, study) == ["download_digits", "convert_digits"]


def test_the_result_and_the_page_are_printed_at_the_end(trained, monkeypatch, capsys):
    monkeypatch.setattr(compare, "reproduce", lambda *_: None)
    monkeypatch.setattr(compare, "stages_of", lambda *_: [])
    compare.main("embedded", "few", "letters")
    printed = capsys.readouterr().out
    (page,) = re.findall(r"Report: (.*)", printed)
    assert "digits/tominet/letters/head/10" in Path(page).read_text(encoding="utf-8")
    assert re.search(r"letters/head/10: \d+\.\d % \[.* points against scratch \(3 draws\)", printed)
    assert "6 replicates" in printed, "what is done while minutes pass"


def test_a_call_that_fails_has_named_its_run(project, client_of, monkeypatch):
    enclosing = client_of.create_run("0", run_name="capable-mule-1").info.run_id
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", enclosing)
    with pytest.raises(InputError, match="unknown source"):
        compare.main("embedded", "few", "nope")
    assert client_of.get_run(enclosing).info.run_name == "few: nope (embedded)"


@pytest.fixture
def client_of(project):
    return MlflowClient(f"sqlite:///{project}/mlflow.db")


def test_dvc_is_told_the_corpus_by_the_command_and_nothing_else_runs_meanwhile(
    tmp_path, monkeypatch
):
    """`dvc exp run -S` wrote it into params.yaml: an edit meanwhile was lost."""
    monkeypatch.chdir(tmp_path)
    for name in (".git", ".dvc"):
        (tmp_path / name).mkdir()
    asked = []

    def run(command, **_):
        with pytest.raises(Timeout):
            FileLock(".dvc/tmp/reproduce.lock").acquire(blocking=False)
        asked.append(command[1:])
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(compare.subprocess, "run", run)
    targets = ["convert@official-digits", "pretrain_tominet@official-letters"]
    with pytest.raises(InputError, match=f"`dvc repro {' '.join(targets)}` failed"):
        compare.reproduce(
            ["download_digits", "convert_digits", "pretrain_tominet-letters"], "official"
        )
    assert asked == [["-m", "glyph_transfer.commands.listed", "official", "repro", *targets]]
