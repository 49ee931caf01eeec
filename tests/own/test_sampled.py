"""Of very many images a part is learned from and tested."""

import numpy as np
import pytest


@pytest.mark.parametrize("most", [100, 1000, 5000])
def test_about_so_many_are_taken_of_all_classes(most):
    from glyph_transfer.own import advice

    rows = np.arange(7, 3007)
    labels = np.repeat(np.arange(4), [2900, 90, 8, 2])
    taken = advice._sampled(labels, rows, most, 1)
    assert len(taken) <= most + 8
    assert len(taken) >= min(most, len(rows)) - 8
    assert {*taken} <= {*rows}
    assert len({*taken}) == len(taken)
    counts = np.bincount(labels[taken - 7], minlength=4)
    assert counts.min() >= 2
    assert np.array_equal(taken, advice._sampled(labels, rows, most, 1))
