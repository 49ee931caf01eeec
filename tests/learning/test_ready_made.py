"""Weights of ready-made sources: half as precise, and of the network that the card says."""

import numpy as np
import pytest

import damage
from glyph_transfer.errors import InputError
from glyph_transfer.learning import models, ready_made
from glyph_transfer.protocol.ready_made import Card


def card(**change):
    fixed = {"model": "tominet", "source": "letters", "networks": 2, "input": [28, 28]}
    return Card.model_construct(**fixed | {"classes": ["A", "B", "C"]} | change)


@pytest.fixture(scope="module")
def networks(scramble):
    """Weights of two networks."""
    network, weights = models.build("tominet", 3, 0.9), []
    for seed in (0, 1):
        scramble(network, seed)
        weights.append(models.get_weights(network))
    return weights


@pytest.fixture
def saved(networks, tmp_path):
    path = tmp_path / "tominet-letters.npz"
    ready_made.save(networks, path)
    return path


def test_networks_come_back_in_their_order_as_half_precision_has_them(networks, saved):
    for network, weights in zip(ready_made.load(card(), saved), networks, strict=True):
        for name, arrays in models.get_weights(network).items():
            for array, expected in zip(arrays, weights[name], strict=True):
                np.testing.assert_array_equal(array, expected.astype(np.float16), err_msg=name)


def test_equal_networks_give_equal_bytes(networks, saved, tmp_path):
    ready_made.save(networks, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == saved.read_bytes()
    n_weights = sum(array.size for own in networks for arrays in own.values() for array in arrays)
    assert len(saved.read_bytes()) < 2.5 * n_weights


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"input": [32, 32]}, r"takes images of the shape \[32, 32\], but ours are \[28, 28\]"),
        ({"networks": 3}, "has 2 networks, but its card says 3"),
        ({"classes": ["A", "B"]}, "those of tominet with 2 classes are"),
        ({"model": "cnn_s3"}, "those of cnn_s3 with 3 classes are"),
    ],
)
def test_a_card_of_another_network_is_refused(saved, change, message):
    with pytest.raises(InputError, match=message):
        ready_made.load(card(**change), saved)


def test_damaged_weights_are_told(saved):
    """Bits of the compression method and of what is compressed gave errors of other kinds."""
    whole = saved.read_bytes()
    sizes = range(whole.index(damage.ENTRY) + damage.PACKED, whole.index(damage.ENTRY) + 28)
    for damaged in damage.zips(whole):
        if len(damaged) == len(whole) and any(damaged[i] != whole[i] for i in sizes):
            continue  # of which nothing hangs: the data ends by itself
        saved.write_bytes(damaged)
        with pytest.raises(InputError, match=r"not readable weights of networks|inflates to more"):
            ready_made.load(card(), saved)


def test_weights_that_inflate_to_more_than_networks_have_are_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, **{"0/dense/0": np.zeros(10**7, np.float16)})
    with pytest.raises(InputError, match="inflates to more than"):
        ready_made.load(card(), path)
