"""What reaches an MLflow store, and that it reaches it once and whole."""

from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import Model, Record
from tracked_conditions import CONDITIONS, TIMED, active_runs, names


def test_everything_of_a_record_is_in_its_run(client, record):
    run = client.get_run(store.log(record, CONDITIONS))
    assert client.get_experiment(run.info.experiment_id).name == "glyph-transfer/few"
    assert run.info.run_name == "few (embedded)"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"draws": "3", "rate": "0.001"}
    assert run.data.metrics == record.metrics
    assert run.data.tags.items() >= record.tags.items()
    assert run.data.tags["fingerprint"] == record.fingerprint
    assert [
        (i.dataset.name, i.dataset.digest, i.tags[0].key, i.tags[0].value, i.dataset.profile)
        for i in run.inputs.dataset_inputs
    ] == [
        ("embedded-digits", "a" * 36, "mlflow.data.context", "train", '{"images": 20}'),
        ("embedded-digits", "b" * 36, "mlflow.data.context", "test", '{"images": 10}'),
    ]
    artifact = client.download_artifacts(run.info.run_id, "table.csv")
    assert Path(artifact).read_bytes() == b"a\n1\n"


def test_conditions_are_the_runs_own_time_and_tags(client, record):
    """A restored run has to show when the stage ran, not when it was logged."""
    run = client.get_run(store.log(record, CONDITIONS))
    assert run.info.start_time == 1_767_225_600_000
    assert run.info.end_time == 1_767_225_602_500
    assert run.data.tags.items() >= {
        "mlflow.source.git.commit": "abc", "machine": "a cpu", "version.numpy": "2.4"
    }.items()  # fmt: skip


def experiment_of(client, run_id):
    return client.get_run(run_id).info.experiment_id


def test_timings_are_a_table_with_a_row_for_each_draw(client, record):
    assert store.log(record, TIMED) == store.log(record, CONDITIONS), "of no consequence"
    run = store.read(record)
    assert run.curve("seconds/digits/none") == [2, 3]
    assert run.curve("training_seconds/digits/none") == [1, 1.5]
    assert run.curve("training_seconds/digits/letters") == [0.5]
    assert run.curve("training_seconds/digits/fashion") == []
    table = client.load_table(experiment_of(client, run.run_id), "seconds.json", [run.run_id])
    assert table.iloc[0].tolist() == ["digits/none", 0, 2, 1]
    assert not [name for name in run.metrics if "seconds" in name]


def test_of_equal_work_done_again_the_newest_timings_count(record):
    store.log(record, TIMED)
    again = replace(TIMED, seconds=9.5, training_seconds={"digits/none": [4.0, 5.0]})
    store.log(record, again)
    assert store.read(record).curve("training_seconds/digits/none") == [4, 5]
    assert store.read(record).seconds == 9.5


def test_children_are_under_their_parent_with_their_own(client, record):
    parent = store.log(record, CONDITIONS)
    children = [r for r in active_runs(client) if r.info.run_id != parent]
    assert names(children) == ["draw 0", "draw 1"]
    for draw, child in enumerate(children):
        assert child.info.status == "FINISHED"
        assert child.data.tags["mlflow.parentRunId"] == parent
        assert child.data.tags["draw"] == str(draw)
        assert child.data.params == {"source": "letters"}
        assert child.data.metrics == {"accuracy": 0.5 + draw, "loss": 0.5}
        assert child.data.tags["dataset.train"] == f"embedded-digits-draw {str(draw) * 36}"
        history = client.get_metric_history(child.info.run_id, "loss")
        assert [(m.step, m.value) for m in history] == [(1, 2.0), (2, 1.0 + draw), (3, 0.5)]


def test_curves_longer_than_one_call_may_carry_arrive_whole(client):
    values = [float(value) for value in range(2500)]
    run = store.log(Record("long", "few", curves={"loss": values}), CONDITIONS)
    assert [m.value for m in client.get_metric_history(run, "loss")] == values


def test_logging_twice_leaves_one_run_and_one_of_each_child(client, record):
    assert store.log(record, CONDITIONS) == store.log(record, CONDITIONS, restored=True)
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]
    assert all("restored" not in run.data.tags for run in active_runs(client))


def test_another_record_of_the_same_name_is_another_run(record):
    other = replace(record, metrics={"accuracy": 0.3})
    assert store.log(record, CONDITIONS) != store.log(other, CONDITIONS)


def test_a_restored_run_says_so(client, record):
    run = client.get_run(store.log(record, CONDITIONS, restored=True))
    assert run.data.tags["restored"] == "true"


def replicates(record):
    """A record whose children are replicates, and conditions under which they were timed."""
    children = [
        replace(child, tags={"cell": "digits/none", "draw": str(draw)})
        for draw, child in enumerate(record.children)
    ]
    return replace(record, children=children)


def test_a_replicate_carries_its_own_duration_and_the_commit(client, record):
    parent = store.log(replicates(record), TIMED)
    children = [r for r in active_runs(client) if r.info.run_id != parent]
    lengths = [child.info.end_time - child.info.start_time for child in children]
    assert lengths == [2000, 3000]
    assert [child.data.tags["seconds"] for child in children] == ["2.0", "3.0"]
    assert {child.data.tags["mlflow.source.git.commit"] for child in children} == {"abc"}


def test_no_child_keeps_conditions_that_its_parent_no_longer_has(client, record):
    store.log(replicates(record), TIMED, restored=True)
    again = replace(
        TIMED, commit="def", machine="another cpu", replicate_seconds={"digits/none": [4.0, 5.0]}
    )
    parent = store.log(replicates(record), again)
    told = [tag for run in active_runs(client) for tag in run.data.tags.items()]
    assert ("machine", "another cpu") in told
    assert not {("machine", "a cpu"), ("mlflow.source.git.commit", "abc")} & {*told}
    assert not [value for name, value in told if name == "restored"]
    children = [r for r in active_runs(client) if r.info.run_id != parent]
    lengths = [child.info.end_time - child.info.start_time for child in children]
    assert lengths == [4000, 5000]


def interrupt_after(monkeypatch, n_calls, method):
    """Make a client's method fail from its call number `n_calls` on, as Ctrl-C would."""
    whole, calls = getattr(MlflowClient, method), []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) >= n_calls:
            raise KeyboardInterrupt
        return whole(*args, **kwargs)

    monkeypatch.setattr(MlflowClient, method, interrupted)


@pytest.mark.parametrize(
    ("n_calls", "method"),
    [(1, "log_batch"), (1, "log_artifact"), (3, "log_batch"), (1, "log_inputs"),
     (2, "create_run"), (2, "set_terminated"), (3, "set_terminated")],
)  # fmt: skip
def test_what_was_left_unfinished_is_logged_anew(client, record, monkeypatch, n_calls, method):
    """MLflow leaves the children of a deleted run: they would be there twice."""
    with monkeypatch.context() as patch:
        interrupt_after(patch, n_calls, method)
        with pytest.raises(KeyboardInterrupt):
            store.log(record, CONDITIONS)
    with pytest.raises(InputError, match=r"has no run 'few \(embedded\)'"):
        store.read(record)
    store.log(record, CONDITIONS)
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]
    assert {run.info.status for run in active_runs(client)} == {"FINISHED"}
    assert store.read(record).metrics == record.metrics


def test_an_interrupted_run_with_a_model_is_not_taken_for_whole(record, network, monkeypatch):
    """Logging a model ends its run, which has to be the last thing that happens to it."""
    record = replace(record, model=Model(network, "few-embedded", "best"))
    for method, n_calls in (("log_batch", 3), ("set_registered_model_alias", 1)):
        with monkeypatch.context() as patch:
            interrupt_after(patch, n_calls, method)
            with pytest.raises(KeyboardInterrupt):
                store.log(record, CONDITIONS)
        with pytest.raises(InputError, match="has no run"):
            store.read(record)


def test_a_model_without_a_name_is_not_registered(client, record, network):
    run = store.log(replace(record, model=Model(network)), CONDITIONS)
    assert [m.model_id for m in client.get_run(run).outputs.model_outputs]
    assert client.search_registered_models() == []


def test_the_alias_moves_to_the_newest_model(client, record, network):
    for metric in (0.1, 0.2):
        changed = replace(record, metrics={"accuracy": metric}, children=[])
        store.log(replace(changed, model=Model(network, "few", "best")), CONDITIONS)
    version = client.get_model_version_by_alias("glyph-transfer-few", "best")
    assert int(version.version) == 2


def test_a_run_is_read_as_the_store_has_it(record, tmp_path):
    run_id = store.log(record, CONDITIONS)
    run = store.read(record)
    assert (run.run_id, run.name, run.fingerprint) == (run_id, record.name, record.fingerprint)
    assert run.metrics == record.metrics
    assert run.params == {"draws": "3", "rate": "0.001"}
    assert run.tags["corpus"] == "embedded"
    (tmp_path / "there").mkdir()
    assert run.artifact("table.csv", tmp_path / "there").read_bytes() == b"a\n1\n"


def test_a_run_that_is_missing_is_told(record):
    with pytest.raises(InputError, match=r"store has no run 'few \(embedded\)'"):
        store.read(record)


def test_a_run_with_other_metrics_than_its_stage_is_refused(client, record):
    run = store.log(record, CONDITIONS)
    client.log_metric(run, "accuracy", 0.99)
    with pytest.raises(InputError, match=rf"'few \(embedded\)' \({run}\) .*0\.99.*0\.3000"):
        store.read(record)


def test_metrics_that_were_added_to_a_run_do_not_matter(client, record):
    client.log_metric(store.log(record, CONDITIONS), "reviewed", 1.0)
    assert store.read(record).metrics["reviewed"] == 1.0


def test_a_logged_model_carries_its_metrics(client, record, network):
    """Those of its run and its own, under the model as well as under the run."""
    scores = {"test_loss": 1.5}
    record = replace(record, metrics={"test_accuracy": 0.5}, model=Model(network, metrics=scores))
    run_id = store.log(record, CONDITIONS)
    (output,) = client.get_run(run_id).outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    assert {metric.key: metric.value for metric in model.metrics} == {
        "test_accuracy": 0.5,
        "test_loss": 1.5,
    }
    assert store.read(record).metrics["test_loss"] == 1.5
