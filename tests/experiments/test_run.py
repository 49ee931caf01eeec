"""Replicates side by side: resumed, in order, and through a worker's death."""

import multiprocessing
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import replicate, results
from glyph_transfer.experiments.run import keep_network, run
from glyph_transfer.learning import models
from toy_results import cell_bytes, copied, moments
from toy_study import (
    ENSEMBLE,
    OWN_SOURCES,
    with_phase,
)

# --- run


def test_finished_replicates_are_not_trained_again(reference, plan, monkeypatch):
    monkeypatch.setattr(replicate, "train", lambda job, *_: pytest.fail(f"{job} was finished"))
    jobs = copied(reference, plan())
    assert all(results.is_finished(job) for job in jobs)
    run(jobs, 1, "again")


def spoil_fingerprint(path):
    results.save_result(replace(results.load_result(path), fingerprint="stale"), path)


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
    run(jobs, 1, "again")
    same = [now == then for now, then in zip(moments(jobs), before, strict=True)]
    assert same == [True, True, True, False, True, True]
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_a_result_truncated_anywhere_is_not_finished(reference, plan):
    job = copied(reference, plan())[0]
    content = job.result.read_bytes()
    for length in range(0, len(content), 37):
        job.result.write_bytes(content[:length])
        assert not results.is_finished(job)


def test_a_result_is_not_decided_by_what_the_worker_trained_before(reference, plan, tmp_path):
    """In the opposite order, with another study between."""
    run(plan(parts=tmp_path / "between", n_train=[9], draws=1), 1, "between")
    jobs = plan()
    run(jobs[::-1], 1, "backwards")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


def test_two_workers_give_the_bytes_of_one(reference, plan, tmp_path):
    jobs = plan()
    run(jobs, 2, "two workers")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(reference, tmp_path / "b.npz")


@pytest.mark.parametrize("order", [1, -1], ids=["as planned", "backwards"])
def test_sources_are_trained_first_whatever_the_order(own_reference, plan, tmp_path, order):
    jobs = plan(score_every=1, **OWN_SOURCES)
    run(jobs[::order], 1, "own sources")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_two_workers_give_the_bytes_of_one_with_sources_of_its_own(own_reference, plan, tmp_path):
    jobs = plan(score_every=1, **OWN_SOURCES)
    run(jobs, 2, "own sources")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")
    for job, done in zip(jobs, own_reference, strict=True):
        assert not job.network or job.network.read_bytes() == done.network.read_bytes()


def test_a_source_whose_network_is_gone_is_trained_again(own_reference, plan, tmp_path):
    """To the same bits; what started from it stays."""
    jobs = copied(own_reference, plan(score_every=1, **OWN_SOURCES))
    assert all(results.is_finished(job) for job in jobs)
    jobs[1].network.unlink()
    assert [results.is_finished(job) for job in jobs] == [True, False] + [True] * 6
    before = moments(jobs)
    run(jobs, 1, "again")
    assert [a == b for a, b in zip(moments(jobs), before, strict=True)] == [True, False] + [
        True
    ] * 6
    assert jobs[1].network.read_bytes() == own_reference[1].network.read_bytes()
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_jobs_have_their_sources_trained_though_nobody_asked(own_reference, plan, tmp_path):
    """As a comparison does that takes the sources' results from the study."""
    jobs = plan(score_every=1, **OWN_SOURCES)
    asked = [job for job in jobs if job.source_job]
    run(asked, 1, "what starts from others")
    assert all(results.is_finished(job) for job in jobs)
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_what_is_stopped_goes_on_with_what_is_left(
    own_reference, plan, tmp_path, monkeypatch, stop_after
):
    """Among the sources, before the last of them, and after them."""
    jobs = plan(score_every=1, **OWN_SOURCES)
    trained, train = [], replicate.train

    def stopping(job, *network):
        if len(trained) == stop_after:
            raise KeyboardInterrupt
        train(job, *network)
        trained.append(str(job))

    with monkeypatch.context() as patch:
        patch.setattr(replicate, "train", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(jobs, 1, "stopped")
    before = moments(jobs)
    assert sum(moment is not None for moment in before) == stop_after
    run(jobs, 1, "again")
    kept = [now == then for now, then in zip(moments(jobs), before, strict=True) if then]
    assert kept == [True] * stop_after
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_an_ensemble_is_made_again_in_any_process(combined, plan, tmp_path):
    jobs = plan(draws=1, **ENSEMBLE)
    copied([*combined.values()], jobs)
    jobs[-1].result.unlink()
    run(jobs, 2, "ensemble")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(
        [*combined.values()], tmp_path / "b.npz"
    )


# --- keep_network


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kept_network_is_that_of_the_result(reference, plan, image_set, tmp_path, workers):
    job = copied(reference, plan())[2]
    keep_network(job, tmp_path / "best.keras", workers)
    probabilities = models.load(tmp_path / "best.keras").predict(image_set.test.images, verbose=0)
    result = results.load_result(reference[2].result)
    np.testing.assert_array_equal(probabilities.argmax(1), result.predicted)
    picked = probabilities[np.arange(25), image_set.test.labels]
    np.testing.assert_allclose(picked, result.probability, atol=1e-5)


def test_a_kept_network_is_the_same_file_from_every_process(reference, plan, tmp_path):
    job = copied(reference, plan())[0]
    for workers in (1, 2):
        keep_network(job, tmp_path / f"{workers}.keras", workers)
    assert (tmp_path / "1.keras").read_bytes() == (tmp_path / "2.keras").read_bytes()


def test_a_network_that_was_kept_for_other_jobs_is_not_trained_again(tmp_path, monkeypatch):
    monkeypatch.setattr(replicate, "train", lambda *_: pytest.fail("trained again"))
    kept = tmp_path / "draw_000.keras"
    kept.write_bytes(b"the network")
    keep_network(SimpleNamespace(network=kept), tmp_path / "shown.keras", 1)
    assert (tmp_path / "shown.keras").read_bytes() == b"the network"


def test_a_training_that_does_not_repeat_is_an_error(reference, plan, tmp_path):
    job = copied(reference, plan())[0]
    first = results.load_result(job.result)
    results.save_result(
        replace(first, probability=first.probability + np.float32(1e-6)), job.result
    )
    with pytest.raises(RuntimeError, match=r"scratch/6 draw 0: trained twice, .* has to repeat"):
        keep_network(job, tmp_path / "best.keras", 1)


# --- errors and deaths of workers


def test_a_mistake_found_by_another_process_is_the_same_error(plan, tmp_path):
    with pytest.raises(InputError, match=r"n_train is 41, .* training images, 40"):
        run(plan(n_train=[6, 41]), 2, "mistaken")
    assert not (tmp_path / "parts").exists()


def kill_a_worker_after(jobs, n_finished):
    """Wait for results, then kill one of the processes."""
    while sum(job.result.exists() for job in jobs) < n_finished:
        time.sleep(0.005)
    multiprocessing.active_children()[0].kill()


def test_a_killed_worker_loses_no_replicate(plan, tmp_path):
    longer = {"scratch": with_phase(epochs=30)["scratch"]}
    jobs = plan(draws=12, variants=longer)
    killer = threading.Thread(target=kill_a_worker_after, args=(jobs, 3), daemon=True)
    killer.start()
    run(jobs, 2, "killed")
    assert not killer.is_alive()
    undisturbed = plan(parts=tmp_path / "undisturbed", draws=12, variants=longer)
    run(undisturbed, 1, "undisturbed")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(undisturbed, tmp_path / "b.npz")
