"""The run of a comparison, and what is put under it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from glyph_transfer import tracking
from glyph_transfer.errors import InputError
from glyph_transfer.own import advise
from glyph_transfer.tracking import own, store
from glyph_transfer.tracking.comparison import open_comparison
from glyph_transfer.tracking.enclosing import name_enclosing_run, point_enclosing_run
from tracked_conditions import CONDITIONS, TIMED


def test_a_comparison_has_the_timings_of_its_stages(record, monkeypatch):
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", None)
    with open_comparison("fashion or none", "few", {}) as comparison:
        tracked = comparison.log(record, TIMED)
    assert tracked.curve("training_seconds/digits/none") == [1, 1.5]


@pytest.fixture
def run_of_mlflow(client, monkeypatch):
    """Have `mlflow run` have made a run, in the experiment of a name; gives its id."""

    def make(experiment):
        found = client.get_experiment_by_name(experiment)
        number = found.experiment_id if found else client.create_experiment(experiment)
        run_id = client.create_run(number, run_name="capable-mule-1").info.run_id
        monkeypatch.setattr(tracking, "ENCLOSING_RUN", run_id)
        return run_id

    return make


@pytest.mark.parametrize("enclosed_in", [None, "Default", "glyph-transfer/few"])
def test_a_comparison_is_one_run_of_its_studys_experiment(
    client, record, tmp_path, monkeypatch, run_of_mlflow, enclosed_in
):
    """The run of `mlflow run`, where that is in the experiment, or a new one that it names."""
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", None)
    before = client.get_run(store.log(record, CONDITIONS))
    enclosing = run_of_mlflow(enclosed_in) if enclosed_in else None
    folder = tmp_path / "comparison"
    folder.mkdir()
    (folder / "index.html").write_text("<p>")
    name_enclosing_run("fashion or none")
    with open_comparison("fashion or none", "few", {"corpus": "embedded"}) as comparison:
        tracked = comparison.log(record, CONDITIONS)
        comparison.add({"accuracy": 0.5}, "Half are right.", folder)
    assert (comparison.run_id == enclosing) == (enclosed_in == "glyph-transfer/few")
    found = client.get_run(comparison.run_id)
    assert (found.info.run_name, found.info.status) == ("fashion or none", "FINISHED")
    assert found.info.experiment_id == before.info.experiment_id
    assert found.data.tags["corpus"] == "embedded"
    assert found.data.tags["mlflow.note.content"] == "Half are right."
    assert found.data.metrics == {"accuracy": 0.5}
    assert [a.path for a in client.list_artifacts(comparison.run_id)] == ["index.html"]
    of_parent = f"tags.mlflow.parentRunId = '{comparison.run_id}'"
    (child,) = client.search_runs([found.info.experiment_id], of_parent)
    assert child.info.run_id == tracked.run_id != before.info.run_id
    assert child.data.params == before.data.params
    assert client.get_run(before.info.run_id).data.tags == before.data.tags, "still the current"
    assert "current" not in child.data.tags
    if enclosed_in == "Default":
        its = client.get_run(enclosing)
        assert its.info.run_name == "fashion or none"
        assert its.data.params["comparison"] == comparison.run_id
        assert comparison.run_id in its.data.tags["mlflow.note.content"]


def test_the_run_of_mlflow_run_has_a_name_before_anything_fails(client, run_of_mlflow):
    run_id = run_of_mlflow("Default")
    client.set_tag(run_id, "mlflow.source.git.repoURL", "https://me:secret@example.org/x.git")
    name_enclosing_run("few: fashion (official)")
    run = client.get_run(run_id)
    assert run.info.run_name == "few: fashion (official)"
    assert run.data.tags["mlflow.source.git.repoURL"] == "https://example.org/x.git"


def test_a_comparison_that_fails_says_so(client, tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", None)
    with pytest.raises(ValueError, match="no"), open_comparison("x", "few", {}) as comparison:
        raise ValueError("no")
    assert client.get_run(comparison.run_id).info.status == "FAILED"


def test_advice_has_named_the_run_of_mlflow_run_when_it_fails(client, run_of_mlflow):
    """It was left as `classy-ram-464`."""
    run_id = run_of_mlflow("Default")
    with pytest.raises(InputError):
        advise.main(Path("somewhere/shapes"))
    assert client.get_run(run_id).info.run_name == "advice: shapes"


def test_the_run_of_mlflow_run_says_which_run_has_the_advice(client, record, run_of_mlflow):
    run_id = store.log(record, CONDITIONS)
    enclosing = run_of_mlflow("Default")
    client.create_registered_model("glyph-transfer-shapes")
    client.create_model_version("glyph-transfer-shapes", "somewhere", run_id)
    client.set_tag(run_id, "registered_version", "1")
    assert own._registered(run_id, SimpleNamespace(task="shapes"), Path("network")) == "1"
    told = client.get_run(enclosing).data
    assert told.params == {"advice": run_id}
    assert "glyph-transfer/few" in told.tags["mlflow.note.content"]


def test_a_run_that_the_store_does_not_have_is_no_enclosing_one(monkeypatch, client):
    """The id in a shell that was used before had the network of one's own images unregistered."""
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", "0" * 32)
    name_enclosing_run("fashion or none")
    run = client.create_run("0")
    point_enclosing_run(client, run, "comparison")
    assert [each.info.run_id for each in client.search_runs(["0"])] == [run.info.run_id]
