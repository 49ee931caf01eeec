"""One replicate: what it draws, trains, scores and writes."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from glyph_transfer.experiments import replicate, results, training
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.experiments.run import run
from glyph_transfer.images import sets
from glyph_transfer.images.sets import Selection
from glyph_transfer.learning import models
from glyph_transfer.learning.training import Trainer
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.seeds import generator
from toy_results import cell_bytes
from toy_study import (
    ENSEMBLE,
    FROZEN,
    OWN_SOURCES,
    SCRATCH,
    SEED,
    TRAINING,
    make_study,
    plan_study,
)

# --- results


def test_a_result_is_what_the_network_gives(reference, image_set):
    for job in reference:
        result = results.load_result(job.result)
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
    source = models.get_weights(models.load(*inputs.sources["tominet", "letters"]))
    rng = generator(SEED, "training", "digits", 1)
    training.start(trainer, FROZEN, source, rng)
    history = training.train(trainer, FROZEN, TRAINING, image_set.train[index], rng)
    test, validation = (
        trainer.predict(split.images) for split in (image_set.test, image_set.validation)
    )
    result = results.load_result(job.result)
    np.testing.assert_array_equal(result.index, index)
    np.testing.assert_array_equal(result.loss, history.loss)
    np.testing.assert_array_equal(result.accuracy, history.accuracy)
    np.testing.assert_array_equal(result.predicted, test.argmax(1))
    np.testing.assert_array_equal(result.probability, test[np.arange(25), image_set.test.labels])
    truth = validation[np.arange(12), image_set.validation.labels]
    assert result.validation_loss == pytest.approx(-np.log(truth.astype(float)).mean())
    right = validation.argmax(1) == image_set.validation.labels
    assert result.validation_accuracy == right.mean()


def test_draws_are_paired_across_sources_and_variants(reference):
    index = np.array([results.load_result(job.result).index for job in reference])
    for rows in (index[0::2], index[1::2]):
        assert (rows == rows[0]).all()
    assert set(index[0]) != set(index[1])


def test_the_same_source_and_draw_make_the_same_result_and_others_do_not(reference):
    probabilities = {tuple(results.load_result(job.result).probability) for job in reference}
    assert len(probabilities) == 6


def test_the_memory_that_a_worker_may_take_decides_no_bit(own_reference, plan, tmp_path):
    jobs = plan(score_every=1, cache_mb=0, **OWN_SOURCES)
    run(jobs, 1, "no memory")
    assert cell_bytes(jobs, tmp_path / "a.npz") == cell_bytes(own_reference, tmp_path / "b.npz")


def test_classes_and_division_are_those_of_the_selection(plan, image_set):
    """Of the 35 images of L and F that are not for testing, 7 are held back."""
    chosen = Selection(("L", "F"), 0.2)
    (job,) = plan(selection=chosen, variants={"scratch": SCRATCH}, draws=1, n_train=["all"])
    run([job], 1, "two classes")
    result = results.load_result(job.result)
    target = sets.select("digits", image_set, chosen, SEED)
    assert len(result.index) == len(target.train) == 28
    assert sorted(result.index) == list(range(28)), "rows of the target's train split"
    assert len(result.predicted) == (image_set.test.labels != 2).sum()
    assert set(result.predicted) <= {0, 1}
    right = (result.probability > 0.5).mean()
    assert right == (result.predicted == target.test.labels).mean()


AS_FOUND = {"dropout": 0.3, "learning_rate": 0.002, "width": 0.0625}


def test_a_network_has_the_width_and_the_dropout_that_were_found(inputs, tmp_path):
    """And the networks beside it, which a worker keeps too, have their own."""
    own = SCRATCH.model_copy(update={"models": {"cnn_s5c": ["digits"]}})
    searched = own.model_copy(update={"searched": True})
    study = make_study(variants={"searched": searched, "own": own}, draws=1)
    files = replace(inputs, parts=tmp_path, found=Candidate(AS_FOUND))
    built = []
    for job in make_plan(study, SEED, files):
        replicate.train(job, tmp_path / "network.keras")
        network = models.load(tmp_path / "network.keras")
        built.append((network.get_layer("conv_1").filters, network.get_layer("dropout_3").rate))
    assert built == [(2, 0.3), (32, 0.5)]


def test_without_validation_images_there_is_no_score_on_them(plan):
    jobs = plan(selection=Selection(validation=0.0), variants={"scratch": SCRATCH}, draws=1)
    run(jobs, 1, "nothing held back")
    result = results.load_result(jobs[0].result)
    assert np.isnan([result.validation_loss, result.validation_accuracy]).all()
    stacked = results.stack([result])
    assert stacked.validation_loss.dtype == stacked.validation_accuracy.dtype == np.float64


def test_scores_on_test_images_are_kept_by_epoch_and_decide_nothing(plan, image_set, tmp_path):
    """The last of them is that of the result."""
    watched = plan(draws=1, score_every=2)
    unwatched = plan(draws=1, parts=tmp_path / "unwatched")
    for jobs in (watched, unwatched):
        run(jobs, 1, "scored")
    for one, other in zip(watched, unwatched, strict=True):
        scored, plain = results.load_result(one.result), results.load_result(other.result)
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
        replicate.train(replace(job, result=tmp_path / "again.npz"), tmp_path / "after.keras")
        after = models.get_weights(models.load(tmp_path / "after.keras"))
        for name in FROZEN.load:
            for array, expected in zip(after[name], source[name], strict=True):
                np.testing.assert_array_equal(array, expected, err_msg=name)
        assert not np.array_equal(after["dense"][0], source["dense"][0])
        again, first = results.load_result(tmp_path / "again.npz"), results.load_result(job.result)
        np.testing.assert_array_equal(again.probability, first.probability)


def test_a_source_jobs_network_is_that_of_its_result(own_reference, image_set):
    job = own_reference[0]
    probabilities = models.load(job.network).predict(image_set.test.images, verbose=0)
    picked = probabilities[np.arange(25), image_set.test.labels]
    np.testing.assert_allclose(picked, results.load_result(job.result).probability, atol=1e-5)


def test_draws_have_sources_of_their_own(own_reference):
    weights = [models.load(j.network).get_layer("conv_1").get_weights()[0]
               for j in own_reference if j.network]  # fmt: skip
    assert len({array.tobytes() for array in weights}) == 4


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
    result = results.load_result(combined["ensemble"].result)
    np.testing.assert_array_equal(result.predicted, test.argmax(1))
    np.testing.assert_array_equal(result.probability, test[np.arange(25), image_set.test.labels])
    assert result.validation_accuracy == (held_back.argmax(1) == validation.labels).mean()
    truth = held_back[np.arange(12), validation.labels].astype(float)
    assert result.validation_loss == pytest.approx(-np.log(truth).mean())


def test_an_ensemble_has_no_history_and_the_draw_of_its_members(combined):
    result = results.load_result(combined["ensemble"].result)
    for name in ("loss", "accuracy", "scored", "test_loss", "test_accuracy"):
        assert getattr(result, name).shape == (0,), name
    assert result.training_seconds == 0 < result.seconds
    member = results.load_result(combined["cnn_s1"].result)
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
    replicate.train(jobs[-1])
    result = results.load_result(jobs[-1].result)
    assert set(result.probability) == {0.0}, "0.5 would be of the candidate that says 0"
    assert result.validation_accuracy == 1
