"""What a study cannot be is refused."""

import pytest

from glyph_transfer.protocol import Claim, Ensemble, Published, Variant
from hand_made_study import (
    ENSEMBLES,
    LOWER,
    SCRATCH,
    SCRATCH_10,
    SCRATCH_20,
    SEVERAL_MODELS,
    STUDY,
    TUNED,
    TUNED_10,
    study,
    with_ensemble,
)


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
