"""Which replicates a study has, and what tells one from another."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import plan as module
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol.candidates import Candidate
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
    letters, fashion = inputs.sources.values()
    assert [job.source for job in jobs] == [None, letters, fashion]
    assert [job.source_network for job in jobs] == [None, letters, fashion]
    assert [job.variant for job in jobs] == [SCRATCH, FROZEN, FROZEN]


def test_a_source_network_may_be_of_another_model(plan, inputs):
    """As S4's: pretrained with one head, and transferred to another."""
    sources = {("cnn_s4", "letters"): inputs.sources["tominet", "letters"]}
    other = FROZEN.model_copy(update={"source_model": "cnn_s4", "sources": ["letters"]})
    jobs = plan(files=replace(inputs, sources=sources), draws=1, variants={"frozen": other})
    assert [job.source for job in jobs] == [inputs.sources["tominet", "letters"]]


def test_a_variant_may_have_its_own_momentum(plan):
    slow = SCRATCH.model_copy(update={"batch_norm_momentum": 0.99})
    jobs = plan(draws=1, variants={"fast": SCRATCH, "slow": slow})
    assert [job.training.batch_norm_momentum for job in jobs] == [0.9, 0.99]


def test_missing_inputs_are_named(plan, inputs, tmp_path):
    gone = {**inputs.targets, "digits": (tmp_path / "digits.npz", Selection())}
    with pytest.raises(InputError, match=r"digits\.npz: not found\. `dvc repro` makes it"):
        plan(files=replace(inputs, targets=gone))
    gone = {**inputs.sources, ("tominet", "fashion"): tmp_path / "fashion.keras"}
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


def test_anywhere_all_paths_are_whole(plan, inputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, (path, _) in inputs.targets.items():
        shutil.copy(path, f"{name}.npz")
    here = {name: (Path(f"{name}.npz"), chosen) for name, (_, chosen) in inputs.targets.items()}
    files = replace(inputs, targets=here)
    for other in (OWN_SOURCES, ENSEMBLE, {"shown": "digits/tominet/none/scratch/6"}):
        for job in plan(parts=Path("parts"), files=files, **other):
            moved = job.anywhere()
            jobs = [moved, *moved.comes_after]
            paths = [p for j in jobs for p in (j.target.path, j.result, j.network, j.source) if p]
            assert all(path.is_absolute() for path in paths)
            assert moved.fingerprint == job.fingerprint
            assert moved.result == tmp_path / job.result


# --- what a search found


FOUND = Candidate(dropout=0.3, learning_rate=0.05, width=0.25)
SEARCHED = SCRATCH.model_copy(update={"models": {"cnn_s5c": ["digits"]}})


@pytest.fixture
def searched(inputs):
    """Plan a variant as it is and one as a search found it, a draw of each."""

    def make(found):
        as_found = SEARCHED.model_copy(update={"searched": True})
        study = make_study(variants={"own": SEARCHED, "searched": as_found}, draws=1)
        return module.plan(study, SEED, replace(inputs, found=found))

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
    before, after = searched(FOUND), searched(replace(FOUND, **{name: value}))
    same = [a == b for a, b in zip(fingerprints(before), fingerprints(after), strict=True)]
    assert same == [True, False]


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
    other.write_bytes(inputs.sources["tominet", "letters"].read_bytes() + b" ")
    sources = {**inputs.sources, ("tominet", "letters"): other}
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


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A copy of the package's text that the fingerprint is made to read."""
    package = Path(module.__file__).parent.parent
    folder = Path(shutil.copytree(package, tmp_path / "code"))
    monkeypatch.setattr(module, "__file__", str(folder / "experiments" / "plan.py"))
    module._code_digest.cache_clear()
    yield folder
    module._code_digest.cache_clear()


@pytest.mark.parametrize(
    "name",
    ["learning/backend", "learning/forward", "learning/models", "learning/optimizers",
     "learning/residual", "learning/training", "images/sets", "seeds", "scores",
     "experiments/replicates", "experiments/variants"],
)  # fmt: skip
def test_a_fingerprint_changes_with_the_code_that_trains_and_scores(plan, code, name):
    before = fingerprints(plan())
    with (code / f"{name}.py").open("a") as text:
        text.write("# another line\n")
    module._code_digest.cache_clear()
    assert not set(before) & set(fingerprints(plan()))


def test_a_fingerprint_is_the_same_for_the_same_things_elsewhere(plan, inputs, tmp_path, code):
    """Neither folders nor the code around training count, nor what a cell is compared with,
    nor what the study is held against, nor the memory that a worker may take."""
    before = fingerprints(plan())
    sources = {
        key: Path(shutil.copy(path, tmp_path / f"other-{key[1]}.keras"))
        for key, path in inputs.sources.items()
    }
    target = Path(shutil.copy(inputs.targets["digits"][0], tmp_path / "other.npz"))
    (code / "tracking.py").write_text("# nothing\n")
    module._code_digest.cache_clear()
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
