"""The run of a comparison, and what is put under it."""

import pytest

from glyph_transfer import tracking
from glyph_transfer.tracking import store
from glyph_transfer.tracking.comparison import open_comparison
from tracked_conditions import CONDITIONS, TIMED


def test_a_comparison_has_the_timings_of_its_stages(record, monkeypatch):
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", None)
    with open_comparison("fashion or none", {}) as comparison:
        tracked = comparison.log(record, TIMED)
    assert tracked.curve("training_seconds/digits/none") == [1, 1.5]


@pytest.mark.parametrize("enclosed", [True, False])
def test_a_comparison_is_one_run_with_all_that_is_logged_within(
    client, record, tmp_path, monkeypatch, enclosed
):
    """The run of `mlflow run`, or a new one; all under it lies in its own experiment."""
    enclosing = client.create_run("0").info.run_id if enclosed else None
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", enclosing)
    before = client.get_run(store.log(record, CONDITIONS))
    folder = tmp_path / "comparison"
    folder.mkdir()
    (folder / "index.html").write_text("<p>")
    with open_comparison("fashion or none", {"corpus": "embedded"}) as comparison:
        tracked = comparison.log(record, CONDITIONS)
        comparison.add({"accuracy": 0.5}, folder)
    if enclosed:
        assert comparison.run_id == enclosing
    found = client.get_run(comparison.run_id)
    assert (found.info.run_name, found.info.status) == ("fashion or none", "FINISHED")
    assert found.data.tags["corpus"] == "embedded"
    assert found.data.metrics == {"accuracy": 0.5}
    assert [a.path for a in client.list_artifacts(comparison.run_id)] == ["index.html"]
    of_parent = f"tags.mlflow.parentRunId = '{comparison.run_id}'"
    (child,) = client.search_runs([found.info.experiment_id], of_parent)
    assert child.info.run_id == tracked.run_id != before.info.run_id
    assert child.data.params == before.data.params
    assert client.get_run(before.info.run_id).data.tags == before.data.tags


def test_a_comparison_that_fails_says_so(client, tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "ENCLOSING_RUN", None)
    with pytest.raises(ValueError, match="no"), open_comparison("x", {}) as comparison:
        raise ValueError("no")
    assert client.get_run(comparison.run_id).info.status == "FAILED"
