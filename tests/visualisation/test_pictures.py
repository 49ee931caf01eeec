"""Which networks are shown, and which of their layers, whatever their names."""

from types import SimpleNamespace

import numpy as np
import pytest

from glyph_transfer.charts import network_chart
from glyph_transfer.errors import InputError
from glyph_transfer.learning.backend import keras
from glyph_transfer.protocol import Cell
from glyph_transfer.visualisation import networks, pictures
from glyph_transfer.visualisation.networks import Network

layers = keras.layers
SCRATCH = Cell("digits", "tominet", "none", "scratch", 10)


@pytest.fixture
def network():
    """Two convolutions of 3 and 5 filters, under names of their own."""
    return keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            layers.Reshape((28, 28, 1), name="channel"),
            layers.Conv2D(3, 2, name="edges"),
            layers.MaxPooling2D(name="smaller"),
            layers.Conv2D(5, 3, name="shapes"),
            layers.Flatten(name="flat"),
            layers.Dense(2, activation="softmax", name="dense"),
        ]
    )


def test_the_first_convolutions_kernels_are_plotted(network, tmp_path, monkeypatch):
    plotted = []
    whole = network_chart.kernels
    monkeypatch.setattr(
        network_chart, "kernels", lambda named: plotted.extend(named) or whole(named)
    )
    shown = [Network("none", network, None), Network("letters", network, network)]
    path = pictures.plot_kernels(shown, tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")
    kernels = network.get_layer("edges").get_weights()[0]
    (_, nothing, after), (name, before, _) = plotted
    assert (plotted[0][0], nothing, name) == ("from scratch", None, "from letters")
    for array in (after, before):
        np.testing.assert_array_equal(array, kernels)


def test_convolutions_are_known_by_what_they_are(network):
    assert [layer.name for layer in pictures.convolutions(network)] == ["edges", "shapes"]
    dense = keras.Sequential([keras.Input((4,)), layers.Dense(2)], name="dense_only")
    with pytest.raises(InputError, match="dense_only has no convolution"):
        pictures.convolutions(dense)


def test_of_each_source_the_first_cell_on_the_first_draw_is_shown():
    cells = [SCRATCH, SCRATCH._replace(source="letters"), SCRATCH._replace(n_train=20)]
    jobs = [SimpleNamespace(cell=cell, draw=draw) for cell in cells for draw in (0, 1)]
    shown = networks.first_jobs(jobs, ["letters", "none"])
    assert [(job.cell, job.draw) for job in shown] == [(cells[1], 0), (SCRATCH, 0)]
