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
