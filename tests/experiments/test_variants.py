"""What is loaded, what learns, and for how long."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import variants
from glyph_transfer.learning import models
from toy_training import FEATURES, HEAD_THEN_ALL, phase, variant

# --- epochs that are bounded by steps


@pytest.mark.parametrize(
    ("n_train", "most_steps", "epochs"),
    [
        (100, None, 50),
        (100, 500, 50),
        (100, 499, 49),
        (101, 499, 45),
        (100, 10, 1),
        (100, 1, 1),
        (3, 20, 20),
    ],
)
def test_epochs_are_as_many_as_the_steps_allow_and_one_at_least(n_train, most_steps, epochs):
    """In batches of 10, of which the last of 101 images has one: 11 steps an epoch."""
    bounded = phase(epochs=50, most_steps=most_steps)
    assert variants.epochs_of(bounded, n_train, 10) == epochs


# --- layers that change


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [
        (variant(FEATURES, [phase(["dense"])]), ["dense"]),
        (variant(["conv_1", "bn_1"], [phase(["dense"])]), ["conv_2", "bn_2", "dense"]),
        (variant(FEATURES, [phase(["dense"]), phase(["bn_2", "dense"])]), ["bn_2", "dense"]),
        (HEAD_THEN_ALL, [*FEATURES, "dense"]),
        (
            variant(FEATURES, [phase(["dense"])], reestimate_batch_norm=True),
            [*FEATURES, "dense"],
        ),
    ],
    ids=["probe", "fresh", "phases", "all", "reestimated"],
)
def test_layers_change_that_are_trained_or_not_loaded(model, chosen, changed):
    """Fresh ones too: every draw has others."""
    assert variants.changed_layers(chosen, models.get_weights(model)) == changed


# --- check


@pytest.fixture
def weights(model):
    return models.get_weights(model)


def test_a_variant_that_fits_passes(weights, source):
    variants.check(HEAD_THEN_ALL, weights, source)
    variants.check(variant(), weights, None)


@pytest.mark.parametrize(
    "chosen",
    [variant(["conv_7"]), variant([], [phase(), phase(["dense", "conv_7"])])],
    ids=["load", "train"],
)
def test_an_unknown_layer_lists_the_known_ones(weights, source, chosen):
    with pytest.raises(
        InputError, match=r"'conv_7', .* weights are: conv_1, bn_1, conv_2, bn_2, dense"
    ):
        variants.check(chosen, weights, source)


def test_a_layer_without_weights_cannot_learn(weights, source):
    with pytest.raises(InputError, match=r"'pool_1', but the layers with weights are"):
        variants.check(variant([], [phase(["pool_1"])]), weights, source)


def test_shapes_that_differ_are_named_on_both_sides(weights, source):
    with pytest.raises(
        InputError, match=r"'dense' cannot .* source's .*\(144, 5\), \(5,\)\].*\(144, 3\), \(3,\)\]"
    ):
        variants.check(variant(["dense"]), weights, source)


def test_a_layer_that_the_source_lacks_is_named(weights, source):
    lacking = {name: arrays for name, arrays in source.items() if name != "bn_2"}
    with pytest.raises(InputError, match=r"'bn_2' cannot be loaded: .* shapes \[\], .*\(4,\)"):
        variants.check(variant(FEATURES), weights, lacking)


def test_a_phase_in_which_nothing_learns_is_refused():
    with pytest.raises(ValueError, match="at least 1 item"):
        phase([])
