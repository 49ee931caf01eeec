"""Counts against ones done by hand."""

import pytest

from benchmarks import flops
from glyph_transfer.learning import models

CONV_1 = 2 * 28 * 28 * 32 * 9  # TomiNet, 28 x 28 out, 3 x 3 x 1 in
CONV_2 = 2 * 14 * 14 * 16 * 9 * 32
DENSE = 2 * 784 * 10


@pytest.mark.parametrize(
    ("first", "learning", "expected"),
    [
        (0, {"conv_1", "bn_1", "conv_2", "bn_2", "dense"}, 2 * CONV_1 + 3 * CONV_2 + 3 * DENSE),
        (0, {"dense"}, CONV_1 + CONV_2 + 2 * DENSE),
        (0, {"bn_1", "dense"}, CONV_1 + 2 * CONV_2 + 3 * DENSE),
        (0, set(), CONV_1 + CONV_2 + DENSE),
        (9, {"dense"}, 2 * DENSE),
    ],
    ids=["everything", "head", "through a frozen layer", "inference", "kept features"],
)
def test_a_step_costs_what_has_to_be_computed(first, learning, expected):
    layers = models.build("tominet", 10).layers
    assert flops.of_step(layers[first:], learning) == expected


def test_frozen_layers_of_a_replicate_are_computed_once_a_phase():
    layers = models.build("tominet", 10).layers
    everything = ["conv_1", "bn_1", "conv_2", "bn_2", "dense"]
    phases = [(["dense"], 35), (everything, 15)]
    head = CONV_1 + CONV_2 + 35 * 2 * DENSE
    rest = 15 * (2 * CONV_1 + 3 * CONV_2 + 3 * DENSE)
    scored = CONV_1 + CONV_2 + DENSE
    counted = flops.of_replicate(layers, phases, n_train=100, n_test=10_000)
    assert counted == 100 * (head + rest) + 10_000 * scored


AT_INPUT = 2 * 14 * 14 * 16 * 32 * (9 + 1)  # the first residual block's, 28 x 28 x 16 in
BEHIND = 2 * 14 * 14 * 32 * 32 * 9


@pytest.mark.parametrize(
    ("first", "learning", "expected"),
    [
        (0, set(), AT_INPUT + BEHIND),
        (0, {"residual_1"}, 2 * AT_INPUT + 3 * BEHIND),
        (-1, {"bn_1"}, 2 * AT_INPUT + 2 * BEHIND),
        (-1, {"bn_1", "residual_1"}, 3 * AT_INPUT + 3 * BEHIND),
    ],
    ids=["inference", "the block", "through the frozen block", "the block and before"],
)
def test_within_a_residual_block_what_stands_behind_learning_passes_it_on(
    first, learning, expected
):
    """The second convolution hands the gradient to the first; that goes on if any before it
    learns.
    """
    network = models.build("resnet_small", 10).layers
    block = [layer.name for layer in network].index("residual_1")
    assert flops.of_step(network[block + first : block + 1], learning) == expected


@pytest.mark.parametrize(("name", "millions"), [("vgg_small", 44.7), ("resnet_small", 56.2)])
def test_the_members_of_the_ensemble_cost_as_much_as_the_published_ones(name, millions):
    network = models.build(name, 26)
    learning = set(models.get_weights(network))
    assert flops.of_step(network.layers, learning) / 1e6 == pytest.approx(millions, abs=0.05)
