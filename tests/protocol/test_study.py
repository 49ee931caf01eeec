"""Cells in their order, and what they rest on."""

import pytest

from glyph_transfer.protocol import Cell
from hand_made_study import (
    LOWER,
    SCRATCH,
    SCRATCH_10,
    SCRATCH_20,
    SEVERAL_MODELS,
    TUNED,
    TUNED_10,
    names,
    study,
    with_ensemble,
)

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
