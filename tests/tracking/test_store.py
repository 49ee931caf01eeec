"""What reaches an MLflow store, and that it reaches it once and whole."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock, Timeout
from mlflow import MlflowClient

from glyph_transfer.errors import InputError
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import Conditions, Dataset, Model, Record, write_record

CONDITIONS = Conditions("2026-01-01T00:00:00+00:00", 2.5, "abc", "a cpu", {"numpy": "2.4"})


@pytest.fixture
def record(store):
    """A record of all but a model, with two children."""
    (store / "table.csv").write_bytes(b"a\n1\n")
    return Record(
        name="few (embedded)",
        experiment="few",
        tags={"corpus": "embedded", "stage": "transfer"},
        params={"draws": 3, "rate": 0.001},
        metrics={"accuracy": 0.1 + 0.2, "a/b - c/d/low": -1e-300},
        datasets=[
            Dataset("embedded-digits", "train", "a" * 64, 20),
            Dataset("embedded-digits", "test", "b" * 64, 10),
        ],
        artifacts=["table.csv"],
        children=[
            Record(
                name=f"draw {draw}",
                experiment="few",
                tags={"draw": str(draw)},
                params={"source": "letters"},
                metrics={"accuracy": 0.5 + draw},
                curves={"loss": [2.0, 1.0 + draw, 0.5]},
                datasets=[Dataset("embedded-digits-draw", "train", str(draw) * 64, 5)],
            )
            for draw in range(2)
        ],
    )


@pytest.fixture
def network(store):
    """Path of a network with three classes, whose output is not uniform."""
    from glyph_transfer.learning import models

    model = models.build("tominet", 3, 0.9)
    models.set_weights(model, models.initial_weights(model, np.random.default_rng(0)))
    models.save(model, store / "best.keras")
    return "best.keras"


@pytest.fixture
def client(store):
    return MlflowClient(f"sqlite:///{store}/mlflow.db")


def active_runs(client):
    experiments = [e.experiment_id for e in client.search_experiments()]
    return client.search_runs(experiments, order_by=["attributes.run_name"])


def names(runs):
    return [run.info.run_name for run in runs]


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


TIMED = replace(
    CONDITIONS,
    replicate_seconds={"digits/none": [2.0, 3.0]},
    training_seconds={"digits/none": [1.0, 1.5], "digits/letters": [0.5]},
)


def test_timings_are_metrics_with_a_step_for_each_draw(client, record):
    assert store.log(record, TIMED) == store.log(record, CONDITIONS), "of no consequence"
    run = store.read(record)
    assert run.curve("seconds/digits/none") == [2, 3]
    assert run.curve("training_seconds/digits/none") == [1, 1.5]
    assert run.curve("training_seconds/digits/letters") == [0.5]
    assert run.curve("training_seconds/digits/fashion") == []
    history = client.get_metric_history(run.run_id, "seconds/digits/none")
    assert [m.step for m in history] == [1, 2]


def test_of_equal_work_done_again_the_newest_timings_count(record):
    store.log(record, TIMED)
    again = replace(TIMED, seconds=9.5, training_seconds={"digits/none": [4.0, 5.0]})
    store.log(record, again)
    assert store.read(record).curve("training_seconds/digits/none") == [4, 5]
    assert store.read(record).seconds == 9.5


def test_a_comparison_has_the_timings_of_its_stages(record, monkeypatch):
    monkeypatch.setattr(store, "ENCLOSING_RUN", None)
    with store.comparison("fashion or none", {}) as comparison:
        tracked = comparison.log(record, TIMED)
    assert tracked.curve("training_seconds/digits/none") == [1, 1.5]


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
        assert [i.dataset.digest for i in child.inputs.dataset_inputs] == [str(draw) * 36]
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


def test_no_child_keeps_conditions_that_its_parent_no_longer_has(client, record):
    """They are renewed where the same work is done again, on the parent alone."""
    store.log(record, CONDITIONS, restored=True)
    store.log(record, replace(CONDITIONS, commit="def", machine="another cpu"))
    told = [tag for run in active_runs(client) for tag in run.data.tags.items()]
    assert ("machine", "another cpu") in told
    assert not {("machine", "a cpu"), ("mlflow.source.git.commit", "abc")} & {*told}
    assert not [value for name, value in told if name == "restored"]


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
    [(1, "log_batch"), (1, "log_artifact"), (3, "log_batch"), (2, "log_inputs"),
     (2, "set_terminated"), (3, "set_terminated")],
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
    for method, n_calls in (("log_inputs", 2), ("set_registered_model_alias", 1)):
        with monkeypatch.context() as patch:
            interrupt_after(patch, n_calls, method)
            with pytest.raises(KeyboardInterrupt):
                store.log(record, CONDITIONS)
        with pytest.raises(InputError, match="has no run"):
            store.read(record)


def test_a_logged_model_serves_raw_images_and_gives_the_networks_probabilities(
    client, record, network
):
    import mlflow

    from glyph_transfer.learning import models

    record = replace(record, model=Model(network, "few-embedded", "best"))
    run = store.log(record, CONDITIONS)
    uri = "models:/glyph-transfer-few-embedded@best"
    images = np.random.default_rng(1).integers(0, 256, (4, 28, 28), np.uint8)
    expected = models.load(Path(network))(images).numpy()
    assert np.ptp(expected[0]) > 0.01
    np.testing.assert_allclose(mlflow.pyfunc.load_model(uri).predict(images), expected, atol=1e-6)

    info = mlflow.models.get_model_info(uri)
    assert info.run_id == run
    (inputs,), (outputs,) = info.signature.inputs.inputs, info.signature.outputs.inputs
    assert (inputs.type, inputs.shape) == (np.dtype("uint8"), (-1, 28, 28))
    assert (outputs.type, outputs.shape) == (np.dtype("float32"), (-1, 3))
    assert info.saved_input_example_info is not None
    assert client.get_run(run).info.end_time == 1_767_225_602_500


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


def test_a_run_is_read_as_the_store_has_it(record, store):
    run_id = store.log(record, CONDITIONS)
    run = store.read(record)
    assert (run.run_id, run.name, run.fingerprint) == (run_id, record.name, record.fingerprint)
    assert run.metrics == record.metrics
    assert run.params == {"draws": "3", "rate": "0.001"}
    assert run.tags["corpus"] == "embedded"
    (store / "there").mkdir()
    assert run.artifact("table.csv", store / "there").read_bytes() == b"a\n1\n"


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


def move(record, old, new, monkeypatch):
    """Rename a checkout, as its user may, and go on in it."""
    monkeypatch.chdir(old.parent)
    old.rename(new)
    monkeypatch.chdir(new)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{new}/mlflow.db")
    assert store.log(record, CONDITIONS, restored=True)
    return store.read(record)


def test_a_moved_checkout_reads_and_stores_where_it_is_now(record, store, monkeypatch):
    """MLflow keeps absolute paths: without care, artifacts would go to the old place."""
    old, new = store.parent / "old place", store.parent / "new #1"
    store.rename(old)
    monkeypatch.chdir(old)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{old}/mlflow.db")
    first = store.log(record, CONDITIONS)

    moved = move(record, old, new, monkeypatch)
    assert not old.exists()
    (new / "copy").mkdir()
    assert moved.artifact("table.csv", new / "copy").read_bytes() == b"a\n1\n"
    assert moved.tags["restored"] == "true"

    # and to and fro, as between a container and its host
    back = move(record, new, old, monkeypatch)
    assert back.run_id == first
    (old / "copy 2").mkdir()
    assert back.artifact("table.csv", old / "copy 2").read_bytes() == b"a\n1\n"
    assert move(record, old, new, monkeypatch).run_id == moved.run_id


def test_an_experiment_that_was_deleted_comes_back(client, record):
    run = store.log(record, CONDITIONS)
    client.delete_experiment(client.get_run(run).info.experiment_id)
    store.log(record, CONDITIONS)
    assert store.read(record).metrics == record.metrics
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]


def test_no_two_processes_make_the_store_at_once(store, monkeypatch):
    lock = store / "mlflow.db-lock"

    def open_store():
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)

    monkeypatch.setattr(store, "MlflowClient", open_store)
    store._client()
    FileLock(lock).acquire(timeout=0)


def test_an_experiment_that_another_stage_creates_meanwhile_is_taken(client, record, monkeypatch):
    create = MlflowClient.create_experiment

    def create_late(self, name, **options):
        create(self, name, **options)  # the other stage
        return create(self, name, **options)

    monkeypatch.setattr(MlflowClient, "create_experiment", create_late)
    run = client.get_run(store.log(record, CONDITIONS))
    assert client.get_experiment(run.info.experiment_id).name == "glyph-transfer/few"


def test_the_run_of_mlflow_run_is_not_resumed(client, record, store):
    """`mlflow run` exports its run's id, which MLflow resumes wherever a run is started."""
    enclosing = client.create_run("0").info.run_id
    write_record(record, store / "few.json")
    program = """if True:
        import os
        from pathlib import Path
        import mlflow
        from glyph_transfer.tracking import store
        from glyph_transfer.tracking.records import Conditions, read_record

        print(store.ENCLOSING_RUN)
        assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"} & {*os.environ}
        CONDITIONS = Conditions("2026-01-01T00:00:00+00:00", 1.0, "abc", "a cpu", {})
        print(store.log(read_record(Path("few.json")), CONDITIONS))
        with mlflow.start_run() as run:
            print(run.info.run_id)
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(store.__file__).parent.parent),
        "MLFLOW_RUN_ID": enclosing,
        "MLFLOW_EXPERIMENT_ID": "0",
    }
    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert printed.returncode == 0, printed.stderr
    told, logged, started = printed.stdout.split()
    assert told == enclosing
    assert enclosing not in (logged, started)
    assert client.get_run(enclosing).data.params == {}


@pytest.mark.parametrize("enclosed", [True, False])
def test_a_comparison_is_one_run_with_all_that_is_logged_within(
    client, record, store, monkeypatch, enclosed
):
    """The run of `mlflow run`, or a new one; all under it lies in its own experiment."""
    enclosing = client.create_run("0").info.run_id if enclosed else None
    monkeypatch.setattr(store, "ENCLOSING_RUN", enclosing)
    before = client.get_run(store.log(record, CONDITIONS))
    folder = store / "comparison"
    folder.mkdir()
    (folder / "index.html").write_text("<p>")
    with store.comparison("fashion or none", {"corpus": "embedded"}) as comparison:
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


def test_a_comparison_that_fails_says_so(client, store, monkeypatch):
    monkeypatch.setattr(store, "ENCLOSING_RUN", None)
    with pytest.raises(ValueError, match="no"), store.comparison("x", {}) as comparison:
        raise ValueError("no")
    assert client.get_run(comparison.run_id).info.status == "FAILED"


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
