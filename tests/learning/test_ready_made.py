"""Weights of ready-made sources: half as precise, and of the network that the card says."""

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import models, ready_made
from glyph_transfer.protocol.ready_made import Card


def card(**change):
    return Card.model_construct(
        **{"model": "tominet", "source": "letters", "input": [28, 28], "classes": ["A", "B", "C"]}
        | change
    )


@pytest.fixture(scope="module")
def network(scramble):
    network = models.build("tominet", 3, 0.9)
    scramble(network, 0)
    return network


@pytest.fixture
def saved(network, tmp_path):
    path = tmp_path / "tominet-letters.npz"
    ready_made.save(network, path)
    return path


def test_a_network_comes_back_as_half_precision_has_it(network, saved):
    for name, arrays in models.get_weights(ready_made.load(card(), saved)).items():
        for array, expected in zip(arrays, models.get_weights(network)[name], strict=True):
            np.testing.assert_array_equal(array, expected.astype(np.float16), err_msg=name)


def test_equal_networks_give_equal_bytes(network, saved, tmp_path):
    ready_made.save(network, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()
    assert len(saved.read_bytes()) < 2.5 * network.count_params()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input": [32, 32]}, r"takes images of the shape \[32, 32\], but ours are \[28, 28\]"),
        ({"classes": ["A", "B"]}, "those of tominet with 2 classes are"),
        ({"model": "cnn_s3"}, "those of cnn_s3 with 3 classes are"),
    ],
)
def test_a_card_of_another_network_is_refused(saved, change, message):
    with pytest.raises(InputError, match=message):
        ready_made.load(card(**change), saved)


def test_damaged_weights_are_told(saved):
    saved.write_bytes(saved.read_bytes()[:500])
    with pytest.raises(InputError, match="not readable weights of a network"):
        ready_made.load(card(), saved)
