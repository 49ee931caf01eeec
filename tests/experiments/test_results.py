"""Cells stacked draw by draw, in files that repeat byte for byte."""

import errno
import re
from types import SimpleNamespace

import numpy as np
import pytest

import damage
from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.experiments.results import Result
from glyph_transfer.protocol import Cell, Study

KEPT = {"features": "f4", "n_features": "i4", "source_probabilities": "f4", "labels": "u1"}
"""Types of what is kept of the labelled images where the study asks for it."""


def one(draw):
    """A result whose every number tells its draw."""
    return Result(
        fingerprint=f"f{draw}",
        source=f"s{draw}",
        index=np.arange(4, dtype=np.int32) + 10 * draw,
        predicted=np.full(3, draw, np.uint8),
        probability=np.array([0.5, 0.25, draw / 8], np.float32),
        loss=np.array([2, 1 + draw], np.float32),
        accuracy=np.array([0.5, draw / 8], np.float32),
        scored=np.array([1], np.int32),
        test_loss=np.array([0.5 + draw], np.float32),
        test_accuracy=np.array([draw / 2], np.float32),
        validation_loss=1.5 + draw,
        validation_accuracy=draw / 4,
        training_seconds=np.random.default_rng().random(),
        seconds=np.random.default_rng().random(),
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "cell.npz"
    results.save(results.stack(one(draw) for draw in (2, 0, 1)), path)
    return path


def test_draws_are_stacked_in_their_order(saved):
    found = results.load(saved)
    assert found.fingerprint.tolist() == ["f2", "f0", "f1"]
    assert found.source.tolist() == ["s2", "s0", "s1"]
    assert found.index.tolist() == [[20, 21, 22, 23], [0, 1, 2, 3], [10, 11, 12, 13]]
    assert found.predicted.tolist() == [[2] * 3, [0] * 3, [1] * 3]
    assert found.probability[:, 2].tolist() == [0.25, 0, 0.125]
    assert found.loss.tolist() == [[2, 3], [2, 1], [2, 2]]
    assert found.accuracy[:, 1].tolist() == [0.25, 0, 0.125]
    assert found.scored.tolist() == [[1]] * 3
    assert found.test_loss.tolist() == [[2.5], [0.5], [1.5]]
    assert found.test_accuracy.tolist() == [[1], [0], [0.5]]
    assert found.validation_loss.tolist() == [3.5, 1.5, 2.5]
    assert found.validation_accuracy.tolist() == [0.5, 0, 0.25]


def test_types_are_those_documented(saved):
    found = {name: array.dtype.str[1:] for name, array in vars(results.load(saved)).items()}
    assert found.pop("fingerprint").startswith("U")
    assert found.pop("source").startswith("U")
    assert {name: kind for name, kind in found.items() if name not in KEPT} == {
        "index": "i4",
        "predicted": "u1",
        "probability": "f4",
        "loss": "f4",
        "accuracy": "f4",
        "scored": "i4",
        "test_loss": "f4",
        "test_accuracy": "f4",
        "validation_loss": "f8",
        "validation_accuracy": "f8",
    }


def test_what_the_source_makes_of_the_labelled_images_comes_back_where_it_is_kept(saved, tmp_path):
    shapes = {"features": (4, 3), "n_features": (), "source_probabilities": (4, 2), "labels": (4,)}
    draws = [
        Result(**vars(one(n)) | {name: np.full(shapes[name], n, KEPT[name]) for name in KEPT})
        for n in (2, 5)
    ]
    results.save(results.stack(draws), tmp_path / "kept.npz")
    found, without = results.load(tmp_path / "kept.npz"), results.load(saved)
    for name, shape in shapes.items():
        stacked = getattr(found, name)
        assert (stacked.shape, stacked.dtype.str[1:]) == ((2, *shape), KEPT[name])
        assert [set(draw.flat) for draw in stacked] == [{2}, {5}]
        assert getattr(without, name).size == 0


def test_equal_results_are_equal_bytes(saved, tmp_path):
    """The seconds that the replicates took, which differ here, are no part of them."""
    again = tmp_path / "again.npz"
    results.save(results.stack(one(draw) for draw in (2, 0, 1)), again)
    assert again.read_bytes() == saved.read_bytes()


def test_a_full_disk_leaves_no_result(tmp_path, monkeypatch):
    def fill(path, **_):
        path.write_bytes(b"PK")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", fill)
    with pytest.raises(OSError, match="No space"):
        results.save_result(one(0), tmp_path / "draw_000.npz")
    assert list(tmp_path.iterdir()) == []


def test_draws_of_different_sizes_are_no_cell():
    other = Result(**vars(one(1)) | {"index": np.arange(5, dtype=np.int32)})
    with pytest.raises(ValueError, match="same shape"):
        results.stack([one(0), other])


def test_a_cell_has_its_own_file(tmp_path):
    cell = Cell("digits", "tominet", "letters", "head_then_finetune", 100)
    expected = tmp_path / "digits" / "tominet" / "letters" / "head_then_finetune" / "100.npz"
    assert results.cell_file(tmp_path, cell) == expected


def test_missing_results_are_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.npz: not found\. `dvc repro`"):
        results.load(tmp_path / "absent.npz")


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated_results_are_named(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"cell\.npz: not the readable results.*make repro"):
        results.load(saved)


@pytest.mark.parametrize("change", [{"seconds": 1.0}, {"index": None}], ids=["more", "fewer"])
def test_results_with_other_arrays_are_named(saved, change):
    arrays = vars(results.load(saved)) | change
    np.savez(saved, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(InputError, match=rf"cell\.npz: .*{next(iter(change))}"):
        results.load(saved)


# --- the images that were tested


@pytest.fixture
def tested(tmp_path):
    images = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    path = results.tested_file(tmp_path, "digits_7_9")
    results.save_tested(results.Tested(("7", "9"), images, np.array([1, 0], np.uint8)), path)
    return path


def test_tested_images_come_back_with_their_classes(tested, tmp_path):
    found = results.load_tested(tested)
    assert (found.classes, found.n_classes) == (("7", "9"), 2)
    assert (found.images.dtype, found.labels.dtype) == (np.uint8, np.uint8)
    assert found.images[1, 0, 0] == 28 * 28 % 256
    assert found.labels.tolist() == [1, 0]
    again = tmp_path / "again.npz"
    results.save_tested(found, again)
    assert again.read_bytes() == tested.read_bytes()


def test_missing_and_truncated_tested_images_are_named(tested):
    tested.write_bytes(tested.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"test\.npz: not the readable results"):
        results.load_tested(tested)
    tested.unlink()
    with pytest.raises(InputError, match=r"digits_7_9/test\.npz: not found"):
        results.load_tested(tested)


# --- results that are of the jobs asked for


class Asked:
    """What a job is known by here."""

    def __init__(self, fingerprint):
        self.cell = Cell("digits", "tominet", "none", "scratch", 4)
        self.fingerprint = fingerprint


def test_results_are_taken_where_they_are_of_these_very_jobs(tmp_path):
    jobs = [Asked("f0"), Asked("f1")]
    assert results.load_if_made_by(jobs, tmp_path) is None
    path = results.cell_file(tmp_path, jobs[0].cell)
    results.save(results.stack([one(0), one(1)]), path)
    assert results.load_if_made_by(jobs, tmp_path).fingerprint.tolist() == ["f0", "f1"]
    for others in (jobs[:1], jobs[::-1], [*jobs, Asked("f2")]):
        assert results.load_if_made_by(others, tmp_path) is None


def test_results_that_cannot_be_read_are_made_again(tmp_path):
    jobs = [Asked("f0"), Asked("f1")]
    path = results.cell_file(tmp_path, jobs[0].cell)
    results.save(results.stack([one(0), one(1)]), path)
    for content in damage.zips(path.read_bytes()):
        path.write_bytes(content)
        assert results.load_if_made_by(jobs, tmp_path) is None
        with pytest.raises(InputError, match=re.escape(str(path))):
            results.load(path)


@pytest.mark.parametrize("spoiled", ["result", "network"])
def test_a_part_that_cannot_be_read_is_not_finished(tmp_path, spoiled):
    """Whatever zipfile and NumPy make of it; it stood in the way of its study until removed."""
    job = SimpleNamespace(
        result=tmp_path / "part.npz", network=tmp_path / "part.keras", fingerprint="f0"
    )
    results.save_result(one(0), job.result)
    results.save_result(one(0), tmp_path / "network.npz")
    (tmp_path / "network.npz").rename(job.network)
    assert results.is_finished(job)
    path = getattr(job, spoiled)
    for content in damage.zips(path.read_bytes()):
        path.write_bytes(content)
        assert not results.is_finished(job)
    path.unlink()
    assert not results.is_finished(job)


# --- what is shown


CELL = Cell("digits", "tominet", "none", "scratch", 100)
OTHER = CELL._replace(source="letters")


def scored(validation=(0.5, 0.5), loss=(1.0, 1.0)):
    """Results of a cell that have nothing but validation scores."""
    nothing = dict.fromkeys(vars(results.stack([one(0)])), np.zeros(0))
    scores = {"validation_accuracy": np.array(validation), "validation_loss": np.array(loss)}
    return results.CellResults(**nothing | scores)


def study(shown=None):
    """What `shown_cell` asks a study."""
    return Study.model_construct(shown=shown, targets=["digits", "letters"])


def test_the_best_cell_is_best_on_validation_images():
    cells = {
        CELL: scored(validation=(0.7, 0.7)),
        OTHER: scored(validation=(0.6, 0.9)),
    }
    assert results.shown_cell(study(), cells) == OTHER


def test_of_equally_accurate_cells_the_smaller_loss_is_best():
    cells = {
        CELL: scored(loss=(2.0, 2.0)),
        OTHER: scored(loss=(1.0, 1.5)),
    }
    assert results.shown_cell(study(), cells) == OTHER


def test_the_cell_that_the_study_names_goes_before_the_best():
    """Also without validation images, where none is best."""
    cells = {CELL: scored(validation=(0.9, 0.9)), OTHER: scored()}
    assert results.shown_cell(study(str(OTHER)), cells) == OTHER
    unknown = {cell: scored(validation=(np.nan, np.nan)) for cell in cells}
    assert results.shown_cell(study(str(OTHER)), unknown) == OTHER


def test_an_ensemble_has_no_network_to_show():
    ensemble = CELL._replace(model="ensemble", variant="both")
    cells = {CELL: scored(), ensemble: scored(validation=(1.0, 1.0))}
    assert results.shown_cell(study(), cells) == CELL


def test_a_cell_of_another_target_is_not_the_best():
    """It is right on other images, perhaps of fewer classes."""
    elsewhere = CELL._replace(target="letters")
    cells = {elsewhere: scored(validation=(1.0, 1.0)), CELL: scored()}
    assert results.shown_cell(study(), cells) == CELL


def test_the_best_draw_has_the_highest_validation_accuracy_then_the_lowest_loss():
    accuracy, loss = (0.5, 0.75, 0.75, 0.75, 0.25), (0.1, 2.0, 1.0, 1.5, 0.1)
    assert results.best_draw(scored(accuracy, loss)) == 2


def test_without_validation_images_the_first_draw_is_taken():
    assert results.best_draw(scored((np.nan, np.nan), (np.nan, np.nan))) == 0
