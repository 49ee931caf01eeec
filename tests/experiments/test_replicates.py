"""A study's plan, and its execution: resumed, side by side, and through a worker's death."""

import errno
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from distributed import Client, LocalCluster
from joblib.externals.loky.process_executor import TerminatedWorkerError

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import replicates, results, variants
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.experiments.workers import side_by_side
from glyph_transfer.images import sets
from glyph_transfer.images.sets import Selection
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.seeds import generator
from toy_study import (
    ENSEMBLE,
    FROZEN,
    OWN_SOURCES,
    SCRATCH,
    SEED,
    TRAINING,
    make_study,
    plan_study,
    with_phase,
)


@pytest.fixture(scope="module")
def reference(inputs, tmp_path_factory):
    """The study of these tests, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("reference"))
    replicates.run(jobs, 1, "reference")
    return jobs


@pytest.fixture(scope="module")
def own_reference(inputs, tmp_path_factory):
    """The study that trains its own sources, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("own"), score_every=1, **OWN_SOURCES)
    replicates.run(jobs, 1, "own sources")
    return jobs


@pytest.fixture(scope="module")
def combined(inputs, tmp_path_factory):
    """The study with an ensemble, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("ensemble"), draws=1, **ENSEMBLE)
    replicates.run(jobs, 1, "ensemble")
    return {job.cell.model: job for job in jobs}


def copied(reference, jobs):
    """Give `jobs` the results of the reference."""
    for done, job in zip(reference, jobs, strict=True):
        job.result.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(done.result, job.result)
        if done.network and job.network:
            shutil.copy2(done.network, job.network)
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
        assert result.scored.shape == result.test_loss.shape == result.test_accuracy.shape == (0,)
        assert 0 <= result.validation_accuracy <= 1
        assert 0 < result.training_seconds < result.seconds


def test_a_result_is_that_of_its_own_draw_and_training(reference, inputs, image_set):
    """Done by hand: the streams' names are those of every number that was published."""
    job = reference[3]  # frozen, letters, draw 1
    labels = image_set.train.labels
    index = sets.sample(labels, 6, "random", generator(SEED, "draw", "digits", 1))
    trainer = Trainer(models.build("tominet", 3, 0.9))
    source = models.get_weights(models.load(inputs.sources["tominet", "letters"]))
    rng = generator(SEED, "training", "digits", 1)
    history = variants.train(trainer, FROZEN, source, image_set.train[index], TRAINING, rng)
    test, validation = (
        trainer.predict(split.images) for split in (image_set.test, image_set.validation)
    )
    result = replicates.load(job.result)
    np.testing.assert_array_equal(result.index, index)
    np.testing.assert_array_equal(result.loss, history.loss)
    np.testing.assert_array_equal(result.accuracy, history.accuracy)
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


def frozen(**other):
    return {"scratch": SCRATCH, "frozen": FROZEN.model_copy(update=other)}


UNKNOWN_PHASE = [FROZEN.phases[0].model_copy(update={"train": ["dense", "conv_9"]})]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"n_train": [6, 41]}, r"n_train is 41, .* training images, 40"),
        ({"n_train": [6, 2]}, r"n_train is 2, .* at least the number of classes, 3"),
        ({"variants": frozen(load=["dense"])}, "'dense' cannot be loaded"),
        ({"variants": frozen(load=["conv_9"])}, "names the layer 'conv_9', .*: conv_1, bn_1"),
        ({"variants": frozen(phases=UNKNOWN_PHASE)}, "names the layer 'conv_9', .*: conv_1"),
        ({"model": "lenet", "variants": {"s": SCRATCH}}, "unknown model 'lenet'"),
        ({"selection": Selection(("F", "G"))}, r"'digits' asks for the classes \['G'\]"),
        ({"selection": Selection(most=8), "n_train": [6, 9]}, "n_train is 9, .* images, 8"),
    ],
    ids=["n_train", "classes", "load", "unknown", "phase", "model", "class", "most"],
)
def test_a_mistake_in_any_cell_is_told_before_anything_trains(plan, tmp_path, other, message):
    with pytest.raises(InputError, match=message):
        replicates.run(plan(**other), 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_a_source_of_another_model_has_to_fit(plan, tmp_path):
    """conv_1 is alike in both networks; conv_2 has 16 filters in TomiNet's, and 64 in S1's."""
    other = FROZEN.model_copy(update={"source_model": "tominet", "load": ["conv_1", "conv_2"]})
    jobs = plan(model="cnn_s1", variants={"scratch": SCRATCH, "other": other})
    with pytest.raises(InputError, match=r"'conv_2' cannot .*\(3, 3, 32, 16\).*network's .*, 64\)"):
        replicates.run(jobs, 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_a_source_that_is_not_trained_yet_has_to_fit(plan, tmp_path):
    """It has the shapes of its model and of its own target."""
    variants = {
        "scratch": SCRATCH.model_copy(
            update={"models": {"tominet": ["digits"], "cnn_s1": ["letters"]}}
        ),
        "frozen": FROZEN.model_copy(
            update={
                "sources": ["letters"],
                "models": {"tominet": ["digits"]},
                "source_model": "cnn_s1",
                "load": ["conv_1", "conv_2"],
            }
        ),
    }
    jobs = plan(targets=["digits", "letters"], sources_from="scratch", variants=variants)
    with pytest.raises(InputError, match=r"'conv_2' cannot .*\(3, 3, 32, 64\).*network's .*, 16\)"):
        replicates.run(jobs, 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_two_workers_give_the_bytes_of_one(reference, plan, tmp_path):
    jobs = plan()
    replicates.run(jobs, 2, "two workers")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_the_memory_that_a_worker_may_take_decides_no_bit(own_reference, plan, tmp_path):
    jobs = plan(score_every=1, cache_mb=0, **OWN_SOURCES)
    replicates.run(jobs, 1, "no memory")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_classes_and_division_are_those_of_the_selection(plan, image_set):
    """Of the 35 images of L and F that are not for testing, 7 are held back."""
    chosen = Selection(("L", "F"), 0.2)
    (job,) = plan(selection=chosen, variants={"scratch": SCRATCH}, draws=1, n_train=["all"])
    replicates.run([job], 1, "two classes")
    result = replicates.load(job.result)
    target = sets.select("digits", image_set, chosen, SEED)
    assert len(result.index) == len(target.train) == 28
    assert sorted(result.index) == list(range(28)), "rows of the target's train split"
    assert len(result.predicted) == (image_set.test.labels != 2).sum()
    assert set(result.predicted) <= {0, 1}
    right = (result.probability > 0.5).mean()
    assert right == (result.predicted == target.test.labels).mean()


def test_a_network_has_the_width_and_the_dropout_that_were_found(inputs, tmp_path):
    """And the networks beside it, which a worker keeps too, have their own."""
    own = SCRATCH.model_copy(update={"models": {"cnn_s5c": ["digits"]}})
    searched = own.model_copy(update={"searched": True})
    study = make_study(variants={"searched": searched, "own": own}, draws=1)
    files = replace(inputs, parts=tmp_path, found=Candidate(0.3, 0.002, 0.0625))
    built = []
    for job in make_plan(study, SEED, files):
        replicates.train(job, tmp_path / "network.keras")
        network = models.load(tmp_path / "network.keras")
        built.append((network.get_layer("conv_1").filters, network.get_layer("dropout_3").rate))
    assert built == [(2, 0.3), (32, 0.5)]


def test_without_validation_images_there_is_no_score_on_them(plan):
    jobs = plan(selection=Selection(validation=0.0), variants={"scratch": SCRATCH}, draws=1)
    replicates.run(jobs, 1, "nothing held back")
    result = replicates.load(jobs[0].result)
    assert np.isnan([result.validation_loss, result.validation_accuracy]).all()
    stacked = results.stack([result])
    assert stacked.validation_loss.dtype == stacked.validation_accuracy.dtype == np.float64


def test_scores_on_test_images_are_kept_by_epoch_and_decide_nothing(plan, image_set, tmp_path):
    """The last of them is that of the result."""
    watched = plan(draws=1, score_every=2)
    unwatched = plan(draws=1, parts=tmp_path / "unwatched")
    for jobs in (watched, unwatched):
        replicates.run(jobs, 1, "scored")
    for one, other in zip(watched, unwatched, strict=True):
        scored, plain = replicates.load(one.result), replicates.load(other.result)
        assert (scored.scored.tolist(), scored.scored.dtype) == ([2], np.int32)
        right = (scored.predicted == image_set.test.labels).mean()
        assert scored.test_accuracy == pytest.approx([right])
        np.testing.assert_array_equal(scored.probability, plain.probability)
        np.testing.assert_array_equal(scored.loss, plain.loss)


# --- sources that the study trains itself


def test_a_job_starts_from_the_weights_of_its_source_job(own_reference, tmp_path):
    """Frozen layers, the averages of batch normalisation included, stay those of the source."""
    for job in (job for job in own_reference if job.source_job):
        source = models.get_weights(models.load(job.source_job.network))
        replicates.train(replace(job, result=tmp_path / "again.npz"), tmp_path / "after.keras")
        after = models.get_weights(models.load(tmp_path / "after.keras"))
        for name in FROZEN.load:
            for array, expected in zip(after[name], source[name], strict=True):
                np.testing.assert_array_equal(array, expected, err_msg=name)
        assert not np.array_equal(after["dense"][0], source["dense"][0])
        again, first = replicates.load(tmp_path / "again.npz"), replicates.load(job.result)
        np.testing.assert_array_equal(again.probability, first.probability)


def test_a_source_jobs_network_is_that_of_its_result(own_reference, image_set):
    job = own_reference[0]
    probabilities = models.load(job.network).predict(image_set.test.images, verbose=0)
    picked = probabilities[np.arange(25), image_set.test.labels]
    np.testing.assert_allclose(picked, replicates.load(job.result).probability, atol=1e-5)


def test_draws_have_sources_of_their_own(own_reference):
    weights = [models.load(j.network).get_layer("conv_1").get_weights()[0]
               for j in own_reference if j.network]  # fmt: skip
    assert len({array.tobytes() for array in weights}) == 4


@pytest.mark.parametrize("order", [1, -1], ids=["as planned", "backwards"])
def test_sources_are_trained_first_whatever_the_order(own_reference, plan, tmp_path, order):
    jobs = plan(score_every=1, **OWN_SOURCES)
    replicates.run(jobs[::order], 1, "own sources")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_two_workers_give_the_bytes_of_one_with_sources_of_its_own(own_reference, plan, tmp_path):
    jobs = plan(score_every=1, **OWN_SOURCES)
    replicates.run(jobs, 2, "own sources")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")
    for job, done in zip(jobs, own_reference, strict=True):
        assert not job.network or job.network.read_bytes() == done.network.read_bytes()


def test_a_source_whose_network_is_gone_is_trained_again(own_reference, plan, tmp_path):
    """To the same bits; what started from it stays."""
    jobs = copied(own_reference, plan(score_every=1, **OWN_SOURCES))
    assert all(replicates.is_finished(job) for job in jobs)
    jobs[1].network.unlink()
    assert [replicates.is_finished(job) for job in jobs] == [True, False] + [True] * 6
    before = moments(jobs)
    replicates.run(jobs, 1, "again")
    assert [a == b for a, b in zip(moments(jobs), before, strict=True)] == [True, False] + [
        True
    ] * 6
    assert jobs[1].network.read_bytes() == own_reference[1].network.read_bytes()
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_jobs_have_their_sources_trained_though_nobody_asked(own_reference, plan, tmp_path):
    """As a comparison does that takes the sources' results from the study."""
    jobs = plan(score_every=1, **OWN_SOURCES)
    asked = [job for job in jobs if job.source_job]
    replicates.run(asked, 1, "what starts from others")
    assert all(replicates.is_finished(job) for job in jobs)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_what_is_stopped_goes_on_with_what_is_left(
    own_reference, plan, tmp_path, monkeypatch, stop_after
):
    """Among the sources, before the last of them, and after them."""
    jobs = plan(score_every=1, **OWN_SOURCES)
    trained, train = [], replicates.train

    def stopping(job):
        if len(trained) == stop_after:
            raise KeyboardInterrupt
        train(job)
        trained.append(str(job))

    with monkeypatch.context() as patch:
        patch.setattr(replicates, "train", stopping)
        with pytest.raises(KeyboardInterrupt):
            replicates.run(jobs, 1, "stopped")
    before = moments(jobs)
    assert sum(moment is not None for moment in before) == stop_after
    replicates.run(jobs, 1, "again")
    kept = [now == then for now, then in zip(moments(jobs), before, strict=True) if then]
    assert kept == [True] * stop_after
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


# --- ensembles


def probabilities_of(job, images):
    return Trainer(models.load(job.network)).predict(images)


def test_an_ensembles_probabilities_are_the_mean_of_its_members(combined, image_set):
    """The member, and of the two candidates the one that is better on validation images."""
    validation = image_set.validation
    right = {
        name: (probabilities_of(combined[name], validation.images).argmax(1) == validation.labels)
        for name in ("cnn_s5b", "tominet")
    }
    best = max(right, key=lambda name: right[name].mean())
    assert right["cnn_s5b"].mean() != right["tominet"].mean()
    members = [combined["cnn_s1"], combined[best]]
    test, held_back = (
        np.mean([probabilities_of(job, split.images) for job in members], axis=0)
        for split in (image_set.test, validation)
    )
    result = replicates.load(combined["ensemble"].result)
    np.testing.assert_array_equal(result.predicted, test.argmax(1))
    np.testing.assert_array_equal(result.probability, test[np.arange(25), image_set.test.labels])
    assert result.validation_accuracy == (held_back.argmax(1) == validation.labels).mean()
    truth = held_back[np.arange(12), validation.labels].astype(float)
    assert result.validation_loss == pytest.approx(-np.log(truth).mean())


def test_an_ensemble_has_no_history_and_the_draw_of_its_members(combined):
    result = replicates.load(combined["ensemble"].result)
    for name in ("loss", "accuracy", "scored", "test_loss", "test_accuracy"):
        assert getattr(result, name).shape == (0,), name
    assert result.training_seconds == 0 < result.seconds
    member = replicates.load(combined["cnn_s1"].result)
    np.testing.assert_array_equal(result.index, member.index)
    assert results.stack([result]).loss.shape == (1, 0)


def test_the_best_is_chosen_by_validation_accuracy_and_never_by_test(
    combined, inputs, image_set, tmp_path, monkeypatch
):
    """Candidates that call everything 0, and 1: validation images are all 1, test images all 0."""
    validation, test = image_set.validation, image_set.test
    poisoned = replace(
        image_set,
        validation=replace(validation, labels=np.full_like(validation.labels, 1)),
        test=replace(test, labels=np.full_like(test.labels, 0)),
    )
    sets.save(poisoned, tmp_path / "digits.npz")
    files = replace(inputs, targets={"digits": (tmp_path / "digits.npz", Selection())})
    jobs = plan_study(files, tmp_path / "parts", draws=1, **ENSEMBLE)
    for job in jobs[:-1]:
        job.result.parent.mkdir(parents=True)
        shutil.copy(combined[job.cell.model].network, job.network)
    always = {"cnn_s1": [0, 0, 1], "cnn_s5b": [1, 0, 0], "tominet": [0, 1, 0]}
    monkeypatch.setattr(
        Trainer, "predict", lambda self, images: np.array([always[self.model.name]] * len(images))
    )
    replicates.train(jobs[-1])
    result = replicates.load(jobs[-1].result)
    assert set(result.probability) == {0.0}, "0.5 would be of the candidate that says 0"
    assert result.validation_accuracy == 1


def test_an_ensemble_is_made_again_in_any_process(combined, plan, tmp_path):
    jobs = plan(draws=1, **ENSEMBLE)
    copied([*combined.values()], jobs)
    jobs[-1].result.unlink()
    replicates.run(jobs, 2, "ensemble")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(
        [*combined.values()], tmp_path / "b.npz"
    )


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


def test_a_dask_cluster_does_so_with_sources_of_its_own(own_reference, plan, tmp_path, cluster):
    jobs = plan(score_every=1, **OWN_SOURCES)
    replicates.run(jobs, 1, "cluster", cluster.scheduler_address)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


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
    longer = {"scratch": with_phase(epochs=30)["scratch"]}
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


def pages_mapped_for_an_array():
    """Pages that a megabyte takes from the system, where it is freed each time; as a mean."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(2**17)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 100


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's memory")
def test_a_clusters_workers_keep_freed_memory():
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        assert min(client.run(pages_mapped_for_an_array).values()) > 100, "Dask's own setting"
        with side_by_side(1, cluster.scheduler_address):
            assert max(client.run(pages_mapped_for_an_array).values()) < 10


# --- keep_network


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


def test_a_network_that_was_kept_for_other_jobs_is_not_trained_again(tmp_path, monkeypatch):
    monkeypatch.setattr(replicates, "train", lambda *_: pytest.fail("trained again"))
    kept = tmp_path / "draw_000.keras"
    kept.write_bytes(b"the network")
    replicates.keep_network(SimpleNamespace(network=kept), tmp_path / "shown.keras", 1)
    assert (tmp_path / "shown.keras").read_bytes() == b"the network"


def test_a_training_that_does_not_repeat_is_an_error(reference, plan, tmp_path):
    job = copied(reference, plan())[0]
    first = replicates.load(job.result)
    replicates.save(replace(first, probability=first.probability + np.float32(1e-6)), job.result)
    with pytest.raises(RuntimeError, match=r"scratch/6 draw 0: trained twice, .* has to repeat"):
        replicates.keep_network(job, tmp_path / "best.keras", 1)


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
    longer = {"scratch": with_phase(epochs=30)["scratch"]}
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
