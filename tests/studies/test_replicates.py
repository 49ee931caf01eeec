"""A study's plan, and its execution: resumed, side by side, and through a worker's death."""

import errno
import multiprocessing
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster
from joblib.externals.loky.process_executor import TerminatedWorkerError

from glyph_transfer.errors import InputError
from glyph_transfer.images import sets
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol import Phase, Study, Training, Variant
from glyph_transfer.seeds import generator
from glyph_transfer.studies import replicates, results, variants

SEED = 5
TRAINING = Training(optimizer="adam", batch_size=4, batch_norm_momentum=0.9)
SCRATCH = Variant(
    sources=["none"], load=[], phases=[Phase(train="all", epochs=2, learning_rate=0.01)]
)
FROZEN = Variant(
    sources=["letters", "fashion"],
    load=["conv_1", "bn_1", "conv_2", "bn_2"],
    phases=[Phase(train=["dense"], epochs=2, learning_rate=0.01)],
)


def study(**other):
    settings = {
        "question": "Which?",
        "target": "digits",
        "model": "tominet",
        "n_train": [6],
        "draws": 2,
        "sampling": "random",
        "training": TRAINING,
        "variants": {"scratch": SCRATCH, "frozen": FROZEN},
    }
    return Study(**settings | other)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory, image_set, scramble):
    """The target's file and those of two source networks of other classes."""
    folder = tmp_path_factory.mktemp("inputs")
    sets.save(image_set, folder / "digits.npz")
    sources = {}
    for number, name in enumerate(("letters", "fashion"), 4):
        network = models.build("tominet", number, 0.9)
        scramble(network, number)
        sources[name] = folder / f"tominet-{name}.keras"
        models.save(network, sources[name])
    return folder / "digits.npz", sources


@pytest.fixture
def plan(inputs, tmp_path):
    """Plan a study on the inputs, with results in a folder of the test's own."""

    def make(seed=SEED, parts=tmp_path / "parts", target=None, sources=None, **other):
        return replicates.plan(
            study(**other), seed, target or inputs[0], sources or inputs[1], parts
        )

    return make


@pytest.fixture(scope="module")
def reference(inputs, tmp_path_factory):
    """The study of these tests, run by one worker."""
    parts = tmp_path_factory.mktemp("reference")
    jobs = replicates.plan(study(), SEED, *inputs, parts)
    replicates.run(jobs, 1, "reference")
    return jobs


def copied(reference, jobs):
    """Give `jobs` the results of the reference."""
    for done, job in zip(reference, jobs, strict=True):
        job.result.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(done.result, job.result)
    return jobs


def cell_bytes(jobs, path):
    """Bytes of every cell's file, as the transfer stage writes them."""
    found = {}
    for cell in dict.fromkeys(job.cell for job in jobs):
        done = [replicates.load(job.result) for job in jobs if job.cell == cell]
        results.save(results.stack(done), path)
        found[cell] = path.read_bytes()
    return found


def moments(jobs):
    return [job.result.stat().st_mtime_ns if job.result.exists() else None for job in jobs]


# --- plan


def test_a_plan_lists_every_draw_of_every_cell_in_order(plan, tmp_path):
    jobs = plan(n_train=[6, 9])
    assert [str(job) for job in jobs] == [
        f"digits/tominet/{source}/{variant}/{n} draw {draw}"
        for variant, source in [("scratch", "none"), ("frozen", "letters"), ("frozen", "fashion")]
        for n in (6, 9)
        for draw in (0, 1)
    ]
    assert len({job.fingerprint for job in jobs}) == len({job.result for job in jobs}) == 12
    assert jobs[-1].result == (
        tmp_path / "parts" / "digits" / "tominet" / "fashion" / "frozen" / "9" / "draw_001.npz"
    )


def test_a_job_has_its_own_source_and_variant(plan, inputs):
    jobs = plan(draws=1)
    assert [job.source for job in jobs] == [None, inputs[1]["letters"], inputs[1]["fashion"]]
    assert [job.variant for job in jobs] == [SCRATCH, FROZEN, FROZEN]


def test_a_variant_may_have_its_own_momentum(plan):
    slow = SCRATCH.model_copy(update={"batch_norm_momentum": 0.99})
    jobs = plan(draws=1, variants={"fast": SCRATCH, "slow": slow})
    assert [job.training.batch_norm_momentum for job in jobs] == [0.9, 0.99]


def fingerprints(jobs):
    return [job.fingerprint for job in jobs]


def changed(phase=None, **other):
    """The variants with another first phase, or otherwise other than they were."""
    return {
        name: variant.model_copy(
            update={"phases": [variant.phases[0].model_copy(update=phase or {})], **other}
        )
        for name, variant in {"scratch": SCRATCH, "frozen": FROZEN}.items()
    }


CHANGES = {
    "seed": {"seed": 6},
    "n_train": {"n_train": [7]},
    "sampling": {"sampling": "stratified"},
    "batch_size": {"training": TRAINING.model_copy(update={"batch_size": 5})},
    "momentum": {"training": TRAINING.model_copy(update={"batch_norm_momentum": 0.8})},
    "epochs": {"variants": changed({"epochs": 3})},
    "learning_rate": {"variants": changed({"learning_rate": 0.02})},
    "train": {"variants": changed({"train": ["conv_2", "dense"]})},
    "reestimate": {"variants": changed(reestimate_batch_norm=True)},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_fingerprint_changes_with_everything_that_decides(plan, change):
    assert not set(fingerprints(plan())) & set(fingerprints(plan(**CHANGES[change])))


def test_a_fingerprint_changes_with_what_is_loaded(plan):
    fewer = FROZEN.model_copy(update={"load": ["conv_1", "bn_1"]})
    before, after = plan(), plan(variants={"scratch": SCRATCH, "frozen": fewer})
    same = [a == b for a, b in zip(fingerprints(before), fingerprints(after), strict=True)]
    assert same == [True, True, False, False, False, False]


def test_a_fingerprint_changes_with_the_bytes_of_its_own_source(plan, inputs, tmp_path):
    other = tmp_path / "tominet-letters.keras"
    other.write_bytes(inputs[1]["letters"].read_bytes() + b" ")
    after = plan(sources={**inputs[1], "letters": other})
    same = [a == b for a, b in zip(fingerprints(plan()), fingerprints(after), strict=True)]
    assert same == [True, True, False, False, True, True]


def test_a_fingerprint_changes_with_the_bytes_of_the_target(plan, inputs, tmp_path):
    other = tmp_path / "digits.npz"
    other.write_bytes(inputs[0].read_bytes() + b" ")
    assert not set(fingerprints(plan())) & set(fingerprints(plan(target=other)))


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the package's text that the fingerprint is made to read."""
    package = Path(replicates.__file__).parent.parent
    folder = Path(shutil.copytree(package, tmp_path / "code"))
    monkeypatch.setattr(replicates, "__file__", str(folder / "studies" / "replicates.py"))
    replicates._code_digest.cache_clear()
    yield folder
    replicates._code_digest.cache_clear()


@pytest.mark.parametrize(
    "module",
    ["learning/backend", "learning/forward", "learning/models", "learning/optimizers",
     "learning/training", "images/sets", "seeds", "statistics", "studies/replicates",
     "studies/variants"],
)  # fmt: skip
def test_a_fingerprint_changes_with_the_code_that_trains_and_scores(plan, code, module):
    before = fingerprints(plan())
    with (code / f"{module}.py").open("a") as text:
        text.write("# another line\n")
    replicates._code_digest.cache_clear()
    assert not set(before) & set(fingerprints(plan()))


def test_a_fingerprint_is_the_same_for_the_same_things_elsewhere(plan, inputs, tmp_path, code):
    """Neither folders nor the code around training count, nor what a cell is compared with."""
    before = fingerprints(plan())
    elsewhere = {
        name: Path(shutil.copy(path, tmp_path / f"other-{name}.keras"))
        for name, path in inputs[1].items()
    }
    target = Path(shutil.copy(inputs[0], tmp_path / "other.npz"))
    (code / "tracking.py").write_text("# nothing\n")
    replicates._code_digest.cache_clear()
    compared = FROZEN.model_copy(update={"baseline": "scratch"})
    after = plan(
        parts=tmp_path / "other", target=target, sources=elsewhere,
        variants={"scratch": SCRATCH, "frozen": compared},
    )  # fmt: skip
    assert fingerprints(after) == before


def test_more_draws_leave_the_first_ones(plan):
    fewer, more = plan(draws=2), plan(draws=3)
    assert set(fingerprints(fewer)) < set(fingerprints(more))


# --- results


def test_a_result_is_what_the_network_gives(reference, image_set):
    for job in reference:
        result = replicates.load(job.result)
        assert str(result.fingerprint) == job.fingerprint
        assert result.index.dtype == np.int32
        assert len(set(result.index)) == 6
        assert result.predicted.dtype == np.uint8
        assert result.predicted.shape == result.probability.shape == (25,)
        assert ((result.probability > 0.5) <= (result.predicted == image_set.test.labels)).all()
        assert ((result.predicted == image_set.test.labels) <= (result.probability > 1 / 3)).all()
        assert result.loss.shape == result.accuracy.shape == (2,)
        assert result.loss.dtype == result.accuracy.dtype == np.float32
        assert 0 <= result.validation_accuracy <= 1
        assert result.seconds > 0


def test_a_result_is_that_of_its_own_draw_and_training(reference, inputs, image_set):
    """Done by hand: the streams' names are those of every number that was published."""
    job = reference[3]  # frozen, letters, draw 1
    labels = image_set.train.labels
    index = sets.draw(labels, 6, "random", generator(SEED, "draw", "digits", 1))
    trainer = Trainer(models.build("tominet", 3, 0.9))
    source = models.get_weights(models.load(inputs[1]["letters"]))
    training = generator(SEED, "training", "digits", 1)
    history = variants.train(trainer, FROZEN, source, image_set.train[index], 4, training)
    test, validation = (
        trainer.predict(split.images) for split in (image_set.test, image_set.validation)
    )
    result = replicates.load(job.result)
    np.testing.assert_array_equal(result.index, index)
    np.testing.assert_array_equal(result.loss, history[:, 0])
    np.testing.assert_array_equal(result.accuracy, history[:, 1])
    np.testing.assert_array_equal(result.predicted, test.argmax(1))
    np.testing.assert_array_equal(result.probability, test[np.arange(25), image_set.test.labels])
    truth = validation[np.arange(12), image_set.validation.labels]
    assert result.validation_loss == pytest.approx(-np.log(truth.astype(float)).mean())
    right = validation.argmax(1) == image_set.validation.labels
    assert result.validation_accuracy == right.mean()


def test_a_full_disk_leaves_no_result(reference, tmp_path, monkeypatch):
    def fill(path, **_):
        path.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    result = replicates.load(reference[0].result)
    monkeypatch.setattr(np, "savez", fill)
    with pytest.raises(OSError, match="No space"):
        replicates.save(result, tmp_path / "draw_000.npz")
    assert list(tmp_path.iterdir()) == []


def test_draws_are_paired_across_sources_and_variants(reference):
    index = np.array([replicates.load(job.result).index for job in reference])
    for rows in (index[0::2], index[1::2]):
        assert (rows == rows[0]).all()
    assert set(index[0]) != set(index[1])


def test_the_same_source_and_draw_make_the_same_result_and_others_do_not(reference):
    probabilities = {tuple(replicates.load(job.result).probability) for job in reference}
    assert len(probabilities) == 6


# --- run


def test_finished_replicates_are_not_trained_again(reference, plan, monkeypatch):
    monkeypatch.setattr(replicates, "train", lambda job: pytest.fail(f"{job} was finished"))
    jobs = copied(reference, plan())
    assert all(replicates.is_finished(job) for job in jobs)
    replicates.run(jobs, 1, "again")


def spoil_fingerprint(path):
    replicates.save(replace(replicates.load(path), fingerprint="stale"), path)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def drop_an_array(path):
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays if name != "loss"}
    np.savez(path, **kept)


@pytest.mark.parametrize("spoil", [spoil_fingerprint, truncate, empty, drop_an_array, Path.unlink])
def test_only_what_is_stale_or_broken_is_done_again(reference, plan, tmp_path, spoil):
    jobs = copied(reference, plan())
    spoil(jobs[3].result)
    before = moments(jobs)
    replicates.run(jobs, 1, "again")
    same = [now == then for now, then in zip(moments(jobs), before, strict=True)]
    assert same == [True, True, True, False, True, True]
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_a_result_truncated_anywhere_is_not_finished(reference, plan):
    job = copied(reference, plan())[0]
    content = job.result.read_bytes()
    for length in range(0, len(content), 37):
        job.result.write_bytes(content[:length])
        assert not replicates.is_finished(job)


def test_a_result_is_not_decided_by_what_the_worker_trained_before(reference, plan, tmp_path):
    """In the opposite order, with another study between."""
    replicates.run(plan(parts=tmp_path / "between", n_train=[9], draws=1), 1, "between")
    jobs = plan()
    replicates.run(jobs[::-1], 1, "backwards")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


HEAD_LOADED = FROZEN.model_copy(update={"load": ["dense"]})


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"n_train": [6, 41]}, r"n_train is 41, .* training images, 40"),
        ({"variants": {"s": SCRATCH, "f": HEAD_LOADED}}, "'dense' cannot be loaded"),
        ({"model": "lenet"}, "unknown model 'lenet'"),
    ],
    ids=["n_train", "load", "model"],
)
def test_a_mistake_in_any_cell_is_told_before_anything_trains(plan, tmp_path, other, message):
    with pytest.raises(InputError, match=message):
        replicates.run(plan(**other), 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_two_workers_give_the_bytes_of_one(reference, plan, tmp_path):
    jobs = plan()
    replicates.run(jobs, 2, "two workers")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


# --- a Dask cluster


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each, and their scheduler."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


def test_a_dask_cluster_gives_the_bytes_of_one_worker(reference, plan, tmp_path, cluster):
    jobs = plan()
    replicates.run(jobs, 1, "cluster", cluster.scheduler_address)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_a_network_is_kept_by_a_cluster(reference, plan, tmp_path, cluster, monkeypatch):
    """By paths from this process's folder, which is not the workers'."""
    monkeypatch.chdir(tmp_path)
    job = copied(reference, plan(parts=Path("parts")))[0]
    for name, scheduler in (("here", None), ("there", cluster.scheduler_address)):
        replicates.keep_network(job, Path(f"{name}.keras"), 1, scheduler)
    assert Path("here.keras").read_bytes() == Path("there.keras").read_bytes()


def test_a_cluster_tells_a_mistake_as_this_machine_does(plan, cluster):
    with pytest.raises(InputError, match=r"n_train is 41, .* training images, 40"):
        replicates.run(plan(n_train=[6, 41]), 1, "mistaken", cluster.scheduler_address)


def test_a_killed_dask_worker_loses_no_finished_replicate(reference, plan, tmp_path, cluster):
    """The scheduler gives what the dead worker had to the others."""
    longer = {"scratch": changed({"epochs": 30})["scratch"]}
    jobs = plan(draws=12, variants=longer)
    seen = []

    def kill():
        while sum(job.result.exists() for job in jobs) < 3:
            time.sleep(0.005)
        seen.extend(moments(jobs))
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    replicates.run(jobs, 1, "killed", cluster.scheduler_address)
    killer.join(timeout=60)
    kept = [now == then for now, then in zip(moments(jobs), seen, strict=True) if then]
    assert 3 <= sum(kept) == len(kept) < len(jobs)
    undisturbed = plan(parts=tmp_path / "undisturbed", draws=12, variants=longer)
    replicates.run(undisturbed, 1, "undisturbed")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(undisturbed, tmp_path / "b.npz")


# --- keep_network and best


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kept_network_is_that_of_the_result(reference, plan, image_set, tmp_path, workers):
    job = copied(reference, plan())[2]
    replicates.keep_network(job, tmp_path / "best.keras", workers)
    probabilities = models.load(tmp_path / "best.keras").predict(image_set.test.images, verbose=0)
    result = replicates.load(reference[2].result)
    np.testing.assert_array_equal(probabilities.argmax(1), result.predicted)
    picked = probabilities[np.arange(25), image_set.test.labels]
    np.testing.assert_allclose(picked, result.probability, atol=1e-5)


def test_a_kept_network_is_the_same_file_from_every_process(reference, plan, tmp_path):
    job = copied(reference, plan())[0]
    for workers in (1, 2):
        replicates.keep_network(job, tmp_path / f"{workers}.keras", workers)
    assert (tmp_path / "1.keras").read_bytes() == (tmp_path / "2.keras").read_bytes()


def test_a_training_that_does_not_repeat_is_an_error(reference, plan, tmp_path):
    job = copied(reference, plan())[0]
    first = replicates.load(job.result)
    replicates.save(replace(first, probability=first.probability + np.float32(1e-6)), job.result)
    with pytest.raises(RuntimeError, match=r"scratch/6 draw 0: trained twice, .* has to repeat"):
        replicates.keep_network(job, tmp_path / "best.keras", 1)


def test_the_best_has_the_highest_validation_accuracy_then_the_lowest_loss(reference, plan):
    jobs = copied(reference, plan())
    scores = [(0.5, 0.1), (0.75, 2.0), (0.75, 1.0), (0.75, 1.5), (0.25, 0.1), (0.5, 0.2)]
    for job, (accuracy, loss) in zip(jobs, scores, strict=True):
        result = replicates.load(job.result)
        scored = replace(result, validation_accuracy=accuracy, validation_loss=loss)
        replicates.save(scored, job.result)
    assert replicates.best(jobs) == jobs[2]


# --- errors and deaths of workers; last, because joblib then starts new ones, which takes long


def test_a_mistake_found_by_another_process_is_the_same_error(plan, tmp_path):
    with pytest.raises(InputError, match=r"n_train is 41, .* training images, 40"):
        replicates.run(plan(n_train=[6, 41]), 2, "mistaken")
    assert not (tmp_path / "parts").exists()


def kill_a_worker_after(jobs, n_finished):
    """Wait for results, then kill one of joblib's processes."""
    while sum(job.result.exists() for job in jobs) < n_finished:
        time.sleep(0.005)
    worker = next(p for p in multiprocessing.active_children() if "Loky" in type(p).__name__)
    os.kill(worker.pid, signal.SIGKILL)


def test_a_killed_worker_loses_no_finished_replicate(plan, tmp_path):
    longer = {"scratch": changed({"epochs": 30})["scratch"]}
    jobs = plan(draws=12, variants=longer)
    killer = threading.Thread(target=kill_a_worker_after, args=(jobs, 3), daemon=True)
    killer.start()
    with pytest.raises(TerminatedWorkerError):
        replicates.run(jobs, 2, "killed")
    killer.join(timeout=60)
    finished = [replicates.is_finished(job) for job in jobs]
    assert 3 <= sum(finished) < len(jobs)

    before = moments(jobs)
    replicates.run(jobs, 2, "again")
    after = moments(jobs)
    assert [a == b for a, b in zip(after, before, strict=True)] == finished
    undisturbed = plan(parts=tmp_path / "undisturbed", draws=12, variants=longer)
    replicates.run(undisturbed, 1, "undisturbed")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(undisturbed, tmp_path / "b.npz")
