"""The stage on a store of its own: restored runs, and a page that does not depend on it."""

import json
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json
from glyph_transfer.layout import (
    conditions_file,
    headlines_file,
    record_file,
    records_folder,
    report_folder,
    set_facts_file,
    sheet_file,
)
from glyph_transfer.protocol import params
from glyph_transfer.tracking import code, kept
from glyph_transfer.tracking.records import (
    Conditions,
    Record,
    read_record,
    write_conditions,
    write_record,
)

PARAMS = """
corpora: [embedded]
seed: 1
workers: 1
sets: {embedded: {digits: {train: 10, validation: 5}}}
pretrain: {}
studies:
  few_labels:
    question: What is asked here?
    targets: [digits]
    model: tominet
    n_train: [100]
    draws: 2
    sampling: random
    training: {optimizer: adam, batch_size: 10, batch_norm_momentum: 0.9}
    variants:
      scratch:
        sources: [none]
        load: []
        phases: [{train: all, epochs: 1, learning_rate: 0.001}]
"""


CONDITIONS = Conditions("2026-01-02T03:04:05+00:00", 7.25, "abc123", "a machine", {"numpy": "2"})


def keep(stage, record, conditions=CONDITIONS):
    """Keep a stage as its program and the stage `keep` do."""
    write_record(record, record_file("embedded", stage))
    write_conditions(conditions, conditions_file("embedded", stage))
    kept.keep({stage: kept.of_this_folder("embedded", stage)}, "embedded")


@pytest.fixture
def project(empty_store, tmp_path, monkeypatch):
    """A folder with the outputs of one stage, and an empty store."""
    monkeypatch.chdir(tmp_path)
    use(empty_store, "first.db", monkeypatch)
    (tmp_path / "params.yaml").write_text(PARAMS)
    facts, sheet = set_facts_file("embedded", "digits"), sheet_file("embedded", "digits")
    facts.parent.mkdir(parents=True)
    content = {
        "role": "digits", "provenance": "generated", "classes": ["0"],
        "splits": {"train": {"images": 7, "sha256": "digest-of-train"}}, "files": [],
    }  # fmt: skip
    facts.write_text(json.dumps(content))
    Image.new("RGB", (3, 2)).save(sheet)
    record = Record(
        name="digits (embedded)",
        experiment="data",
        tags={"stage": "convert", "corpus": "embedded", "provenance": "generated"},
        artifacts=[str(facts), str(sheet)],
    )
    keep("convert_digits", record)
    return tmp_path


def use(empty_store, name, monkeypatch):
    shutil.copy(empty_store, name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{name}")


def test_restores_runs_and_makes_the_same_page_from_any_store(project, empty_store, monkeypatch):
    from glyph_transfer.stages import report
    from glyph_transfer.tracking import client as tracking_client

    report.main("embedded")
    first = (report_folder("embedded") / "index.html").read_bytes()
    for shown in (b"digest-of-train", b"abc123", b"a machine", b"03:04:05"):
        assert shown in first
    assert b"Not run yet: few labels" in first

    use(empty_store, "second.db", monkeypatch)
    shutil.rmtree(project / "mlartifacts")
    report.main("embedded")
    assert (report_folder("embedded") / "index.html").read_bytes() == first

    client = tracking_client.MlflowClient()
    experiment = client.get_experiment_by_name("glyph-transfer/data")
    (restored,) = client.search_runs([experiment.experiment_id])
    assert restored.data.tags["restored"] == "true"
    experiment = client.get_experiment_by_name("glyph-transfer/report")
    (own,) = client.search_runs([experiment.experiment_id])
    names = {file.path for file in client.list_artifacts(own.info.run_id)}
    assert names == {"index.html", "report.md", "images-digits.png"}
    numbers = read_json(headlines_file("embedded"))
    assert own.data.metrics == numbers
    assert numbers == {"confirmed": 0, "refuted": 0}, "no study has run"
    assert not record_file("embedded", "report").exists(), "the stage depends on that folder"


def test_equal_work_done_again_shows_its_own_conditions(project, empty_store, monkeypatch):
    """The store has a run of the same fingerprint already, with the conditions of that time."""
    from glyph_transfer.stages import report

    page = report_folder("embedded") / "index.html"
    report.main("embedded")
    again = Conditions("2026-02-03T04:05:06+00:00", 8.5, "def456", "another", {"numpy": "3"})
    keep("convert_digits", read_record(record_file("embedded", "convert_digits")), again)
    report.main("embedded")
    seen = page.read_bytes()
    assert b"def456" in seen
    assert b"abc123" not in seen

    use(empty_store, "second.db", monkeypatch)
    shutil.rmtree(project / "mlartifacts")
    report.main("embedded")
    assert page.read_bytes() == seen


@pytest.mark.usefixtures("project")
def test_an_unknown_corpus_is_named():
    from glyph_transfer.stages import report

    with pytest.raises(InputError, match="unknown corpus 'oficial'"):
        report.main("oficial")


def test_a_study_whose_networks_are_shown_is_known_by_its_record(project):
    from glyph_transfer.stages import report
    from glyph_transfer.tracking import store

    stage, picture = "visualise_few_labels", sheet_file("embedded", "digits").read_bytes()
    names = ["kernels.png", "maxima.png", "similarity.csv"]
    for name in names:
        (project / name).write_bytes(picture)
    (project / "similarity.csv").write_text("source,before,after,cka\n")
    record = Record(
        name="networks",
        experiment="visualisation",
        tags={"stage": "visualise", "study": "few_labels", "draw": "0", "provenance": "generated"},
        params={"sources": "none", "images": 7},
        artifacts=names,
    )
    keep(stage, record)
    assert set(report.find_runs("embedded", params.load())) >= {stage, "convert_digits"}
    report.main("embedded")
    page = (report_folder("embedded") / "report.md").read_text(encoding="utf-8")
    assert "draw 0 of few labels" in page
    assert store.read(record).fingerprint in page


def test_the_page_is_the_same_where_nothing_but_what_is_kept_is_left(
    project, empty_store, monkeypatch
):
    from glyph_transfer.stages import report

    report.main("embedded")
    before = (report_folder("embedded") / "index.html").read_bytes()
    use(empty_store, "second.db", monkeypatch)
    shutil.rmtree(project / "mlartifacts")
    shutil.rmtree(project / "data")
    report.main("embedded")
    assert (report_folder("embedded") / "index.html").read_bytes() == before


@pytest.fixture
def studied(project, monkeypatch):
    """Keep a study's training and evaluation, which says what training it is of."""
    monkeypatch.setattr(code, "digest", lambda program: f"code of {program}")
    trained = Record("few_labels", "few_labels", tags={"stage": "transfer"})
    keep("few_labels", trained, replace(CONDITIONS, code="code of transfer"))

    def evaluate(of):
        tags = {"stage": "evaluate", "trained": of}
        keep("evaluate_few_labels", Record("evaluate", "few_labels", tags=tags))

    evaluate(trained.fingerprint)
    return evaluate


def test_a_page_of_other_code_is_refused_before_anything_is_logged(studied, monkeypatch):
    """Not pieced together of what one commit and another have trained."""
    from glyph_transfer.stages import report
    from glyph_transfer.tracking import store

    monkeypatch.setattr(code, "digest", lambda _: "that of another commit")
    monkeypatch.setattr(store, "log", None)
    with pytest.raises(InputError, match=r"other code .* few_labels \(commit abc123\)"):
        report.main("embedded")
    assert not report_folder("embedded").joinpath("index.html").exists()


def test_tables_of_another_training_are_refused(studied, monkeypatch):
    from glyph_transfer.stages import report
    from glyph_transfer.tracking import store

    monkeypatch.setattr(store, "log", None)
    studied("the fingerprint of another")
    with pytest.raises(InputError, match="few_labels: its tables are of other trainings"):
        report.main("embedded")


@pytest.mark.usefixtures("project")
def test_a_page_stays_where_no_stage_is_kept():
    """As the official one, of earlier code: an empty page took its place."""
    from glyph_transfer.stages import report

    shutil.rmtree(records_folder("embedded"), ignore_errors=True)
    page = report_folder("embedded") / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("of earlier code")
    with pytest.raises(InputError, match="no records of stages; the page that is there stays"):
        report.main("embedded")
    assert page.read_text() == "of earlier code"
