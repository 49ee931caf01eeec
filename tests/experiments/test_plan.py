"""Which replicates a study has, and what tells one from another."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol.candidates import Candidate
from toy_study import (
    ENSEMBLE,
    FROZEN,
    OWN_SOURCES,
    SCRATCH,
    SEED,
    make_study,
)

# --- jobs


def test_a_plan_lists_every_draw_of_every_cell_in_order(plan, tmp_path):
    jobs = plan(n_train=[6, 9], draws=[2, 1])
    assert [str(job) for job in jobs] == [
        f"digits/tominet/{source}/{variant}/{n} draw {draw}"
        for variant, source in [("scratch", "none"), ("frozen", "letters"), ("frozen", "fashion")]
        for n, draw in ((6, 0), (6, 1), (9, 0))
    ]
    assert len({job.fingerprint for job in jobs}) == len({job.result for job in jobs}) == 9
    assert jobs[-2].result == (
        tmp_path / "parts" / "digits" / "tominet" / "fashion" / "frozen" / "6" / "draw_001.npz"
    )


def test_a_job_has_its_own_source_and_variant(plan, inputs):
    jobs = plan(draws=1)
    (letters,), (fashion,) = inputs.sources.values()
    assert [job.source for job in jobs] == [None, letters, fashion]
    assert [job.source_network for job in jobs] == [None, letters, fashion]
    assert [job.variant for job in jobs] == [SCRATCH, FROZEN, FROZEN]


def test_a_source_network_may_be_of_another_model(plan, inputs):
    """As S4's: pretrained with one head, and transferred to another."""
    sources = {("cnn_s4", "letters"): inputs.sources["tominet", "letters"]}
    other = FROZEN.model_copy(update={"source_model": "cnn_s4", "sources": ["letters"]})
    jobs = plan(files=replace(inputs, sources=sources), draws=1, variants={"frozen": other})
    assert [job.source for job in jobs] == inputs.sources["tominet", "letters"]


def test_draws_take_the_networks_of_a_source_in_turn(plan, inputs):
    (letters,), (fashion,) = inputs.sources.values()
    frozen = FROZEN.model_copy(update={"sources": ["letters"]})
    files = replace(inputs, sources={("tominet", "letters"): [letters, fashion]})
    jobs = plan(files=files, draws=3, variants={"frozen": frozen})
    assert [job.source for job in jobs] == [letters, fashion, letters]
    assert jobs[0].source_digest == jobs[2].source_digest != jobs[1].source_digest


def test_a_variant_may_have_its_own_momentum(plan):
    slow = SCRATCH.model_copy(update={"batch_norm_momentum": 0.99})
    jobs = plan(draws=1, variants={"fast": SCRATCH, "slow": slow})
    assert [job.training.batch_norm_momentum for job in jobs] == [0.9, 0.99]


def test_missing_inputs_are_named(plan, inputs, tmp_path):
    gone = {**inputs.targets, "digits": (tmp_path / "digits.npz", Selection())}
    with pytest.raises(InputError, match=r"digits\.npz: not found\. `dvc repro` makes it"):
        plan(files=replace(inputs, targets=gone))
    gone = {**inputs.sources, ("tominet", "fashion"): [tmp_path / "fashion.keras"]}
    with pytest.raises(InputError, match=r"fashion\.keras: not found\. `dvc repro` makes it"):
        plan(files=replace(inputs, sources=gone))


# --- jobs that rest on others


def test_a_source_of_the_study_is_the_job_of_the_same_draw(plan):
    jobs = {str(job): job for job in plan(**OWN_SOURCES)}
    for target, source in (("digits", "letters"), ("letters", "digits")):
        for draw in (0, 1):
            job = jobs[f"{target}/tominet/{source}/frozen/6 draw {draw}"]
            scratch = jobs[f"{source}/tominet/none/scratch/6 draw {draw}"]
            assert job.source_job == scratch
            assert job.comes_after == [scratch]
            assert job.source_network == scratch.network
            assert (job.source, job.source_digest) == (None, None)
            assert scratch.comes_after == []


def test_an_ensemble_has_the_members_of_its_draw_and_trains_nothing(plan):
    job = plan(**ENSEMBLE)[-1]
    assert str(job) == "digits/ensemble/none/both/6 draw 1"
    assert [str(other) for other in job.members] == ["digits/cnn_s1/none/scratch/6 draw 1"]
    assert [str(other) for other in job.best_of] == [
        "digits/cnn_s5b/none/scratch/6 draw 1",
        "digits/tominet/none/scratch/6 draw 1",
    ]
    assert job.comes_after == [*job.members, *job.best_of]
    assert (job.variant, job.training, job.source_network) == (None, None, None)


def kept(jobs):
    return [str(job) for job in jobs if job.network]


def test_networks_are_kept_where_others_need_them(plan):
    assert kept(plan()) == []
    assert kept(plan(**OWN_SOURCES)) == [
        f"{target}/tominet/none/scratch/6 draw {draw}"
        for target in ("digits", "letters")
        for draw in (0, 1)
    ]
    assert kept(plan(**ENSEMBLE)) == [
        f"digits/{model}/none/scratch/6 draw {draw}"
        for model in ("tominet", "cnn_s5b", "cnn_s1")
        for draw in (0, 1)
    ]


def test_a_source_that_nothing_starts_from_is_not_kept(plan):
    one_way = {"scratch": SCRATCH, "frozen": FROZEN.model_copy(update={"sources": ["letters"]})}
    jobs = plan(**OWN_SOURCES | {"variants": one_way})
    assert {job.cell.target for job in jobs if job.network} == {"letters"}


def test_of_the_cell_that_is_shown_the_first_network_is_kept(plan):
    assert kept(plan(shown="digits/tominet/letters/frozen/6")) == [
        "digits/tominet/letters/frozen/6 draw 0"
    ]


def test_a_networks_file_has_the_name_of_its_fingerprint(plan):
    """A worker knows it by its name, and may still have one of before."""
    jobs = [job for job in plan(**OWN_SOURCES) if job.network]
    longer = [job for job in plan(seed=6, **OWN_SOURCES) if job.network]
    for job, other in zip(jobs, longer, strict=True):
        assert job.network == job.result.with_name(
            f"draw_{job.draw:03}-{job.fingerprint[:12]}.keras"
        )
        assert job.network.parent == other.network.parent
        assert job.network.name != other.network.name


def test_all_paths_are_absolute_for_a_worker_in_another_folder(plan, inputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, (path, _) in inputs.targets.items():
        shutil.copy(path, f"{name}.npz")
    here = {name: (Path(f"{name}.npz"), chosen) for name, (_, chosen) in inputs.targets.items()}
    files = replace(inputs, targets=here)
    for other in (OWN_SOURCES, ENSEMBLE, {"shown": "digits/tominet/none/scratch/6"}):
        for job in plan(parts=Path("parts"), files=files, **other):
            moved = job.with_absolute_paths()
            jobs = [moved, *moved.comes_after]
            paths = [p for j in jobs for p in (j.target.path, j.result, j.network, j.source) if p]
            assert all(path.is_absolute() for path in paths)
            assert moved.fingerprint == job.fingerprint
            assert moved.result == tmp_path / job.result


# --- what a search found


FOUND = {"dropout": 0.3, "learning_rate": 0.05, "width": 0.25}
SEARCHED = SCRATCH.model_copy(update={"models": {"cnn_s5c": ["digits"]}})


@pytest.fixture
def searched(inputs):
    """Plan a variant as it is and one as a search found it, a draw of each."""

    def make(found):
        as_found = SEARCHED.model_copy(update={"searched": True})
        study = make_study(variants={"own": SEARCHED, "searched": as_found}, draws=1)
        return make_plan(study, SEED, replace(inputs, found=Candidate(found)))

    return make


def test_a_searched_variant_has_the_hyperparameters_that_were_found(searched):
    own, found = searched(FOUND)
    assert (own.variant, own.hyperparameters) == (SEARCHED, {})
    assert [phase.learning_rate for phase in found.variant.phases] == [0.05]
    assert found.hyperparameters == {"dropout": 0.3, "width": 0.25}


@pytest.mark.parametrize(
    ("name", "value"), [("dropout", 0.2), ("learning_rate", 0.04), ("width", 0.5)]
)
def test_its_fingerprint_changes_with_what_was_found_and_no_others_does(searched, name, value):
    before, after = searched(FOUND), searched(FOUND | {name: value})
    same = [one.fingerprint == other.fingerprint for one, other in zip(before, after, strict=True)]
    assert same == [True, False]
