"""What tells one replicate from another: all that decides what it gives, and nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.experiments import plan as module
from glyph_transfer.experiments import replicate
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol import Question
from glyph_transfer.protocol.candidates import Candidate
from toy_results import cell_bytes, copied
from toy_study import (
    ENSEMBLE,
    FROZEN,
    OWN_SOURCES,
    SCRATCH,
    SEED,
    TRAINING,
    make_study,
    with_phase,
)

FROZEN_CELL = "digits/tominet/letters/frozen/6"

# --- fingerprints


def fingerprints(jobs):
    return [job.fingerprint for job in jobs]


def reestimated():
    return {
        name: variant.model_copy(update={"reestimate_batch_norm": True})
        for name, variant in {"scratch": SCRATCH, "frozen": FROZEN}.items()
    }


CHANGES = {
    "seed": {"seed": 6},
    "n_train": {"n_train": [7]},
    "all": {"n_train": ["all"]},
    "sampling": {"sampling": "stratified"},
    "score_every": {"score_every": 1},
    "classes": {"selection": Selection(classes=("F", "L"))},
    "all classes": {"selection": Selection(classes=("F", "L", "q"))},
    "order of classes": {"selection": Selection(classes=("L", "F", "q"))},
    "validation": {"selection": Selection(validation=0.2)},
    "no validation": {"selection": Selection(validation=0.0)},
    "most images": {"selection": Selection(most=30)},
    "optimizer": {"training": TRAINING.model_copy(update={"optimizer": "momentum"})},
    "batch_size": {"training": TRAINING.model_copy(update={"batch_size": 5})},
    "momentum": {"training": TRAINING.model_copy(update={"batch_norm_momentum": 0.8})},
    "epochs": {"variants": with_phase(epochs=3)},
    "learning_rate": {"variants": with_phase(learning_rate=0.02)},
    "most_steps": {"variants": with_phase(most_steps=4)},
    "train": {"variants": with_phase(train=["conv_2", "dense"])},
    "reestimate": {"variants": reestimated()},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_fingerprint_changes_with_everything_that_decides(plan, change):
    assert not set(fingerprints(plan())) & set(fingerprints(plan(**CHANGES[change])))


def test_changes_differ_from_each_other(plan):
    found = [fingerprint for how in CHANGES.values() for fingerprint in fingerprints(plan(**how))]
    assert len(set(found)) == len(found)


def same(before, after):
    return [a == b for a, b in zip(fingerprints(before), fingerprints(after), strict=True)]


def test_a_fingerprint_changes_with_what_is_loaded(plan):
    fewer = FROZEN.model_copy(update={"load": ["conv_1", "bn_1"]})
    after = plan(variants={"scratch": SCRATCH, "frozen": fewer})
    assert same(plan(), after) == [True, True, False, False, False, False]


def test_a_fingerprint_changes_with_the_bytes_of_its_own_source(plan, inputs, tmp_path):
    other = tmp_path / "tominet-letters.keras"
    other.write_bytes(inputs.sources["tominet", "letters"][0].read_bytes() + b" ")
    sources = {**inputs.sources, ("tominet", "letters"): [other]}
    after = plan(files=replace(inputs, sources=sources))
    assert same(plan(), after) == [True, True, False, False, True, True]


def test_a_fingerprint_changes_with_the_bytes_of_its_own_target(plan, inputs, tmp_path):
    other = tmp_path / "digits.npz"
    other.write_bytes(inputs.targets["digits"][0].read_bytes() + b" ")
    files = replace(inputs, targets={**inputs.targets, "digits": (other, Selection())})
    assert not set(fingerprints(plan())) & set(fingerprints(plan(files=files)))
    two = {"targets": ["digits", "letters"], "variants": {"scratch": SCRATCH}}
    assert same(plan(**two), plan(files=files, **two)) == [False, False, True, True]


def test_a_fingerprint_changes_with_that_of_the_source_that_the_study_trains(plan):
    """Only letters are trained for longer, and only what starts from them is another."""
    brief, long = (
        SCRATCH.model_copy(update={"models": {"tominet": [target]}})
        for target in ("digits", "letters")
    )
    longer = long.model_copy(update={"phases": [long.phases[0].model_copy(update={"epochs": 3})]})
    frozen = FROZEN.model_copy(update={"sources": ["letters"]})
    jobs = [
        plan(
            targets=["digits"], sources_from="letters", draws=1,
            variants={"digits": brief, "letters": source, "frozen": frozen},
        )
        for source in (long, longer)
    ]  # fmt: skip
    assert same(*jobs) == [True, False, False]


def test_an_ensembles_fingerprint_changes_with_its_members(plan):
    """Also where one is a member and no longer the best of several."""
    first = plan(**ENSEMBLE)
    ensemble = ENSEMBLE["ensembles"]["both"]
    for change in (
        {"members": ["cnn_s1", "cnn_s5b"], "best_of": ["tominet"]},
        {"members": ["cnn_s5b"], "best_of": ["cnn_s1", "tominet"]},
        {"best_of": ["tominet"]},
    ):
        after = plan(**ENSEMBLE | {"ensembles": {"both": ensemble | change}})
        assert same(first, after) == [True] * 6 + [False] * 2
    longer = {"training": TRAINING.model_copy(update={"batch_size": 5})}
    assert not any(same(first, plan(**ENSEMBLE | longer)))


def test_a_fingerprint_is_the_same_for_the_same_things_elsewhere(plan, inputs, tmp_path):
    """Folders do not count, nor what a cell is compared with, nor what the study is held
    against, nor the memory that a worker may take."""
    before = fingerprints(plan())
    sources = {
        key: [Path(shutil.copy(path, tmp_path / f"other-{key[1]}.keras"))]
        for key, (path,) in inputs.sources.items()
    }
    target = Path(shutil.copy(inputs.targets["digits"][0], tmp_path / "other.npz"))
    compared = FROZEN.model_copy(update={"baseline": "scratch"})
    cells = {"cell": "digits/tominet/none/scratch/6", "than": "digits/tominet/letters/frozen/6"}
    after = plan(
        parts=tmp_path / "other",
        files=replace(inputs, targets={"digits": (target, Selection())}, sources=sources),
        variants={"scratch": SCRATCH, "frozen": compared},
        cache_mb=1,
        question="Why?",
        claims={"lower": cells | {"text": "It is lower.", "expects": "lower"}},
        published=[{"cell": cells["cell"], "value": 0.5}],
        shown=cells["than"],
    )
    assert fingerprints(after) == before


def test_more_draws_sizes_and_sources_leave_the_first_ones(plan):
    fewer = fingerprints(plan())
    assert set(fewer) < set(fingerprints(plan(draws=3)))
    assert set(fewer) < set(fingerprints(plan(n_train=[9, 6])))
    letters = FROZEN.model_copy(update={"sources": ["letters"]})
    assert set(fewer) > set(fingerprints(plan(variants={"scratch": SCRATCH, "frozen": letters})))


# --- what is left out, and what stands in another form


LEFT_OUT = {
    "sources": {"sources": ["letters"]},
    "models": {"models": {"tominet": ["digits"]}},
    "baseline": {"baseline": "scratch"},
    "searched": {"searched": True},
    "n_train": {"n_train": [6]},
    "recipe": {"recipe": "frozen"},
}
OF_STUDIES = {
    "question": {"question": "Why?"},
    "answers": {"answers": "source"},
    "published": {"published": [{"cell": FROZEN_CELL, "value": 0.5}]},
    "claims": {"claims": {"better": {"cell": FROZEN_CELL, "than": FROZEN_CELL, "text": "It is.",
                                     "expects": "lower"}}},
    "author": {"author": "Fine-tuned all layers."},
    "note": {"note": "Silent."},
    "words": {"words": {"frozen": "a frozen network"}},
    "shown": {"shown": FROZEN_CELL},
}  # fmt: skip


def test_every_field_that_a_fingerprint_lacks_is_tried_here():
    assert {*LEFT_OUT} == module.OF_CELLS_ALONE
    assert {*OF_STUDIES} == {*Question.model_fields} | module.SHOWN
    assert {*ELSEWHERE} == module.IN_OTHER_FORM


def outcome(study, files, folder):
    """Fingerprint of a replicate that is transferred, and the bytes of what it gives."""
    jobs = module.plan(study, SEED, replace(files, parts=folder))
    job = next(job for job in jobs if str(job.cell) == FROZEN_CELL)
    replicate.train(job)
    return job.fingerprint, cell_bytes([job], folder / "cell.npz")


@pytest.fixture(scope="module")
def expected(inputs, tmp_path_factory):
    return outcome(make_study(), inputs, tmp_path_factory.mktemp("expected"))


@pytest.mark.parametrize("name", LEFT_OUT)
def test_fields_of_a_variant_that_are_left_out_change_nothing(inputs, tmp_path, expected, name):
    """That it is searched neither, where the search has found what it has anyway."""
    other = {"scratch": SCRATCH, "frozen": FROZEN.model_copy(update=LEFT_OUT[name])}
    files = replace(inputs, found=Candidate({"learning_rate": FROZEN.phases[0].learning_rate}))
    assert outcome(make_study(variants=other), files, tmp_path) == expected


@pytest.mark.parametrize("name", OF_STUDIES)
def test_fields_of_a_study_that_are_left_out_change_nothing(inputs, tmp_path, expected, name):
    assert outcome(make_study(**OF_STUDIES[name]), inputs, tmp_path) == expected


def test_what_an_ensemble_is_compared_with_changes_nothing(plan, combined, tmp_path):
    ensemble = ENSEMBLE["ensembles"]["both"] | {"baseline": "cnn_s1"}
    jobs = plan(draws=1, **ENSEMBLE | {"ensembles": {"both": ensemble}})
    assert fingerprints(jobs) == fingerprints(combined.values())
    done = copied([*combined.values()], jobs)[-1]
    done.result.unlink()
    replicate.train(done)
    assert cell_bytes([done], tmp_path / "a.npz") == cell_bytes(
        [combined["ensemble"]], tmp_path / "b.npz"
    )


ELSEWHERE = {
    "targets": {"targets": ["letters"], "variants": {"scratch": SCRATCH}},
    "model": {"model": "cnn_s1", "variants": {"scratch": SCRATCH}},
    "n_train": CHANGES["n_train"],
    "draws": {"draws": 3},
    "validation": CHANGES["validation"],
    "images": CHANGES["most images"],
    "sources_from": {"targets": ["digits", "letters"], "sources_from": "scratch",
                     "variants": OWN_SOURCES["variants"]},
    "training": CHANGES["optimizer"],
    "variants": CHANGES["epochs"],
    "ensembles": ENSEMBLE,
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_fields_that_a_fingerprint_has_in_other_form_count(plan, name):
    assert {*fingerprints(plan(**ELSEWHERE[name]))} - {*fingerprints(plan())}
