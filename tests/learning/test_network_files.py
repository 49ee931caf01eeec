"""Files of networks: they repeat byte for byte, and damaged ones are told."""

import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.learning import models


@pytest.fixture(scope="module")
def saved(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "network.keras"
    models.save(network, path)
    return path


def test_saved_and_loaded_weights_are_equal(network, saved):
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    loaded = models.load(saved)
    before, after = models.get_weights(network), models.get_weights(loaded)
    assert list(before) == list(after)
    for name, arrays in before.items():
        for array, same in zip(arrays, after[name], strict=True):
            np.testing.assert_array_equal(array, same)
    np.testing.assert_array_equal(loaded(images), network(images))


def test_saved_later_gives_equal_bytes(network, saved, tmp_path, monkeypatch):
    """Zip entries and Keras's metadata carry the time; DVC would see a new network."""
    later = time.time() + 100_000
    monkeypatch.setattr(time, "time", lambda: later)
    models.save(network, tmp_path / "later.keras")
    assert (tmp_path / "later.keras").read_bytes() == saved.read_bytes()
    times = {entry.date_time for entry in zipfile.ZipFile(saved).infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert b"date_saved" not in saved.read_bytes()


def test_a_loaded_network_saves_to_equal_bytes(saved, tmp_path):
    """Keras writes the memory address of the data type that layers share, which a loaded
    network does not have and another process has elsewhere.
    """
    models.save(models.load(saved), tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == saved.read_bytes()


def test_a_network_built_anew_saves_to_equal_bytes(network, saved, tmp_path):
    """Names that Keras counts up within a process would differ here."""
    twin = models.build(network.name, 3, 0.9)
    models.set_weights(twin, models.get_weights(network))
    models.save(twin, tmp_path / "twin.keras")
    assert (tmp_path / "twin.keras").read_bytes() == saved.read_bytes()


def test_a_residual_network_is_loaded_by_a_new_process_and_saved_to_equal_bytes(scramble, tmp_path):
    """Here the block is registered already; there only importing `models` registers it."""
    network = models.build("resnet_small", 3, 0.9)
    scramble(network, 0)
    models.save(network, tmp_path / "first.keras")
    program = (
        "from pathlib import Path; from glyph_transfer.learning import models; "
        "models.save(models.load(Path('first.keras')), Path('second.keras'))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert (tmp_path / "second.keras").read_bytes() == (tmp_path / "first.keras").read_bytes()


def test_saving_again_leaves_nothing_beside_the_file(network, tmp_path):
    for _ in range(2):
        models.save(network, tmp_path / "network.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["network.keras"]


def test_missing_network_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.keras.*dvc repro"):
        models.load(tmp_path / "absent.keras")


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_truncated_network_is_named(saved, tmp_path, share):
    content = saved.read_bytes()
    path = tmp_path / "short.keras"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"short\.keras: not a readable.*make repro"):
        models.load(path)


def test_network_with_a_changed_byte_is_named(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "flipped.keras"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"flipped\.keras: not a readable"):
        models.load(path)


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_network_without_a_member_is_named(saved, tmp_path, member):
    path = tmp_path / "lacking.keras"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(path, "w") as lacking:
        for name in whole.namelist():
            if name != member:
                lacking.writestr(name, whole.read(name))
    with pytest.raises(InputError, match=r"lacking\.keras: not a readable"):
        models.load(path)
