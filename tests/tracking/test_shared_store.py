"""One store for several processes, and for what was tried and undone: each work once."""

import multiprocessing
import time
from dataclasses import replace

import pytest
from mlflow.exceptions import MlflowException

from glyph_transfer.tracking import patience, store, sweeping, writers
from tracked_conditions import CONDITIONS, active_runs, names


def log_elsewhere(record, barrier):
    barrier.wait()
    store.log(record, CONDITIONS)


def test_two_processes_log_the_same_work_and_leave_one_run(server, its_client, record):
    server.seconds = 0.01
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    processes = [context.Process(target=log_elsewhere, args=(record, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    created = [path for _, path in server.requests if path.endswith("/runs/create")]
    assert len(created) > 3, "both have logged, or this tests nothing"
    assert store.read(record).metrics == record.metrics
    assert names(active_runs(its_client)) == ["draw 0", "draw 1", "few (embedded)"]


def leave_behind(client, record, tags):
    """An unfinished run with a finished child, as a process leaves them that is killed."""
    experiment = client.get_experiment_by_name("glyph-transfer/few").experiment_id
    own = {"fingerprint": "of other parameters", **record.tags, **tags}
    run = client.create_run(experiment, run_name="left", tags=own).info.run_id
    child = client.create_run(experiment, run_name="child", tags={"mlflow.parentRunId": run})
    client.set_terminated(child.info.run_id)
    return run


@pytest.mark.parametrize(
    ("tags", "is_swept"),
    [
        (lambda: writers.tags(), True),
        (lambda: {"writer": f"{writers.writer().split(':')[0]}:999999999:1.0"}, True),
        (lambda: {"writer": f"{writers.writer().split(':')[0]}:1:1.0"}, True),
        (lambda: {"writer": "another:1:1.0", "logged_from": str(int(time.time()))}, False),
        (lambda: {"writer": "another:1:1.0", "logged_from": str(int(time.time()) - 3700)}, True),
        (lambda: {"question": "another"}, True),
        (lambda: {"stage": "evaluate"}, False),
        (lambda: {"corpus": "official"}, False),
    ],
    ids=[
        "own",
        "dead",
        "reused id",
        "elsewhere",
        "old",
        "other question",
        "other stage",
        "other corpus",
    ],
)
def test_what_was_left_unfinished_is_swept_whatever_its_parameters_were(
    server, its_client, record, tags, is_swept
):
    """But not what a process logs that lives, or may live on another machine."""
    record = replace(record, tags=record.tags | {"question": "which?"})
    store.log(record, CONDITIONS)
    left = leave_behind(its_client, record, writers.tags() | tags())
    store.log(replace(record, params={"draws": 4}), CONDITIONS)
    found = names(active_runs(its_client))
    assert ("left" not in found) == is_swept
    assert ("child" not in found) == is_swept
    if not is_swept:
        assert its_client.get_run(left).info.lifecycle_stage == "active"


def test_of_equal_runs_all_processes_keep_the_same_one(client, record):
    """Whatever ended last: two that look at once would delete each other's."""
    store.log(record, CONDITIONS)
    experiment = client.get_experiment_by_name("glyph-transfer/few")
    runs = sorted(
        (client.create_run(experiment.experiment_id, tags={"fingerprint": "f"}) for _ in "1234"),
        key=lambda run: run.info.run_id,
    )
    for end, run in enumerate(runs, start=1):
        client.set_terminated(run.info.run_id, end_time=end)
    kept = sweeping.finished_run(client, experiment, "f")
    assert kept.info.run_id == runs[0].info.run_id
    assert [client.get_run(run.info.run_id).info.lifecycle_stage for run in runs] == [
        "active", "deleted", "deleted", "deleted",
    ]  # fmt: skip


def test_a_run_that_another_process_has_just_deleted_is_no_failure(client, record, monkeypatch):
    """Where both delete it at once, the store may refuse the second."""
    run = client.get_run(store.log(record, CONDITIONS))
    delete_run = client.delete_run

    def refused(run_id):
        raise MlflowException(f"{run_id} is being changed")

    monkeypatch.setattr(client, "delete_run", refused)
    with pytest.raises(MlflowException, match="is being changed"):
        sweeping.delete(client, run)
    for each in (*sweeping.children(client, run), run):
        delete_run(each.info.run_id)
    sweeping.delete(client, run)
    assert active_runs(client) == []


def test_a_run_that_another_process_deletes_while_it_is_written_to_is_logged_anew(
    client, record, monkeypatch
):
    """Where that process keeps its own run of the same work, or is killed before it does."""
    monkeypatch.setattr(patience, "PAUSES_S", (0.0,))
    renew, deleted = store.runs.renew, []

    def after_a_deletion(*given):
        for run in [] if deleted else active_runs(client):
            client.delete_run(run.info.run_id)
            deleted.append(run.info.run_id)
        renew(*given)

    store.log(record, CONDITIONS)
    monkeypatch.setattr(store.runs, "renew", after_a_deletion)
    changed = replace(CONDITIONS, commit="f" * 40)
    run_id = store.log(record, changed)
    assert run_id not in deleted
    assert len(deleted) == 3
    assert names(active_runs(client)) == ["draw 0", "draw 1", "few (embedded)"]


def test_processes_that_log_the_same_work_do_not_unmark_each_others_runs(client, record):
    """Of two finished at once one stays, and has to be current whichever it is."""
    marked = client.get_run(store.log(record, CONDITIONS))
    twin = client.create_run(marked.info.experiment_id, run_name=record.name, tags=marked.data.tags)
    store.runs.make_current(client, marked, record)
    assert client.get_run(twin.info.run_id).data.tags["current"] == "true"


# --- which runs count


def current(client):
    return [run for run in active_runs(client) if run.data.tags.get("current") == "true"]


def test_one_set_of_runs_is_current_whatever_was_tried_and_undone(server, its_client, record):
    first = store.log(record, CONDITIONS)
    tried = replace(record, params={"draws": 4})
    second = store.log(tried, CONDITIONS)
    assert names(current(its_client)) == ["draw 0", "draw 1", "few (embedded)"]
    assert second in [run.info.run_id for run in current(its_client)]
    store.log(record, CONDITIONS, restored=True)
    own = {run.info.run_id for run in current(its_client)}
    assert len(own) == 3
    assert first in own
    parents = {run.data.tags.get("mlflow.parentRunId") for run in current(its_client)}
    assert parents == {None, first}


def test_of_runs_that_are_of_no_corpus_the_last_is_current(server, its_client, record):
    """Advice on one's own images: that on earlier ones was current, too."""
    record = replace(record, tags={"stage": "advise"}, children=[])
    store.log(record, CONDITIONS)
    store.log(replace(record, name="another task"), CONDITIONS)
    last = store.log(replace(record, params={"draws": 4}), CONDITIONS)
    assert names(current(its_client)) == ["another task", "few (embedded)"]
    assert last in [run.info.run_id for run in current(its_client)]


def test_experiments_open_in_the_view_of_training_runs_and_say_what_they_are(
    server, its_client, record
):
    store.log(replace(record, about="Which source helps?", description="All."), CONDITIONS)
    store.log(record, CONDITIONS)
    experiment = its_client.get_experiment_by_name("glyph-transfer/few")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert experiment.tags["mlflow.note.content"] == "Which source helps?"
    notes = [run.data.tags.get("mlflow.note.content") for run in active_runs(its_client)]
    assert "All." in notes
