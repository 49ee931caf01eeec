"""Cells in their order, what they rest on and are held against, and mistakes that are refused."""

import copy
from pathlib import Path

import pytest

from glyph_transfer.protocol import Cell, Claim, Ensemble, Published, Study, Variant, params
from glyph_transfer.protocol.by_corpus import CORPORA

SHIPPED = Path(__file__).parents[2] / "params.yaml"

PHASE = {"train": "all", "epochs": 20, "learning_rate": 0.01}
SCRATCH = {"sources": ["none"], "load": [], "phases": [PHASE]}
TUNED = {
    "sources": ["letters", "digits"],
    "baseline": "scratch",
    "load": ["conv_1"],
    "phases": [{"train": ["dense"], "epochs": 3, "learning_rate": 0.01}, PHASE],
}
STUDY = {
    "question": "Which?",
    "targets": ["digits", "letters"],
    "model": "tominet",
    "n_train": [10, 20],
    "draws": 3,
    "sampling": "random",
    "training": {"optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.9},
    "variants": {"scratch": SCRATCH, "tuned": TUNED},
}
SCRATCH_10 = "digits/tominet/none/scratch/10"
SCRATCH_20 = "digits/tominet/none/scratch/20"
TUNED_10 = "digits/tominet/letters/tuned/10"
LOWER = {"text": "Fewer are worse.", "cell": SCRATCH_10, "than": SCRATCH_20, "expects": "lower"}
ENSEMBLES = {
    "both": {
        "target": "digits",
        "variant": "scratch",
        "members": ["cnn_s1"],
        "best_of": ["cnn_s3", "tominet"],
        "baseline": "tominet",
    }
}
SEVERAL_MODELS = SCRATCH | {
    "models": {"tominet": ["digits", "letters"], "cnn_s1": ["digits"], "cnn_s3": ["digits"]}
}


def study(**other):
    return Study.model_validate(copy.deepcopy(STUDY | other))


def with_ensemble(**other):
    return study(variants={"scratch": SEVERAL_MODELS}, ensembles=ENSEMBLES, **other)


def names(cells):
    return [str(cell) for cell in cells]


# --- cells


def test_cells_come_by_variant_target_source_and_size():
    assert names(study().cells) == [
        "digits/tominet/none/scratch/10",
        "digits/tominet/none/scratch/20",
        "letters/tominet/none/scratch/10",
        "letters/tominet/none/scratch/20",
        "digits/tominet/letters/tuned/10",
        "digits/tominet/letters/tuned/20",
        "letters/tominet/digits/tuned/10",
        "letters/tominet/digits/tuned/20",
    ]


def test_a_set_is_no_source_for_itself_but_its_variant_stays():
    fashion = TUNED | {"sources": ["digits", "fashion"]}
    cells = study(variants={"scratch": SCRATCH, "tuned": fashion}, n_train=[10]).cells
    pairs = [(cell.target, cell.source) for cell in cells if cell.variant == "tuned"]
    assert pairs == [("digits", "fashion"), ("letters", "digits"), ("letters", "fashion")]


def test_a_variant_trains_its_own_models_on_their_own_targets():
    cells = study(variants={"scratch": SEVERAL_MODELS}, n_train=["all"]).cells
    assert names(cells) == [
        "digits/tominet/none/scratch/all",
        "letters/tominet/none/scratch/all",
        "digits/cnn_s1/none/scratch/all",
        "digits/cnn_s3/none/scratch/all",
    ]


def test_ensembles_come_last_one_for_each_size():
    cells = with_ensemble().cells
    assert names(cells[-2:]) == ["digits/ensemble/none/both/10", "digits/ensemble/none/both/20"]
    assert "ensemble" not in {cell.model for cell in cells[:-2]}


def test_a_cell_that_would_be_there_twice_is_refused():
    with pytest.raises(ValueError, match=f"the cell '{SCRATCH_10}' is there more than once"):
        study(n_train=[10, 20, 10])


def test_draws_are_by_size():
    chosen = study(draws=[7, 4])
    assert [chosen.draws_of(cell) for cell in chosen.cells] == [7, 4] * 4
    assert {study().draws_of(cell) for cell in study().cells} == {3}


# --- what a cell rests on


def test_the_baseline_is_on_the_same_target_at_the_same_size():
    chosen = study()
    baselines = {str(cell): chosen.baseline_of(cell) for cell in chosen.cells}
    assert str(baselines["digits/tominet/letters/tuned/20"]) == SCRATCH_20
    assert str(baselines["letters/tominet/digits/tuned/10"]) == "letters/tominet/none/scratch/10"
    assert baselines[SCRATCH_10] is None


def test_a_baseline_may_be_of_another_model():
    """S4's two heads: each network is trained by one variant only."""
    variants = {
        "scratch": SCRATCH | {"models": {"cnn_s4_scratch": ["digits"]}},
        "tuned": TUNED | {"models": {"cnn_s4_transfer": ["digits"]}, "source_model": "cnn_s4"},
    }
    chosen = study(variants=variants)
    tuned = Cell("digits", "cnn_s4_transfer", "letters", "tuned", 10)
    assert chosen.baseline_of(tuned) == Cell("digits", "cnn_s4_scratch", "none", "scratch", 10)
    assert chosen.source_model(tuned) == "cnn_s4"
    assert chosen.pretrained == [("cnn_s4", "letters")]
    assert chosen.source_cell(tuned) is None


def test_of_a_baseline_with_several_models_the_cells_own_counts():
    """S5's (c) as searched is held against (c), whatever else is trained from scratch."""
    tuned = TUNED | {"models": {"cnn_s1": ["digits"], "cnn_s3": ["digits"]}}
    chosen = study(variants={"scratch": SEVERAL_MODELS, "tuned": tuned}, n_train=[10])
    compared = {
        cell.model: str(chosen.baseline_of(cell))
        for cell in chosen.cells
        if cell.variant == "tuned"
    }
    assert compared == {
        "cnn_s1": "digits/cnn_s1/none/scratch/10",
        "cnn_s3": "digits/cnn_s3/none/scratch/10",
    }


def test_values_of_phases_go_to_all_phases_and_change_nothing_else():
    tuned = study().variants["tuned"]
    faster = tuned.with_phases({"learning_rate": 0.5})
    assert [phase.learning_rate for phase in faster.phases] == [0.5, 0.5]
    assert [phase.train for phase in faster.phases] == [["dense"], "all"]
    assert faster.model_copy(update={"phases": tuned.phases}) == tuned


def test_pretrained_sources_are_those_that_a_cell_starts_from():
    """`digits` is a source of the variant, but of no cell that learns letters alone."""
    assert study().pretrained == [("tominet", "letters"), ("tominet", "digits")]
    assert study(targets=["digits"]).pretrained == [("tominet", "letters")]
    assert study(targets=["digits"]).sources == ["none", "letters", "digits"]


def test_sources_may_be_the_studys_own_networks():
    chosen = study(sources_from="scratch", n_train=["all"])
    sources = {str(cell): chosen.source_cell(cell) for cell in chosen.cells}
    scratch = Cell("letters", "tominet", "none", "scratch", "all")
    assert sources["digits/tominet/letters/tuned/all"] == scratch
    assert sources["digits/tominet/none/scratch/all"] is None
    assert chosen.pretrained == []


def test_an_ensemble_has_members_candidates_and_a_baseline_of_its_size():
    chosen = with_ensemble()
    ensemble = chosen.cells[-1]
    members, best_of = chosen.members_of(ensemble)
    assert names(members) == ["digits/cnn_s1/none/scratch/20"]
    assert names(best_of) == ["digits/cnn_s3/none/scratch/20", "digits/tominet/none/scratch/20"]
    assert str(chosen.baseline_of(ensemble)) == SCRATCH_20


def test_a_variants_training_goes_before_its_studys():
    tuned = TUNED | {"batch_size": 7, "batch_norm_momentum": 0.0}
    chosen = study(variants={"scratch": SCRATCH, "tuned": tuned})
    trainings = {cell.variant: chosen.training_of(cell) for cell in chosen.cells}
    assert trainings["scratch"] == chosen.training
    own = trainings["tuned"]
    assert (own.batch_size, own.batch_norm_momentum, own.optimizer) == (7, 0.0, "adam")


# --- some of its sources


def test_in_place_of_a_shown_cell_that_is_gone_comes_the_most_similar():
    """Without validation images nothing else could choose one."""
    chosen = study(shown="letters/tominet/digits/tuned/20", validation=0.0)
    assert study().restricted_to(["none"]).shown is None
    left = chosen.restricted_to(["none", "letters"])
    assert left.shown == "letters/tominet/none/scratch/20"


def test_restriction_to_sources_drops_the_cells_of_the_others():
    chosen = study(published=[{"cell": TUNED_10, "value": 0.6}], claims={"sizes": LOWER})
    assert {cell.source for cell in chosen.restricted_to(["none", "digits"]).cells} == {
        "none",
        "digits",
    }
    left = chosen.restricted_to(["none"])
    assert (left.sources, [*left.variants]) == (["none"], ["scratch"])
    assert (left.published, [*left.claims]) == ([], ["sizes"])


def test_restriction_to_sources_keeps_baselines_that_are_left():
    """Also where a baseline has a source of its own."""
    chosen = study()
    left = chosen.restricted_to(["none", "digits"])
    compared = {cell: left.baseline_of(cell) for cell in left.cells}
    assert compared == {cell: chosen.baseline_of(cell) for cell in left.cells}
    assert {str(cell.variant) for cell in compared.values() if cell} == {"scratch"}
    assert left.variants["tuned"].baseline == "scratch"


def test_a_variant_whose_baseline_is_gone_has_none():
    variants = {
        "scratch": SCRATCH,
        "one": TUNED | {"sources": ["fashion"]},
        "two": TUNED | {"sources": ["letters"], "baseline": "one"},
    }
    left = study(variants=variants, targets=["digits"]).restricted_to(["none", "letters"])
    assert [*left.variants] == ["scratch", "two"]
    assert {left.baseline_of(cell) for cell in left.cells} == {None}


# --- what is refused


def changed(name, **other):
    return {"variants": {"scratch": SCRATCH, "tuned": TUNED, name: STUDY["variants"][name] | other}}


MISTAKES = {
    "baseline": (
        changed("tuned", baseline="scrap"),
        r"a baseline is 'scrap', but the variants are \['scratch', 'tuned'\]",
    ),
    "baseline of two sources": (
        changed("scratch", sources=["letters", "fashion"]),
        "'scratch' is a baseline: it has to have one source",
    ),
    "baseline of two other models": (
        changed("scratch", models={"cnn_s1": ["digits", "letters"], "cnn_s3": ["digits"]}),
        f"'{TUNED_10}' has the baseline 'scratch', which has several models and not .* 'digits'",
    ),
    "baseline of the model on another target": (
        changed("scratch", models={"tominet": ["letters"], "cnn_s3": ["digits"]}),
        r"not the cell's on 'digits': .* \{'tominet': \['letters'\], 'cnn_s3': \['digits'\]\}",
    ),
    "baseline on other targets": (
        changed("scratch", models={"tominet": ["letters"]}),
        f"the cell '{TUNED_10}' needs '{SCRATCH_10}', which the study lacks",
    ),
    "sources_from": (
        {"sources_from": "scrap", "n_train": [10]},
        "'sources_from' or an ensemble is 'scrap', but the variants are",
    ),
    "sources_from not from scratch": (
        {"sources_from": "tuned", "n_train": [10]},
        "'tuned' gives networks: it has to be from scratch",
    ),
    "sources_from without the source": (
        {"sources_from": "scratch", "n_train": [10], "targets": ["digits"]}
        | changed("tuned", sources=["letters"]),
        f"the cell '{TUNED_10}' needs 'letters/tominet/none/scratch/10', which",
    ),
    "sources_from at two sizes": (
        {"sources_from": "scratch"},
        r"has to have one 'n_train', found \[10, 20\]",
    ),
    "draws": ({"draws": [3]}, r"'draws' are \[3\], but 'n_train' is \[10, 20\]"),
    "published cell": (
        {"published": [{"cell": "digits/tominet/none/scratch/30", "value": 0.5}]},
        f"'published' names the cell 'digits/tominet/none/scratch/30', but .*'{SCRATCH_10}'",
    ),
    "cell of a speedup": (
        {"published": [{"cell": TUNED_10, "score": "speedup", "than": "x", "value": 2.0}]},
        "'published' names the cell 'x'",
    ),
    "published claim": (
        {"published": [{"cell": TUNED_10, "value": 0.5, "claim": "b"}], "claims": {"a": LOWER}},
        r"'published' names the claim 'b', but the claims are \['a'\]",
    ),
    "claimed cell": (
        {"claims": {"a": LOWER | {"than": "digits/tominet/none/scratch/30"}}},
        "'claims' names the cell 'digits/tominet/none/scratch/30', but",
    ),
    "first epoch that is not scored": (
        {
            "published": [{"cell": TUNED_10, "score": "first_epoch_accuracy", "value": 0.5}],
            "score_every": 2,
        },
        f"'first_epoch_accuracy' of '{TUNED_10}', .* 'score_every' has to be 1",
    ),
    "shown cell": ({"shown": "x"}, "'shown' names the cell 'x', but the cells are"),
    "nothing shown": ({"validation": 0.0}, "no validation images are held back, .* 'shown'"),
    "validation": ({"validation": 1.0}, "less than 1"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_is_refused(mistake):
    other, message = MISTAKES[mistake]
    with pytest.raises(ValueError, match=message):
        study(**other)


@pytest.mark.parametrize(
    ("ensemble", "message"),
    [
        (
            {"members": ["cnn_s5a"]},
            r"needs 'digits/cnn_s5a/none/scratch/10', which the study lacks",
        ),
        (
            {"best_of": ["cnn_s5a"]},
            r"needs 'digits/cnn_s5a/none/scratch/10', which the study lacks",
        ),
        ({"baseline": "cnn_s5a"}, "needs 'digits/cnn_s5a/none/scratch/10', which the study"),
        ({"target": "letters"}, r"ensemble/none/both/10' needs 'letters/cnn_s1/none/scratch/10'"),
        ({"variant": "tuned"}, "an ensemble is 'tuned', but the variants are"),
        ({"members": []}, "at least 1 item"),
    ],
)
def test_an_ensemble_needs_its_networks(ensemble, message):
    with pytest.raises(ValueError, match=message):
        study(
            variants={"scratch": SEVERAL_MODELS}, ensembles={"both": ENSEMBLES["both"] | ensemble}
        )


def test_an_ensemble_cannot_be_shown_nor_scored_by_epoch():
    name = "digits/ensemble/none/both/10"
    with pytest.raises(ValueError, match=f"'shown' is '{name}': an ensemble is no network"):
        with_ensemble(shown=name)
    first = {"cell": name, "score": "first_epoch_accuracy", "value": 0.5}
    with pytest.raises(ValueError, match="has to be of a trained cell"):
        with_ensemble(published=[first], score_every=1)
    assert Ensemble.model_validate(ENSEMBLES["both"] | {"best_of": []}).members == ["cnn_s1"]


def test_the_best_of_several_is_chosen_on_validation_images():
    with pytest.raises(ValueError, match=r"no validation images .* 'best_of' has none to go by"):
        with_ensemble(validation=0.0, shown=SCRATCH_10)


def test_loading_needs_a_source():
    with pytest.raises(ValueError, match=r"loads \['conv_1'\], but one of its sources is 'none'"):
        Variant.model_validate(TUNED | {"sources": ["letters", "none"]})


@pytest.mark.parametrize(
    "figure",
    [
        {"cell": SCRATCH_10, "value": 2.0, "score": "speedup"},
        {"cell": SCRATCH_10, "value": 0.5, "than": SCRATCH_20},
    ],
)
def test_a_speedup_and_nothing_else_is_over_something(figure):
    with pytest.raises(ValueError, match="a 'speedup', and nothing else, names a cell"):
        Published.model_validate(figure)


@pytest.mark.parametrize(
    "claim",
    [
        {"expects": "equal"},
        {"expects": "not_lower"},
        {"expects": "higher", "margin": 0.1},
        {"expects": "steadier", "margin": 0.1},
    ],
)
def test_a_margin_is_of_equality_and_of_no_loss_alone(claim):
    with pytest.raises(ValueError, match="'equal' and 'not_lower', and nothing else"):
        Claim.model_validate(LOWER | claim)
    with pytest.raises(ValueError, match="greater than 0"):
        Claim.model_validate(LOWER | {"expects": "equal", "margin": 0.0})


# --- the shipped studies

CELLS = {
    "few_labels": 3, "batch_norm": 6, "label_curve": 24, "freeze_depth": 7, "unseen_digits": 3,
    "few_letters": 8, "architectures": 10,
}  # fmt: skip


def test_the_shipped_studies_have_their_cells():
    """Counted by hand, with the searched network and the ensemble of `architectures`."""
    shipped = params.load(SHIPPED, "official").studies
    assert {name: len(study.cells) for name, study in shipped.items()} == CELLS


def test_on_the_embedded_corpus_the_shipped_studies_lose_no_published_value_and_no_claim():
    """Margins are other ones, since it has fewer test images."""
    small, whole = (params.load(SHIPPED, corpus).studies for corpus in CORPORA)
    for name in CELLS:
        assert small[name].published == whole[name].published
        assert small[name].shown == whole[name].shown
        assert [*small[name].claims] == [*whole[name].claims]


def test_a_cell_is_read_as_it_is_written():
    for cell in (Cell("digits", "tominet", "none", "all", 100), Cell("a", "b", "c", "d", "all")):
        assert Cell.parse(str(cell)) == cell


@pytest.mark.parametrize(
    "text",
    ["digits/tominet/none/scratch", "a/b/c/d/10/20", "a/b/c/d/ten", "a/b/c/d/-1", "a//c/d/1"],
)
def test_what_is_no_cell_is_refused(text):
    with pytest.raises(ValueError, match=text):
        Cell.parse(text)
